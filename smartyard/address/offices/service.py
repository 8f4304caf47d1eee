"""The provider's offices: an operator's file, shown to everybody."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict

from smartyard.address.offices.models import Office
from smartyard.address.offices.repository import OfficeRepository
from smartyard.audit import Audit
from smartyard.db import transaction
from smartyard.sheets import (
    FILLED,
    Latitude,
    Longitude,
    OneLine,
    rows_of,
    table,
    text_of,
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
        told = table(text_of(content))
        rows = [
            row
            for _, row in rows_of(
                told, "offices", OfficeRow, key=lambda row: row.address, repeated="этот адрес"
            )
        ]
        if not dry_run:
            places = [
                row.model_dump() | {"lat": float(row.lat), "lon": float(row.lon)} for row in rows
            ]
            with transaction():
                self._offices.replace(places)
                self._audit.note(actor, "import", "offices", {"count": len(rows)})
        return rows
