"""The provider's offices: an operator's file, shown to everybody."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, ValidationError

from smartyard.address.offices.models import Office
from smartyard.address.offices.repository import OfficeRepository
from smartyard.audit import Audit
from smartyard.db import transaction
from smartyard.sheets import (
    FILLED,
    FileRefused,
    Latitude,
    Longitude,
    OneLine,
    Problem,
    Table,
    reason,
    table,
    text_of,
    wrong_columns,
)

__all__ = ["Office", "OfficeService"]


class OfficeRow(BaseModel):
    """One row of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    lat: Annotated[Latitude, FILLED]
    lon: Annotated[Longitude, FILLED]
    address: Annotated[OneLine, FILLED]
    opening: Annotated[OneLine, FILLED]


class OfficeService:
    def __init__(self, offices: OfficeRepository, audit: Audit) -> None:
        self._offices = offices
        self._audit = audit

    def all(self) -> Sequence[Office]:
        """In the order of the file."""
        with transaction():
            return self._offices.all()

    def bring(self, content: bytes, actor: str, *, dry_run: bool = False) -> list[OfficeRow]:
        """Make them what the file says, and no others. Raises FileRefused with all that is wrong;
        then nothing is written."""
        rows = _rows(table(text_of(content)))
        if not dry_run:
            told = [
                row.model_dump() | {"lat": float(row.lat), "lon": float(row.lon)} for row in rows
            ]
            with transaction():
                self._offices.replace(told)
                self._audit.note(actor, "import", "offices", {"count": len(rows)})
        return rows


def _rows(told: Table) -> list[OfficeRow]:
    names = OfficeRow.model_fields
    wrong = list(wrong_columns(told.columns, "offices", names, names))
    if wrong:
        raise FileRefused([Problem(told.heading, text) for text in wrong])
    problems, seen = list(told.problems), dict[str, int]()
    rows = []
    for line, cells in told.rows:
        try:
            row = OfficeRow.model_validate(dict(zip(told.columns, cells, strict=True)))
        except ValidationError as error:
            reasons = dict.fromkeys(reason(one, {}) for one in error.errors(include_url=False))
            problems.append(Problem(line, "; ".join(reasons)))
            continue
        if row.address in seen:
            problems.append(Problem(line, f"этот адрес уже есть в строке {seen[row.address]}"))
        seen.setdefault(row.address, line)
        rows.append(row)
    if problems:
        raise FileRefused(problems)
    return rows
