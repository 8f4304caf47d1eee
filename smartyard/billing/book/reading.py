"""A CSV file of contracts as raw rows. Raises FileRefused for what can be no such file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smartyard.billing.book.rows import COLUMNS, LISTS
from smartyard.sheets import FileRefused, Problem, table, text_of, wrong_columns


@dataclass(frozen=True)
class RawContract:
    """`values` is what was told, whatever it is; `line` is the row's in the file, or its place."""

    line: int
    values: Any


def read(content: bytes) -> list[RawContract]:
    """Phones of a cell, and services as `cctv:2026-12-31`, have blanks between."""
    told = table(text_of(content))
    wrong = wrong_columns(told.columns, "договоры", COLUMNS, ("id",))
    problems = [Problem(told.heading, text) for text in wrong] + told.problems
    if problems:
        raise FileRefused(problems)
    return [RawContract(line, _values(told.columns, cells)) for line, cells in told.rows]


def _values(columns: Sequence[str], cells: Sequence[str]) -> Mapping[str, Any]:
    """An empty cell says nothing, save that an empty list is nobody, or no service."""
    values: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        if column in LISTS:
            values[column] = cell.split()
        elif column == "services":
            values[column] = services_of(cell.split())
        elif cell.strip():
            values[column] = cell
    return values


def services_of(words: Sequence[str]) -> dict[str, str]:
    """`cctv:2026-12-31` is paid up to that day and with it, `cctv` for ever."""
    return {name: until for name, _, until in (word.partition(":") for word in words)}
