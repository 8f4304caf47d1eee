"""Whose a flat's intercom is to see and to change; its log is the owner's."""

from datetime import timedelta
from typing import Any

import pytest

from smartyard.intercom.residents.service import log_after
from smartyard.intercom.service import LogRights
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND
from tests.intercom.homes import HOUSE, INTERCOM, MINE, UNKNOWN, Home, look, put

LOG: list[tuple[LogRights, bool | None, bool | None, LogRights]] = [
    ("all", None, None, "all"),
    ("all", True, None, "none"),
    ("all", True, False, "none"),
    ("owner", True, True, "none"),
    ("none", False, False, "all"),
    ("none", False, True, "owner"),
    ("none", False, None, "owner"),  # on again, and shown to all only where that is said
    ("none", None, False, "none"),
    ("none", None, True, "none"),
    ("all", None, True, "owner"),
    ("owner", None, False, "all"),
    ("owner", None, None, "owner"),
    ("all", False, False, "all"),
]


@pytest.mark.parametrize(("before", "off", "hidden", "after"), LOG)
def test_the_log_is_one_of_three(
    before: LogRights, off: bool | None, hidden: bool | None, after: LogRights
) -> None:
    assert log_after(before, off, hidden) == after


def test_saving_something_else_opens_no_log(home: Home) -> None:
    owner = home.who()
    put(owner, hiddenPlog="t")
    put(owner, CMS="f")
    assert home.town.one("SELECT log FROM flat_settings") == "owner"


def test_the_log_is_the_owners_to_see_and_to_change(home: Home) -> None:
    owner, mate = home.who(NORMAL), home.who(SECOND)
    told = look(mate)
    assert "disablePlog" not in told and "hiddenPlog" not in told
    before = home.rows()
    refused = mate.post(INTERCOM, {"flatId": MINE, "settings": {"CMS": "f", "hiddenPlog": "t"}})
    assert refused.status_code == 403 and "владелец" in refused.get_json()["message"]
    assert home.rows() == before, "all of it or nothing"
    assert put(owner, hiddenPlog="t")["hiddenPlog"] == "t"


def test_a_log_that_the_operator_closed_is_nobodys(home: Home) -> None:
    owner = home.who()
    look(owner)
    home.town.change("UPDATE flat_settings SET log = 'forbidden'")
    told = look(owner)
    assert "disablePlog" not in told and "hiddenPlog" not in told
    refused = owner.post(INTERCOM, {"flatId": MINE, "settings": {"CMS": "f", "disablePlog": "f"}})
    assert refused.status_code == 403 and "оператор" in refused.get_json()["message"]
    assert home.town.rows("SELECT log, handset FROM flat_settings") == [("forbidden", True)]


@pytest.mark.parametrize("kind", ["inner", "owner"])
def test_a_guest_who_lives_here_sees_and_changes_until_the_hour(home: Home, kind: str) -> None:
    home.who()
    until = home.town.clock() + timedelta(hours=2)
    guest = home.guest(NOBODY, kind, until)
    assert put(guest, CMS="f")["CMS"] == "f"
    assert ("disablePlog" in look(guest)) == (kind == "owner")
    home.town.clock.forward(hours=2)
    assert guest.post(INTERCOM, {"flatId": MINE}).status_code == 403


def test_an_outer_guest_sees_no_code(home: Home) -> None:
    home.panel()
    home.who()
    courier = home.guest(NOBODY, "outer", home.town.clock() + timedelta(hours=2))
    before = home.rows()
    for settings in (None, {"CMS": "f"}):
        answer = courier.post(INTERCOM, {"flatId": MINE, "settings": settings})
        assert answer.status_code == 403 and "doorCode" not in answer.text
    assert home.rows() == before


def test_a_stranger_learns_nothing_and_changes_nothing(home: Home) -> None:
    home.panel()
    look(home.who())
    neighbour = home.who(NEIGHBOUR)
    before = home.rows()
    refusals = {
        neighbour.post(INTERCOM, {"flatId": flat, "settings": settings}).data
        for flat in (MINE, UNKNOWN, HOUSE, 0)
        for settings in (None, {}, {"CMS": "f"}, {"disablePlog": "t"})
    }
    assert len(refusals) == 1, "the same answer whether there is such a flat or not"
    assert neighbour.post(INTERCOM, {"flatId": MINE}).status_code == 403
    assert home.rows() == before


WRONG: list[Any] = [
    {},
    {"flatId": None},
    {"flatId": "١٠١"},
    {"flatId": 2**63},
    {"flatId": -1},
    {"flatId": [MINE]},
    *({"flatId": MINE, "settings": settings} for settings in ("t", [], 1)),
    *(
        {"flatId": MINE, "settings": {key: value}}
        for key in ("enableDoorCode", "CMS", "VoIP", "paperBill", "disablePlog", "FRSDisabled")
        for value in (True, "true", "T", "", [])
    ),
    *({"flatId": MINE, "settings": {"whiteRabbit": value}} for value in (True, [5], {})),
    *(
        {"flatId": MINE, "settings": {"CMS": "f", "autoOpen": value}}
        for value in (
            "",
            "2026-03-05",
            "2026-03-05T12:00:00",
            "2026-02-30 12:00:00",
            "2026-03-05 24:00:00",
            "2026-03-05 12:00:00\n",
            "0000-00-00 00:00:00",
            "٢٠٢٦-03-05 12:00:00",
            1772701200,
        )
    ),
]


def test_a_wrong_shape_is_422_and_nothing_of_it_is_written(home: Home) -> None:
    person = home.who()
    look(person)
    before = home.rows()
    for body in WRONG:
        answer = person.post(INTERCOM, body)
        assert answer.status_code == 422, body
    assert home.rows() == before
