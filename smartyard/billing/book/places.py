"""Where contracts are: as houses and flats are known, and as the rows of a batch make them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Place:
    """What people read of where they live, and the entrance whose doors are theirs."""

    address: str = ""
    flat_number: str = ""
    entrance: str = ""


@dataclass(frozen=True)
class KnownFlat:
    house_id: int
    number: str = ""
    entrance: str = ""


class Places:
    """Houses with their addresses, and flats."""

    def __init__(self, houses: Mapping[int, str], flats: Mapping[int, KnownFlat]) -> None:
        self._houses = dict(houses)
        self._flats = dict(flats)

    def copy(self) -> "Places":
        return Places(self._houses, self._flats)

    def house_of(self, flat_id: int) -> int | None:
        """None for a flat that nobody named yet."""
        known = self._flats.get(flat_id)
        return known.house_id if known else None

    def of(self, house_id: int, flat_id: int) -> Place:
        flat = self._flats.get(flat_id) or KnownFlat(house_id)
        return Place(self._houses.get(house_id, ""), flat.number, flat.entrance)

    def tell(self, house_id: int, flat_id: int, told: Mapping[str, str]) -> None:
        """Fields of its place, of which the last word holds: two rows may write one house in two
        ways, and a repeat of both changes nothing."""
        place = replace(self.of(house_id, flat_id), **told)
        self._houses[house_id] = place.address
        self._flats[flat_id] = KnownFlat(house_id, place.flat_number, place.entrance)
