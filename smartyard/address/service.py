"""The homes of a person, with their doors and cameras, as the app's first screens need them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from smartyard.contracts.homes import FlatOfMine, HouseOfMine, Roommate
from smartyard.contracts.people import PeopleService
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.events.log.service import LogService
from smartyard.guard import Caller
from smartyard.registry.panels.rights import refusal
from smartyard.registry.service import Door, ReachedDoor, RegistryService
from smartyard.shapes import FOREVER

__all__ = ["AddressService", "FlatOfMine", "ListedFlat", "ListedHome"]

UTILITIES = "hcs"  # a service of a contract, as billing names it
_ICONS = ("entrance", "wicket", "gate", "barrier")


@dataclass(frozen=True)
class ListedDoor:
    """A door that flats of the person reach; `blocked` says why none of them opens it."""

    door: Door
    blocked: str | None


@dataclass(frozen=True)
class ListedHome:
    """One house: all flats of the person in it are merged."""

    house: HouseOfMine
    doors: list[ListedDoor]
    cameras: int
    has_log: bool


@dataclass(frozen=True)
class ListedFlat:
    """One flat under one contract; `has_log`: the person may read its events."""

    flat: FlatOfMine
    has_log: bool


class AddressService:
    """Reads homes. The number of statements does not grow with the number of contracts."""

    def __init__(
        self,
        contracts: ContractService,
        registry: RegistryService,
        people: PeopleService,
        log: LogService,
    ) -> None:
        self._contracts = contracts
        self._log = log
        self._registry = registry
        self._people = people

    def homes(self, caller: Caller, *, fresh: bool = False) -> list[ListedHome]:
        """The person's houses by address. Raises DependencyUnavailable when billing is silent and
        said nothing before, or too long ago."""
        self._contracts.refresh(caller.phone, fresh=fresh)
        with transaction():  # one connection for all that is read
            houses = self._contracts.homes(caller.phone)
            doors = _listed(self._registry.reached_doors(caller.phone))
            counts = self._registry.camera_counts(caller.phone, houses)
            logs = self._log.open_to([flat for house in houses for flat in house.flats])
        return [
            ListedHome(
                house,
                doors.get(house.house_id, []),
                counts.get(house.house_id, 0),
                has_log=any(flat.flat_id in logs for flat in house.flats),
            )
            for house in houses
        ]

    def flats(self, caller: Caller, *, fresh: bool = False) -> list[ListedFlat]:
        """The person's flats, each contract of a flat one. Raises as `homes`."""
        self._contracts.refresh(caller.phone, fresh=fresh)
        with transaction():
            houses = self._contracts.homes(caller.phone)
            flats = [flat for house in houses for flat in house.flats]
            gates = {
                one.flat_id
                for one in self._registry.reached_doors(caller.phone)
                if one.door.icon != "entrance"
            }
            mates = self._roommates(caller, flats)
            logs = self._log.open_to(flats)
        return [
            ListedFlat(
                replace(
                    flat,
                    has_gates=flat.has_gates or flat.flat_id in gates,
                    roommates=mates.get(flat.flat_id, ()),
                ),
                has_log=flat.flat_id in logs,
            )
            for flat in flats
        ]

    def utility_houses(self, caller: Caller, *, fresh: bool = False) -> list[HouseOfMine]:
        """The houses where billing keeps a utility account of the person. Raises as `homes`."""
        self._contracts.refresh(caller.phone, fresh=fresh)
        houses = self._contracts.homes(caller.phone)
        return [
            house
            for house in houses
            if any(UTILITIES in flat.services and flat.kind != "outer" for flat in house.flats)
        ]

    def _roommates(
        self, caller: Caller, flats: Sequence[FlatOfMine]
    ) -> dict[int, tuple[Roommate, ...]]:
        """Who else may come into each flat: those whom we know, and those whom billing alone names;
        less who left. An outer guest is told of nobody."""
        known = [flat.flat_id for flat in flats if flat.kind != "outer"]
        if not known:
            return {}
        left = self._people.left(known)
        found: dict[int, dict[str, Roommate]] = {flat: {} for flat in known}
        for flat in flats:
            for mate in flat.roommates if flat.kind != "outer" else ():
                if (flat.flat_id, mate.phone) not in left:
                    found[flat.flat_id][mate.phone] = mate
        for person in self._people.of_flats(known):
            until = person.expires_at or FOREVER
            found[person.flat_id][person.phone] = Roommate(person.phone, until, person.kind)
        return {
            flat: tuple(mate for phone, mate in sorted(mates.items()) if phone != caller.phone)
            for flat, mates in found.items()
        }


def _listed(reached: Sequence[ReachedDoor]) -> dict[int, list[ListedDoor]]:
    """Of each house its doors, each once: entrances, then wickets, gates, barriers, by name."""
    same: dict[tuple[int, int, int], list[ReachedDoor]] = {}
    for one in reached:
        key = (one.door.house_id, one.door.domophone_id, one.door.door_id)
        same.setdefault(key, []).append(one)
    doors: dict[int, list[ListedDoor]] = {}
    for (house_id, *_), ways in same.items():
        refused = refusal(ways)
        doors.setdefault(house_id, []).append(
            ListedDoor(ways[0].door, refused.message if refused else None)
        )
    for of_house in doors.values():
        of_house.sort(key=lambda one: _order(one.door))
    return doors


def _order(door: Door) -> tuple[int, str, int, int]:
    return (_ICONS.index(door.icon), door.name, door.domophone_id, door.door_id)
