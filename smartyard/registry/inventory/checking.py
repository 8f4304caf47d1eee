"""Raw rows through their shapes: the good ones, and a problem for each bad one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from smartyard.registry.inventory.problems import Problem, reason
from smartyard.registry.inventory.reading import RawInventory, RawRow
from smartyard.registry.inventory.rows import KINDS, Row

Watch = Callable[[Sequence[RawRow]], Iterable[RawRow]]
"""Passes rows through, showing how far it is."""


@dataclass
class Checked:
    """`rows` by kind, each with its line; `kinds` are those of which the file speaks."""

    kinds: set[str]
    problems: list[Problem]
    rows: dict[str, list[tuple[int, Any]]] = field(
        default_factory=lambda: {kind: [] for kind in KINDS}
    )
    # What bad rows would have named: who refers to it is not wrong because of them.
    spoilt: set[tuple[str, str]] = field(default_factory=set)


def checked(raw: RawInventory, watch: Watch) -> Checked:
    """Everything that can be known without the database."""
    found = Checked(raw.kinds, list(raw.problems))
    seen: dict[tuple[str, Any], int] = {}
    for one in watch(raw.rows):
        row = _row(one, found)
        if row is None:
            continue
        for unique in ((row.noun, row.key), *row.uniques()):
            if unique in seen:
                what = row.title if unique[0] == row.noun else f"{row.title}: {unique[0]}"
                found.problems.append(Problem(one.line, f"{what} уже есть в строке {seen[unique]}"))
            seen.setdefault(unique, one.line)
        found.rows[one.kind].append((one.line, row))
    return found


def _row(one: RawRow, found: Checked) -> Row | None:
    shape = KINDS[one.kind]
    if not isinstance(one.values, dict):
        found.problems.append(Problem(one.line, f"{shape.noun}: нужен объект"))
        return None
    try:
        return shape.model_validate(one.values)
    except ValidationError as wrong:
        reasons = dict.fromkeys(reason(error) for error in wrong.errors(include_url=False))
        found.problems.append(Problem(one.line, f"{shape.noun}: {'; '.join(reasons)}"))
        for name in ("name", "id", "stream"):
            found.spoilt.add((one.kind, str(one.values.get(name, "")).strip()))
        return None
