"""What an import changes: two states of the inventory compared, and told in Russian."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from smartyard.registry.inventory.rows import KINDS, written
from smartyard.registry.models import BILLING, PROVIDER

Thing = Mapping[str, Any]
"""The fields of one house, camera, panel and so on, by their names in a file."""
Stock = dict[str, dict[Any, Thing]]
"""Things by kind and key."""

_PLURALS = {
    "houses": "Дома",
    "flats": "Квартиры",
    "contracts": "Договоры",
    "keys": "Ключи",
    "media_servers": "Медиасерверы",
    "cameras": "Камеры",
    "panels": "Панели",
    "doors": "Двери",
}


_BY = {BILLING: " (от биллинга)", PROVIDER: " (по праву договора)"}


class Link(NamedTuple):
    """Who sees a camera: a whole house, or one flat of it."""

    house: int
    flat: int | None
    source: str

    def __str__(self) -> str:
        who = f"дом {self.house}" if self.flat is None else f"квартира {self.flat}"
        return who + _BY.get(self.source, "")


@dataclass(frozen=True)
class Change:
    """`before` is None for what is new, `after` for what is removed."""

    kind: str
    key: Any
    before: Thing | None
    after: Thing | None

    def lines(self) -> Iterator[str]:
        """The thing, then what becomes of it."""
        sign = "+" if self.before is None else "-" if self.after is None else "~"
        yield f"{sign} {KINDS[self.kind].noun} {written(self.key)}"
        for name, (old, new) in self._fields().items():
            if self.after is None or (self.before is None and name == "source"):
                continue
            if self.before is None:
                yield f"    {name}: {new}"
            elif old == new:  # what is not shown
                yield f"    {name}: изменено"
            else:
                yield f"    {name}: {old or '(пусто)'} -> {new or '(пусто)'}"
        for link in _in_order(self.gained()):
            yield f"    будет видеть: {link}"
        for link in _in_order(self.lost()):
            yield f"    больше не видит: {link}"

    def told(self) -> tuple[str, str, dict[str, Any]]:
        """The action, the subject and the details for the audit; no secret is in them."""
        detail: dict[str, Any] = {}
        for name, (old, new) in self._fields().items():
            both = "изменено" if old == new else {"before": old, "after": new}
            detail[name] = new if self.before is None else old if self.after is None else both
        for name, links in (("seen_by", self.gained()), ("no_longer_seen_by", self.lost())):
            if links:
                detail[name] = [str(link) for link in _in_order(links)]
        action = "added" if self.before is None else "removed" if self.after is None else "changed"
        singular = "media_server" if self.kind == "media_servers" else self.kind.removesuffix("s")
        return action, f"{singular}:{written(self.key)}", detail

    def _fields(self) -> dict[str, tuple[str, str]]:
        """What differs, as it may be shown: before and afterwards."""
        before, after = self.before or {}, self.after or {}
        return {
            name: (_shown(before.get(name)), _shown(after.get(name)))
            for name in after or before
            if name != "links" and _differ(before.get(name), after.get(name))
        }

    def gained(self) -> frozenset[Link]:
        """The links that it has only afterwards."""
        return _links(self.after) - _links(self.before)

    def lost(self) -> frozenset[Link]:
        """The links that it had only before."""
        return _links(self.before) - _links(self.after)


@dataclass(frozen=True)
class Difference:
    """All changes, in the order of the kinds and of their keys."""

    changes: tuple[Change, ...]

    def of(self, kind: str) -> list[Change]:
        return [change for change in self.changes if change.kind == kind]

    def flats(self) -> set[int]:
        """Those whose house, contracts or own links to cameras change."""
        found = {change.key for change in self.of("flats")}
        for change in self.of("contracts"):
            for thing in (change.before, change.after):
                found.update(thing["flats"] if thing else ())
        for change in self.of("cameras"):
            links = change.gained() | change.lost()
            found.update(link.flat for link in links if link.flat is not None)
        return found

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


def _differ(old: Any, new: Any) -> bool:
    """What was empty and stays so does not; nor does a secret that is none."""
    return bool(old != new and (_shown(old) or _shown(new)))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, tuple):
        return " ".join(str(item) for item in value)
    return "" if value is None else str(value)
