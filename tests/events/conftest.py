"""The way in for events, of an application whose clock a test moves."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from smartyard.db import transaction
from smartyard.events.kinds import Kind
from smartyard.events.service import EventService, Happened
from smartyard.web import service
from tests.fixtures.town import Town
from tests.fixtures.world import Resident

FLAT, HOUSE = 10111, 101


class Doors:
    """Things happen at the doors of a town."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.app = town.app or town.open()

    def happened(self, kind: Kind, ago: float = 0, **told: Any) -> UUID | None:
        """So many seconds ago; returns what `record` does."""
        what = Happened(kind, self.town.clock.now - timedelta(seconds=ago), **told)
        with self.app.app_context(), transaction():
            return service(EventService).record(what)

    def rows(self, columns: str = "*") -> list[Any]:
        return self.town.rows(f"SELECT {columns} FROM events ORDER BY at, id")


@pytest.fixture
def doors(town: Town) -> Iterator[Doors]:
    yield Doors(town)


def events_of(doors: Doors) -> list[Any]:
    return doors.rows("id")


def stand_at(doors: Doors, phone: str) -> Resident:
    """Somebody who is signed in, and of whose homes there is a copy."""
    resident = doors.town.sign_in(phone, doors.app)
    assert resident.post("address/getSettingsList").status_code in (200, 204)
    return resident
