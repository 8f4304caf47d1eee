"""A file of the operator as raw rows, each with the line where it begins: JSON or CSV, in UTF-8.

Raises InventoryRefused for what can be no inventory. Whether a row is good is not known here.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from smartyard.registry.inventory.problems import InventoryRefused, Problem
from smartyard.registry.inventory.rows import KINDS
from smartyard.sheets import refuse, table, text_of, wrong_columns

LISTS = ("houses", "flats")  # ids in one cell, with blanks between
_BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class RawRow:
    """`values` is what the file holds, whatever it is; `line` is 0 where there is no file."""

    kind: str
    line: int
    values: Any


@dataclass
class RawInventory:
    """`kinds` are those of which the file speaks, with rows or without."""

    kinds: set[str] = field(default_factory=set)
    rows: list[RawRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(content: bytes, *, kind: str | None = None, is_json: bool = False) -> RawInventory:
    """`kind` is given where the columns of a CSV do not tell it; `is_json` where the name does."""
    text = text_of(content)
    if is_json or text.lstrip()[0] in "{[":
        return _Json(text).read()
    return _read_csv(text, kind)


class _Repeated(ValueError):
    """A key stands twice in one object: a reader would silently take the last."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for name in names if names.count(name) > 1))
    return found


class _Json:
    """Walks the outer two levels by itself, to know the line of each row."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line, self._counted = 1, 0
        # A fraction stays the text that it is: 55.7510 is a coordinate, not a float.
        self._decoder = json.JSONDecoder(object_pairs_hook=_once, parse_float=str)

    def read(self) -> RawInventory:
        """The sections of the one object that the file is."""
        found = RawInventory()
        self._take("{")
        for _ in self._items("}"):
            line, name = self._here(), self._value()
            self._take(":")
            if not isinstance(name, str) or name not in KINDS:
                found.problems.append(Problem(line, f"неизвестный раздел {name}"))
                self._value()
                continue
            if name in found.kinds:
                found.problems.append(Problem(line, f"раздел {name} повторяется"))
            found.kinds.add(name)
            if self._next() != "[":
                found.problems.append(Problem(line, f"{name}: нужен список"))
                self._value()
                continue
            self._take("[")
            for _ in self._items("]"):
                found.rows.append(RawRow(name, self._here(), self._value()))
        if self._next():
            refuse("после данных стоит лишнее", self._here())
        return found

    def _items(self, end: str) -> Iterator[None]:
        """Once before each item, up to and with the closing bracket."""
        if self._next() != end:
            yield
            while self._next() == ",":
                self._take(",")
                yield
        self._take(end)

    def _next(self) -> str:
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at
        return self._text[self._at : self._at + 1]

    def _take(self, char: str) -> None:
        if self._next() != char:
            refuse(f"это не JSON: нужен знак {char}", self._here())
        self._at += 1

    def _here(self) -> int:
        self._next()
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _value(self) -> Any:
        line = self._here()
        try:
            value, self._at = self._decoder.raw_decode(self._text, self._at)
        except json.JSONDecodeError as wrong:
            refuse("это не JSON", wrong.lineno)
        except _Repeated as wrong:
            refuse(f"поле {wrong} повторяется", line)
        except (ValueError, RecursionError):  # a number of thousands of digits, nesting without end
            refuse("это не JSON", line)
        return value


def _read_csv(text: str, kind: str | None) -> RawInventory:
    told = table(text)
    kind = kind or _kind_of(told.columns)
    problems = [Problem(told.heading, wrong) for wrong in _wrong_columns(told.columns, kind)]
    if problems:
        raise InventoryRefused(problems)
    rows = [RawRow(kind, line, _values(told.columns, cells)) for line, cells in told.rows]
    return RawInventory({kind}, rows, told.problems)


def _values(columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """An empty cell says nothing, save that an empty list is nobody."""
    values: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        if column in LISTS:
            values[column] = cell.split()
        elif cell.strip():
            values[column] = cell
    return values


def _columns(kind: str) -> tuple[set[str], set[str]]:
    """All columns of a kind, and those that it cannot do without."""
    fields = KINDS[kind].model_fields
    return set(fields), {name for name, told in fields.items() if told.is_required()}


def _kind_of(columns: Sequence[str]) -> str:
    """The kind whose columns these are, or, with mistakes in them, most likely are."""
    given = set(columns)
    likeness = {}
    for kind in KINDS:
        known, needed = _columns(kind)
        likeness[kind] = len(known & given) - len(needed - given)
    best = [kind for kind in KINDS if likeness[kind] == max(likeness.values())]
    if len(best) > 1 or likeness[best[0]] <= 0:
        refuse("По столбцам не понять, что в файле: укажите --kind.")
    return best[0]


def _wrong_columns(columns: Sequence[str], kind: str) -> Iterator[str]:
    yield from wrong_columns(columns, kind, *_columns(kind))
    if kind == "cameras" and not {"houses", "flats"} & set(columns):
        yield "cameras: нет столбцов houses и flats"
