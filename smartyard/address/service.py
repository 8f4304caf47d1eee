"""The homes of a person, with their doors and cameras, as the app's first screens need them."""

from dataclasses import dataclass

from smartyard.contracts.homes import FlatOfMine, HouseOfMine
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.guard import Caller
from smartyard.registry.service import Door, RegistryService

__all__ = ["AddressService", "FlatOfMine", "ListedHome"]


@dataclass(frozen=True)
class ListedHome:
    """One house: all flats of the person in it are merged."""

    house: HouseOfMine
    doors: list[Door]
    cameras: int


class AddressService:
    """Reads homes. The number of statements does not grow with the number of contracts."""

    def __init__(self, contracts: ContractService, registry: RegistryService) -> None:
        self._contracts = contracts
        self._registry = registry

    def homes(self, caller: Caller, *, fresh: bool = False) -> list[ListedHome]:
        """The person's houses by address. Raises DependencyUnavailable when billing is silent and
        said nothing before, or too long ago."""
        self._contracts.refresh(caller.phone, fresh=fresh)
        with transaction():  # one connection for all that is read
            houses = self._contracts.homes(caller.phone)
            doors = self._registry.doors_of([house.house_id for house in houses])
            counts = self._registry.camera_counts(caller.phone, houses)
        return [
            ListedHome(house, doors.get(house.house_id, []), counts.get(house.house_id, 0))
            for house in houses
        ]

    def flats(self, caller: Caller, *, fresh: bool = False) -> list[FlatOfMine]:
        """The person's flats, each contract of a flat one. Raises as `homes`."""
        self._contracts.refresh(caller.phone, fresh=fresh)
        houses = self._contracts.homes(caller.phone)
        return [flat for house in houses for flat in house.flats]
