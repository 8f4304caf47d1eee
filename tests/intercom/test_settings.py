"""`address/intercom`: read as a whole, written key by key, by the people of the flat."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.fixtures.town import together
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND
from tests.intercom.homes import HOUSE, INTERCOM, MINE, NEXT, Home, look, put

DEFAULTS = {
    "allowDoorCode": "t",
    "CMS": "t",
    "VoIP": "t",
    "autoOpen": "2001-01-01 03:00:00",
    "whiteRabbit": "0",
    "disablePlog": "f",
    "hiddenPlog": "f",
}
MOSCOW = ZoneInfo("Europe/Moscow")


def test_the_first_look_makes_a_code_and_later_ones_tell_the_same(home: Home) -> None:
    home.panel()
    person = home.who()
    first = look(person)
    code = first.pop("doorCode")
    assert first == DEFAULTS and code.isascii() and 10000 <= int(code) <= 99999
    assert look(person) == DEFAULTS | {"doorCode": code}
    assert home.town.rows("SELECT house_id, code, flat_id FROM door_codes") == [
        (HOUSE, int(code), MINE)
    ]


def test_first_looks_at_once_make_one_code(home: Home) -> None:
    home.panel()
    people = [home.who(NORMAL), home.who(SECOND)]
    codes = together(6, lambda number: look(people[number % 2])["doorCode"])
    assert len(set(codes)) == 1
    assert home.town.one("SELECT count(*) FROM door_codes") == 1


def test_flats_of_a_house_have_codes_of_their_own(home: Home) -> None:
    home.panel()
    mine, next_door = home.who(), home.who(NEIGHBOUR)
    codes = {look(mine)["doorCode"], look(next_door, NEXT)["doorCode"]}
    assert len(codes) == 2
    put(next_door, NEXT, CMS="f")
    assert look(mine)["CMS"] == "t"


@pytest.mark.parametrize("model", [None, "url", "none"])
def test_where_nothing_takes_a_code_there_is_none(home: Home, model: str | None) -> None:
    if model:
        home.panel(model=model, address="" if model == "none" else None)
    told = look(home.who())
    assert told["allowDoorCode"] == "f" and "doorCode" not in told
    assert home.town.one("SELECT count(*) FROM door_codes") == 0


def test_a_panel_of_another_entrance_is_not_the_flats(home: Home) -> None:
    home.panel(entrance="1")
    home.panel(12, entrance="2")
    person = home.who()
    home.town.change("UPDATE flats SET entrance = '2' WHERE id = :flat", flat=MINE)
    home.town.change("UPDATE panels SET model = 'none', address = '' WHERE id = 12")
    assert "doorCode" not in look(person)
    home.town.change("UPDATE flats SET entrance = '1' WHERE id = :flat", flat=MINE)
    assert "doorCode" in look(person)


def test_a_flat_that_turns_out_to_be_in_another_house_gets_a_code_of_that_house(
    home: Home,
) -> None:
    home.panel()
    home.panel(12, house=105)
    person = home.who()
    old = look(person)["doorCode"]
    town = home.town
    town.change("UPDATE flats SET house_id = 105, entrance = NULL WHERE id = :flat", flat=MINE)
    new = look(person)["doorCode"]
    assert town.rows("SELECT house_id, code FROM door_codes WHERE replaced_at IS NULL") == [
        (105, int(new))
    ]
    assert town.one("SELECT code FROM door_codes WHERE replaced_at IS NOT NULL") == int(old)


KEYS = {
    "enableDoorCode": ("allowDoorCode", "f"),
    "CMS": ("CMS", "f"),
    "VoIP": ("VoIP", "f"),
    "whiteRabbit": ("whiteRabbit", "5"),
    "disablePlog": ("disablePlog", "t"),
    "hiddenPlog": ("hiddenPlog", "t"),
}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_is_sent_changes_and_no_other_does(home: Home, key: str) -> None:
    home.panel()
    person = home.who()
    before = look(person)
    shown, value = KEYS[key]
    after = put(person, **{key: value})
    also = {"hiddenPlog": "t"} if key == "disablePlog" else {}  # nobody sees it then
    assert after == before | {shown: value} | also
    assert look(person) == after


def test_nothing_sent_changes_nothing(home: Home) -> None:
    home.panel()
    person = home.who()
    before, rows = look(person), home.rows()
    assert put(person) == before
    nulls = dict.fromkeys(KEYS)
    assert put(person, **nulls) == before
    assert person.post(INTERCOM, {"flatId": MINE, "settings": None}).status_code == 200
    assert home.rows() == rows


def test_two_keys_that_are_sent_at_once_are_both_kept(home: Home) -> None:
    people = [home.who(NORMAL), home.who(SECOND)]
    together(2, lambda number: put(people[number], **[{"CMS": "f"}, {"whiteRabbit": 7}][number]))
    after = look(people[0])
    assert (after["CMS"], after["whiteRabbit"]) == ("f", "7")


def test_calls_are_each_persons_own(home: Home) -> None:
    owner, mate = home.who(NORMAL), home.who(SECOND)
    put(owner, VoIP="f")
    assert look(owner)["VoIP"] == "f" and look(mate)["VoIP"] == "t"
    put(owner, VoIP="t")
    assert look(owner)["VoIP"] == "t"


def test_who_deletes_the_account_leaves_nothing_behind(home: Home) -> None:
    owner = home.who()
    put(owner, VoIP="f")
    assert owner.post("user/deleteAccount").status_code == 204
    assert home.town.one("SELECT count(*) FROM flat_calls") == 0


@pytest.mark.parametrize("minutes", [1, 2, "3", 5, "7", 10, 0])
def test_minutes_that_the_apps_know_are_kept_and_come_back_as_text(
    home: Home, minutes: Any
) -> None:
    assert put(home.who(), whiteRabbit=minutes)["whiteRabbit"] == str(minutes)


@pytest.mark.parametrize("minutes", [4, -1, 99999999999999999999, "05", " 5", "", "пять", 5.5])
def test_minutes_that_nobody_knows_are_none(home: Home, minutes: Any) -> None:
    person = home.who()
    put(person, whiteRabbit=10)
    assert put(person, whiteRabbit=minutes)["whiteRabbit"] == "0"


AUTO_OPEN = {  # what is sent, with 12:00 on the clock in Moscow: what comes back
    "2026-03-05 13:00:00": "2026-03-05 13:00:00",
    "2026-03-05 15:00:00": "2026-03-05 15:00:00",
    "2026-03-05 19:00:00": "2026-03-05 15:00:00",  # of a device in Vladivostok
    "3001-01-01 00:00:00": "2026-03-05 15:00:00",
    "9999-12-31 23:59:59": "2026-03-05 15:00:00",
    "2026-03-05 12:00:00": DEFAULTS["autoOpen"],
    "2026-03-05 11:59:59": DEFAULTS["autoOpen"],
    "2001-01-01 00:00:00": DEFAULTS["autoOpen"],
    "0001-01-01 00:00:00": DEFAULTS["autoOpen"],
}


@pytest.mark.parametrize("sent", AUTO_OPEN)
def test_guests_are_expected_until_then_and_for_hours_at_most(home: Home, sent: str) -> None:
    home.town.clock.now = datetime(2026, 3, 5, 12, 0, tzinfo=MOSCOW).astimezone(UTC)
    person = home.who()
    assert put(person, autoOpen=sent)["autoOpen"] == AUTO_OPEN[sent]
    assert look(person)["autoOpen"] == AUTO_OPEN[sent]


def test_guests_that_are_late_are_expected_no_more(home: Home) -> None:
    person = home.who()
    in_an_hour = (home.town.clock() + timedelta(hours=1)).astimezone(MOSCOW)
    put(person, autoOpen=in_an_hour.strftime("%Y-%m-%d %H:%M:%S"))
    home.town.clock.forward(hours=1)
    assert look(person)["autoOpen"] == DEFAULTS["autoOpen"]


def test_paper_and_faces_show_only_where_there_is_such_a_thing(home: Home) -> None:
    camera = home.town.camera("entrance", houses=[HOUSE])
    home.panel()
    person = home.who()
    told = put(person, paperBill="t", FRSDisabled="t")
    assert "paperBill" not in told and "FRSDisabled" not in told
    home.town.change("UPDATE panels SET camera_id = :camera", camera=camera)
    assert look(person)["FRSDisabled"] == "t"
    home.town.open(paper_bill=True, frs_url="")
    told = look(home.who())
    assert told["paperBill"] == "t" and "FRSDisabled" not in told


def test_it_goes_on_while_billing_is_silent(home: Home) -> None:
    home.town.open(billing_timeout=0.5)
    person, stranger = home.who(), home.town.sign_in(SECOND)
    home.town.sandbox.faults.set("billing", "down")
    home.town.clock.forward(seconds=home.town.settings.billing_ttl)
    assert put(person, CMS="f")["CMS"] == "f"
    assert stranger.post(INTERCOM, {"flatId": MINE}).status_code == 503, "nobody knows yet"


def test_who_changed_what_is_written_down(home: Home) -> None:
    home.panel()
    person = home.who()
    look(person)
    put(person, CMS="f", whiteRabbit=5)
    assert home.town.rows("SELECT actor, action, subject, detail FROM audit") == [
        (f"phone:{NORMAL}", "intercom", f"flat:{MINE}", {"set": ["handset", "white_rabbit"]})
    ]
