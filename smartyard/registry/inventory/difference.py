"""What an import changes: two states of the inventory compared, and told in Russian."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from smartyard.registry.inventory.rows import KINDS
from smartyard.registry.models import BILLING

Thing = Mapping[str, Any]
"""The fields of one house, flat, door, media server or camera, by their names in a file."""
Stock = dict[str, dict[Any, Thing]]
"""Things by kind and key."""

_PLURALS = {
    "houses": "Дома",
    "flats": "Квартиры",
    "doors": "Двери",
    "media_servers": "Медиасерверы",
    "cameras": "Камеры",
}


class Link(NamedTuple):
    """Who sees a camera: a whole house, or one flat of it."""

    house: int
    flat: int | None
    source: str

    def __str__(self) -> str:
        who = f"дом {self.house}" if self.flat is None else f"квартира {self.flat}"
        return f"{who} (от биллинга)" if self.source == BILLING else who


@dataclass(frozen=True)
class Change:
    """`before` is None for what is new, `after` for what is removed."""

    kind: str
    key: Any
    before: Thing | None
    after: Thing | None

    def lines(self) -> Iterator[str]:
        """The thing, then what becomes of it."""
        title = f"{KINDS[self.kind].noun} {_key(self.key)}"
        sign = "+" if self.before is None else "-" if self.after is None else "~"
        yield f"{sign} {title}"
        if self.after is None:
            yield from self._links()
            return
        for name, value in self.after.items():
            if name == "links" or (self.before is None and name == "source"):
                continue
            if self.before is None:
                if value not in ("", None):
                    yield f"    {name}: {_value(value)}"
            elif self.before[name] != value:
                yield f"    {name}: {_value(self.before[name])} -> {_value(value)}"
        yield from self._links()

    def gained(self) -> frozenset[Link]:
        """The links that it has only afterwards."""
        return _links(self.after) - _links(self.before)

    def lost(self) -> frozenset[Link]:
        """The links that it had only before."""
        return _links(self.before) - _links(self.after)

    def _links(self) -> Iterator[str]:
        for link in _in_order(self.gained()):
            yield f"    будет видеть: {link}"
        for link in _in_order(self.lost()):
            yield f"    больше не видит: {link}"


@dataclass(frozen=True)
class Difference:
    """All changes, in the order of the kinds and of their keys."""

    changes: tuple[Change, ...]

    def of(self, kind: str) -> list[Change]:
        return [change for change in self.changes if change.kind == kind]

    def lines(self) -> Iterator[str]:
        """Every change, for reading before an import."""
        for change in self.changes:
            yield from change.lines()

    def counts(self) -> Iterator[str]:
        """A line for each kind that changes, and one for the rights."""
        if not self.changes:
            yield "Изменений нет."
        for kind, plural in _PLURALS.items():
            of_kind = self.of(kind)
            added = sum(change.before is None for change in of_kind)
            removed = sum(change.after is None for change in of_kind)
            changed = len(of_kind) - added - removed
            if of_kind:
                yield f"{plural}: новых {added}, изменено {changed}, удалено {removed}."
        gained = sum(len(change.gained()) for change in self.changes)
        lost = sum(len(change.lost()) for change in self.changes)
        if gained or lost:
            yield f"Права на камеры: дано {gained}, отобрано {lost}."


def difference(before: Stock, after: Stock) -> Difference:
    """What has to change for one state to become the other."""
    changes = []
    for kind in KINDS:
        old, new = before[kind], after[kind]
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                changes.append(Change(kind, key, old.get(key), new.get(key)))
    return Difference(tuple(changes))


def _links(thing: Thing | None) -> frozenset[Link]:
    links: frozenset[Link] = (thing or {}).get("links", frozenset())
    return links


def _in_order(links: frozenset[Link]) -> list[Link]:
    return sorted(links, key=lambda link: (link.house, link.flat or 0, link.source))


def _key(key: Any) -> str:
    return "/".join(str(part) for part in key) if isinstance(key, tuple) else str(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    return "(пусто)" if value in ("", None) else str(value)
