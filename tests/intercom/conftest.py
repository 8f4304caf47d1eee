"""A house with flats and people of the inventory, and the face that others ask about them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from smartyard.intercom.service import IntercomService
from tests.fixtures.town import Town
from tests.intercom.homes import Home
from tests.intercom.telling import Worker

HOUSE, OTHER_HOUSE = 501, 502
FLAT, NEXT_FLAT, ELSEWHERE = 50101, 50102, 50201
FLATS = {FLAT: HOUSE, NEXT_FLAT: HOUSE, ELSEWHERE: OTHER_HOUSE}


class Block:
    """Two flats of a house and one of another, without anybody in them."""

    def __init__(self, town: Town) -> None:
        self.town = town
        for house in sorted(set(FLATS.values())):
            town.change("INSERT INTO houses (id, address) VALUES (:house, '')", house=house)
        for number, (flat, house) in enumerate(FLATS.items(), start=1):
            town.change(
                "INSERT INTO flats (id, house_id, number, address) VALUES (:flat, :house, :no, '')",
                flat=flat,
                house=house,
                no=str(number),
            )

    def set(self, flat: int, **columns: Any) -> None:
        """The settings of a flat as its people would have left them."""
        names = ", ".join(["flat_id", *columns])
        values = ", ".join([":flat", *(f":{name}" for name in columns)])
        self.town.change(
            f"INSERT INTO flat_settings ({names}) VALUES ({values})", flat=flat, **columns
        )

    def code(
        self, flat: int, code: int, *, house: int | None = None, replaced_at: datetime | None = None
    ) -> None:
        self.town.change(
            "INSERT INTO door_codes (house_id, code, flat_id, made_at, replaced_at)"
            " VALUES (:house, :code, :flat, :now, :replaced)",
            house=house or FLATS[flat],
            code=code,
            flat=flat,
            now=self.town.clock.now,
            replaced=replaced_at,
        )

    def member(
        self, phone: str, flat: int, kind: str = "inner", expires_at: datetime | None = None
    ) -> None:
        """Somebody whom an owner let in."""
        self.town.change(
            "INSERT INTO flat_members (phone, house_id, flat_id, contract_owner, flat_owner,"
            " services, unpaid, has_gates, roommates, source, kind, expires_at, granted_by,"
            " granted_at) VALUES (:phone, :house, :flat, false, :owner, '{domophone}', '{}', false,"
            " '[]', 'grant', :kind, :expires, '', :now)",
            phone=phone,
            house=FLATS[flat],
            flat=flat,
            owner=kind == "owner",
            kind=kind,
            expires=expires_at,
            now=self.town.clock.now,
        )

    def block(self, flat: int, service: str, source: str = "operator") -> None:
        self.town.change(
            "INSERT INTO flat_blocks (flat_id, service, source, cause, created_at)"
            " VALUES (:flat, :service, :source, 'Домофон отключён: позвоните нам.', :now)",
            flat=flat,
            service=service,
            source=source,
            now=self.town.clock.now,
        )


@pytest.fixture
def block(town: Town) -> Block:
    return Block(town)


@pytest.fixture
def flats(town: Town, block: Block) -> Iterator[IntercomService]:
    """The face of the feature, within an application."""
    assert block.town is town
    app = town.open()
    with app.app_context():
        found: IntercomService = app.extensions["smartyard"][IntercomService]
        yield found


@pytest.fixture
def home(town: Town) -> Home:
    return Home(town)


@pytest.fixture
def worker(home: Home) -> Worker:
    return Worker(home)
