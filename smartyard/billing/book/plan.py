"""What a batch makes of the book, before anything is written."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from pydantic import ValidationError

from smartyard.billing.book.places import Places
from smartyard.billing.book.reading import RawContract
from smartyard.billing.book.repository import BookRepository
from smartyard.billing.book.rows import (
    ContractRow,
    Kept,
    changed,
    loses,
    reason,
    regains,
    shortened,
)
from smartyard.phones import Phone
from smartyard.sheets import RowResult


class Plan:  # pylint: disable=too-many-instance-attributes  # it is what a batch comes to
    """`read` each row, then `look` at what is there; the rest is what it comes to."""

    def __init__(
        self,
        mac: Callable[[str, str], str],
        days: tuple[date, ...],
        new_only: bool,
    ) -> None:
        """`mac` is what is kept of a contract's password; `days` are today, and the last day on
        which what is taken away now would be counted."""
        self._mac = mac
        self._days = days
        self._new_only = new_only
        self._rows: list[tuple[int, ContractRow]] = []
        self._seen: dict[str, int] = {}
        self._results: dict[int, RowResult] = {}
        self.changes: dict[str, tuple[Kept | None, Kept]] = {}
        self.losing: set[str] = set()
        self.whole: set[str] = set()
        self.balances: dict[str, int] = {}
        self.houses: dict[int, str] = {}
        self.entrances: set[tuple[int, str]] = set()
        self._flats: list[dict[str, Any]] = []

    @property
    def refused(self) -> list[RowResult]:
        """The rows that are wrong."""
        return [one for one in self._results.values() if one.result == "refused"]

    def results(self) -> list[RowResult]:
        """Of each row."""
        return [one for _, one in sorted(self._results.items())]

    def read(self, raw: RawContract) -> None:
        """What can be known without the database."""
        if not isinstance(raw.values, dict):
            self._refuse(raw.line, "", "нужен объект")
            return
        told = str(raw.values.get("id", ""))[:100]
        try:
            row = ContractRow.model_validate(raw.values)
        except ValidationError as wrong:
            reasons = dict.fromkeys(reason(error) for error in wrong.errors(include_url=False))
            self._refuse(raw.line, told, "; ".join(reasons))
            return
        first = self._seen.setdefault(row.id, raw.line)
        if first != raw.line:
            self._refuse(raw.line, row.id, f"договор {row.id} уже есть в строке {first}")
            return
        self._rows.append((raw.line, row))

    def look(self, book: BookRepository) -> None:
        """Compare with the book, in the caller's transaction."""
        known = book.kept([row.id for _, row in self._rows])
        places = self._places(book, known.values())
        told_places, taken = places.copy(), []
        for line, row in self._rows:
            before = known.get(row.id)
            mac = self._mac(row.id, row.password) if row.password else None
            after = changed(before or Kept(name=row.id), row, mac)
            if wrong := self._wrong(row, before, after, told_places):
                self._refuse(line, row.id, wrong)
                continue
            told_places.tell(after.house_id, after.flat_id, row.told_place())
            taken.append((line, row, before, after))
        for line, row, before, after in taken:
            if before is not None:
                before = replace(before, place=places.of(before.house_id, before.flat_id))
            last = asdict(told_places.of(after.house_id, after.flat_id))
            told = {name: last[name] for name in row.told_place()}
            place = replace(places.of(after.house_id, after.flat_id), **told)
            self._take(line, row, before, replace(after, place=place))

    def _places(self, book: BookRepository, known: Collection[Kept]) -> Places:
        named = [(row.house, row.flat) for _, row in self._rows]
        named += [(kept.house_id, kept.flat_id) for kept in known]
        return book.places(
            {house for house, _ in named if house is not None},
            {flat for _, flat in named if flat is not None},
        )

    def _wrong(self, row: ContractRow, before: Kept | None, after: Kept, places: Places) -> str:
        if before and self._new_only:
            return f"договор {row.id} уже есть"
        if not after.house_id or not after.flat_id:
            return "новому договору нужны house и flat"
        house = places.house_of(after.flat_id)
        if house not in (None, after.house_id):
            return f"квартира {after.flat_id} — в доме {house}, а не {after.house_id}"
        return ""

    def _take(self, line: int, row: ContractRow, before: Kept | None, after: Kept) -> None:
        if before == after:
            self._results[line] = RowResult(line, row.id, "same")
            return
        self._put_place(row.told_place(), before, after)
        self._results[line] = RowResult(line, row.id, "changed" if before else "added")
        self.changes[row.id] = (before, after)
        if before is None and row.opening_balance_kopecks:
            self.balances[row.id] = row.opening_balance_kopecks
        if before is None:
            return
        if loses(before, after, self._days) or shortened(before, after, self._days[0]):
            self.losing.add(row.id)
        elif regains(before, after, self._days):
            self.whole.add(row.id)

    def _put_place(self, told: Collection[str], before: Kept | None, after: Kept) -> None:
        """What of the house and the flat is to be written."""
        place = after.place
        self.houses.setdefault(after.house_id, "")
        if "address" in told:
            self.houses[after.house_id] = place.address
        flat = {"number": place.flat_number} if "flat_number" in told else {}
        if "entrance" in told:
            flat["entrance"] = place.entrance
            self.entrances.add((after.house_id, place.entrance))
        if flat or before is None or before.flat_id != after.flat_id:
            self._flats.append({"id": after.flat_id, "house_id": after.house_id, **flat})

    def _refuse(self, line: int, contract_id: str, why: str) -> None:
        self._results[line] = RowResult(line, contract_id, "refused", why)

    def flat_rows(self) -> Iterator[list[dict[str, Any]]]:
        """By what is told of them: a flat of two rows once."""
        shapes: dict[tuple[str, ...], dict[int, dict[str, Any]]] = {}
        for flat in self._flats:
            shapes.setdefault(tuple(sorted(flat)), {})[flat["id"]] = flat
        for rows in shapes.values():
            yield list(rows.values())

    def flats(self) -> set[int]:
        """Of which the contracts are others now."""
        return {
            kept.flat_id for change in self.changes.values() for kept in change if kept is not None
        }

    def people(self) -> list[Phone]:
        """Who held one of the changed contracts, or does now."""
        return sorted(
            {
                Phone(phone)
                for change in self.changes.values()
                for kept in change
                if kept is not None
                for phone in kept.people
            }
        )
