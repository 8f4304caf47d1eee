"""A state of the inventory in the making: what the rules of an import (`plan`) work on."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartyard.registry.inventory.checking import Checked
from smartyard.registry.inventory.difference import Stock
from smartyard.registry.inventory.problems import Problem
from smartyard.registry.models import INVENTORY

Removals = Mapping[str, Collection[Any]]
"""Keys of single things that are to go, by kind."""


@dataclass(frozen=True)
class Named:
    """What of the large kinds has to be read: the ids that are named. None: all of them."""

    houses: Collection[int] | None = None
    flats: Collection[int] | None = None
    contracts: Collection[str] | None = None
    keys: Collection[str] | None = None  # by code


def named(file: Checked, removed: Removals, *, replace: bool) -> Named:
    """What a file names anywhere, and all of those kinds that it replaces."""
    rows = {kind: [row for _, row in told] for kind, told in file.rows.items()}
    houses = {row.id for row in rows["houses"]}
    houses |= {row.house for kind in ("flats", "doors") for row in rows[kind]}
    houses |= {house for row in rows["cameras"] for house in row.houses}
    flats = {row.id for row in rows["flats"]} | {row.flat for row in rows["keys"]}
    flats |= {flat for kind in ("cameras", "contracts") for row in rows[kind] for flat in row.flats}
    contracts = {row.id for row in rows["contracts"]} | set(removed.get("contracts", ()))
    codes = {row.code for row in rows["keys"]} | {code for code, _ in removed.get("keys", ())}
    return Named(
        houses,
        flats,
        None if replace and "contracts" in file.kinds else contracts,
        None if replace and "keys" in file.kinds else codes,
    )


def only(kind: str, keys: Collection[Any]) -> Named:
    """These things of one kind, and nothing of the large ones else."""
    none: tuple[()] = ()
    return Named(
        keys if kind == "houses" else none,
        keys if kind == "flats" else none,
        keys if kind == "contracts" else none,
        {code for code, _ in keys} if kind == "keys" else none,
    )


class Draft:
    """`before` and `after` are the two states, `problems` what the file cannot mean."""

    def __init__(self, current: Stock, file: Checked, removed: Removals, *, replace: bool) -> None:
        self.file = file
        self.before = current
        self.after: Stock = {kind: dict(things) for kind, things in current.items()}
        self.problems: list[Problem] = []
        self._removed = removed
        self._replaced = file.kinds if replace else set()

    def rows(self, kind: str) -> Iterator[tuple[int, Any]]:
        """The rows of a kind, each with its line."""
        return iter(self.file.rows[kind])

    def replaces(self, kind: str) -> bool:
        """The file is the whole of this kind."""
        return kind in self._replaced

    def removed(self, kind: str) -> Collection[Any]:
        """What is to go by its name."""
        return self._removed.get(kind, ())

    def drop_unnamed(self, kind: str) -> None:
        """What the file is to remove, save what only billing lists."""
        names = {row.key for _, row in self.rows(kind)}
        gone = set(self.removed(kind))
        self.after[kind] = {
            key: thing
            for key, thing in self.after[kind].items()
            if thing.get("source", INVENTORY) != INVENTORY
            or not (key in gone or self.replaces(kind) and key not in names)
        }

    def knows(self, kind: str, key: Any) -> bool:
        """It will be there, or would if its row were good."""
        return key in self.after[kind] or (kind, str(key)) in self.file.spoilt

    def unknown_flats(self, line: int, row: Any) -> list[int]:
        """Flats of a row that nobody knows; each is a problem."""
        flats = [flat for flat in row.flats if not self.knows("flats", flat)]
        for flat in flats:
            self.wrong(line, f"{row.title}: неизвестная квартира {flat}")
        return flats

    def wrong(self, line: int, text: str) -> None:
        self.problems.append(Problem(line, text))
