"""The operator's import of the address book: a file becomes rows, all of it or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.geo.book.repository import BookFileRepository, Thing
from smartyard.geo.book.rows import KINDS, Row, kind_of, reason
from smartyard.sheets import FileRefused, Problem, Table, table, text_of, wrong_columns

__all__ = ["BookImportService", "Changes"]

_LONGEST = 120  # seconds for another import to end, and for one statement
_PLURALS = {
    "locations": "Населённые пункты",
    "streets": "Улицы",
    "houses": "Дома",
    "services": "Услуги",
}


@dataclass(frozen=True)
class Changes:
    """What an import changes: things of one kind before and after it, by key."""

    kind: str
    before: dict[Any, Thing]
    after: dict[Any, Thing]

    @property
    def written(self) -> list[Any]:
        """The keys of what is new or other than it was."""
        return [key for key, thing in self.after.items() if self.before.get(key) != thing]

    @property
    def dropped(self) -> list[Any]:
        return [key for key in self.before if key not in self.after]

    def lines(self) -> Iterator[str]:
        """Every change, for reading before an import."""
        for key in sorted([*self.written, *self.dropped]):
            old, new = self.before.get(key, {}), self.after.get(key, {})
            sign = "~" if old and new else "+" if new else "-"
            name = "/".join(map(str, key)) if isinstance(key, tuple) else key
            yield f"{sign} {KINDS[self.kind].noun} {name}"
            for field, value in new.items():
                if old.get(field) != value:
                    yield f"    {field}: {f'{old[field]} -> ' if old else ''}{value}"

    def counts(self) -> str:
        """One line for all."""
        new = sum(key not in self.before for key in self.written)
        changed, gone = len(self.written) - new, len(self.dropped)
        if not new and not changed and not gone:
            return "Изменений нет."
        return f"{_PLURALS[self.kind]}: новых {new}, изменено {changed}, удалено {gone}."


class BookImportService:
    """Brings files into the address book."""

    def __init__(self, files: BookFileRepository, contracts: ContractService) -> None:
        self._files = files
        self._contracts = contracts

    def bring(self, content: bytes, *, replace: bool = False, dry_run: bool = False) -> Changes:
        """Make the book hold what a file says; with `dry_run` only tell what would change.
        `replace`: what the file does not name of its kind goes.

        Raises FileRefused with all that is wrong; then nothing is written.
        """
        told = table(text_of(content))
        kind = _kind(told)
        problems = list(told.problems)
        rows = _rows(told, kind, problems)
        with transaction():
            self._files.lock(_LONGEST)
            before = self._files.stock(kind)
            kept = {} if replace else before
            changes = Changes(kind, before, kept | {row.key: row.model_dump() for _, row in rows})
            problems += self._strays(kind, rows) + self._orphans(changes)
            if problems:
                raise FileRefused(problems)
            if not dry_run:
                self._write(changes)
        return changes

    def _strays(self, kind: str, rows: list[tuple[int, Row]]) -> list[Problem]:
        """Rows that name what is not there."""
        above = KINDS[kind].above
        if above is None:
            return []
        field, other, noun = above
        known = self._files.stock(other)
        return [
            Problem(line, f"{row.title}: нет {noun} {getattr(row, field)}; сначала внесите {other}")
            for line, row in rows
            if getattr(row, field) not in known
        ]

    def _orphans(self, changes: Changes) -> list[Problem]:
        """Things that would lose what they name; the services of a house go with it."""
        gone = set(changes.dropped)
        below = {"locations": "streets", "streets": "houses"}.get(changes.kind)
        if not gone or below is None:
            return []
        field = (KINDS[below].above or ("", "", ""))[0]
        held = {thing[field] for thing in self._files.stock(below).values()} & gone
        noun = KINDS[changes.kind].noun
        words = f"ещё нужен: на него ссылаются {below}, сначала замените их"
        return [Problem(0, f"{noun} {key} {words}") for key in sorted(held)]

    def _write(self, changes: Changes) -> None:
        kind = changes.kind
        if kind == "houses":
            self._contracts.ensure_houses(dict.fromkeys(changes.written, ""))
        self._files.drop(kind, changes.dropped)
        self._files.write(kind, [changes.after[key] for key in changes.written])
        if kind == "services":
            return
        addresses = self._files.fold()
        if kind == "houses":  # billing's word on an address goes before the book's
            nameless = self._files.without_address(changes.written)
            self._contracts.ensure_houses({house: addresses[house] for house in nameless})


def _kind(told: Table) -> str:
    kind = kind_of(told.columns)
    fields = KINDS[kind].model_fields
    needed = {name for name, field in fields.items() if field.is_required()}
    wrong = list(wrong_columns(told.columns, kind, fields, needed))
    if wrong:
        raise FileRefused([Problem(told.heading, text) for text in wrong])
    return kind


def _rows(told: Table, kind: str, problems: list[Problem]) -> list[tuple[int, Row]]:
    """Those that are right, each with its line; what is wrong with others goes to `problems`."""
    shape, seen, found = KINDS[kind], dict[Any, int](), []
    for line, cells in told.rows:
        values = {
            name: cell for name, cell in zip(told.columns, cells, strict=True) if cell.strip()
        }
        try:
            row = shape.model_validate(values)
        except ValidationError as wrong:
            reasons = dict.fromkeys(reason(error) for error in wrong.errors(include_url=False))
            problems.append(Problem(line, f"{shape.noun}: {'; '.join(reasons)}"))
            continue
        if row.key in seen:
            problems.append(Problem(line, f"{row.title} уже есть в строке {seen[row.key]}"))
        seen.setdefault(row.key, line)
        found.append((line, row))
    return found
