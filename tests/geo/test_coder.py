"""Where an address is: our own houses, then a geocoder that is asked as seldom as it wants."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smartyard.config import Settings, SettingsError, load
from tests.fixtures.town import Town, together
from tests.fixtures.world import NEIGHBOUR, NORMAL, Resident
from tests.geo.conftest import Import

UNKNOWN = ("0.0", "0.0")
FAR = "г. Примерск, ул. Дальняя, д. 7"
THERE = ("52.607", "39.507")
Open = Callable[..., Resident]


@pytest.fixture
def open_to(town: Town) -> Open:
    """Somebody at a server that knows the geocoder, with other settings."""

    def opened(**changes: Any) -> Resident:
        told = {"geocoder_url": town.sandbox.geocoder_url, "geocoder_every": 0.01}
        town.open(**told | changes)
        return town.sign_in(NORMAL)

    return opened


def place(resident: Resident, address: str) -> tuple[str, str]:
    answer = resident.post("geo/coder", {"address": address})
    assert answer.status_code == 200, answer.text
    data = answer.get_json()["data"]
    assert data["address"]
    return data["lat"], data["lon"]


def asked(town: Town) -> list[str]:
    return [call["q"] for _, call in town.sandbox.calls("geocoder")]


@pytest.mark.parametrize(
    "address, expected",
    [
        ("г. Примерск, ул. Первая, д. 1", ("52.1", "39.1")),
        ("примерск ПЕРВАЯ 1", ("52.1", "39.1")),
        ("Примерск, проспект Мира, 5", ("52.3", "39.3")),
        ("Примерск, улица Мира, 5", ("52.4", "39.4")),
        ("г. Примерск, ул. Первая, д. 10", UNKNOWN),  # in the book, and nobody knows where
        ("г. Примерск, ул. Первая, д. 11", UNKNOWN),
        ("!", UNKNOWN),
    ],
)
def test_own_houses_are_found_by_any_spelling(
    book: Import, resident: Resident, address: str, expected: tuple[str, str]
) -> None:
    assert book is not None
    assert place(resident, address) == expected


def test_an_own_house_answers_with_its_address_and_others_with_what_was_asked(
    book: Import, resident: Resident
) -> None:
    assert book is not None
    for asked_for, told in (
        ("примерск первая 1", "г. Примерск, ул. Первая, д. 1"),
        ("где-то  там", "где-то  там"),
    ):
        answer = resident.post("geo/coder", {"address": asked_for})
        assert answer.get_json()["data"]["address"] == told


def test_the_geocoder_is_asked_for_others_once_and_politely(
    town: Town, book: Import, open_to: Open
) -> None:
    assert book is not None
    resident = open_to(geocoder_user_agent="desk@example.com")
    assert place(resident, "г. Примерск, ул. Первая, д. 1") == ("52.1", "39.1")
    for spelling in (FAR, FAR.upper(), f"  {FAR.replace(' ', '  ')}"):
        assert place(resident, spelling) == THERE
    assert place(town.sign_in(NEIGHBOUR), FAR) == THERE
    ((_, told),) = town.sandbox.calls("geocoder")
    assert told == {
        "q": FAR.lower(),
        "format": "jsonv2",
        "limit": "1",
        "accept-language": "ru",
        "countrycodes": "ru",
        "agent": "desk@example.com",
    }


def test_what_it_does_not_know_is_asked_again_the_next_day(town: Town, open_to: Open) -> None:
    resident = open_to()
    assert [place(resident, "там, 1") for _ in range(3)] == [UNKNOWN] * 3
    assert len(asked(town)) == 1
    town.clock.forward(hours=25)
    assert place(resident, "там, 1") == UNKNOWN and len(asked(town)) == 2


def test_answers_are_kept_so_long(town: Town, open_to: Open) -> None:
    resident = open_to(geocoder_keep_days=2)
    for hours in (0, 47, 2):
        town.clock.forward(hours=hours)
        assert place(resident, FAR) == THERE
    assert len(asked(town)) == 2


@pytest.mark.parametrize("mode", ["error", "refuse", "hang", "drop", "down", "rubbish"])
def test_a_geocoder_that_fails_keeps_no_ticket_from_being_sent(
    town: Town, open_to: Open, mode: str
) -> None:
    resident = open_to(geocoder_timeout=0.5, geocoder_rest=0.01)
    town.sandbox.faults.set("geocoder", mode)
    assert place(resident, FAR) == UNKNOWN
    town.sandbox.faults.clear(abandon=True)
    assert place(resident, FAR) == THERE, "a failure is not remembered as an answer"


def test_after_a_refusal_nobody_asks_for_a_while(town: Town, open_to: Open) -> None:
    resident = open_to(geocoder_wait=0.1)
    town.sandbox.faults.set("geocoder", "refuse", times=1)
    assert place(resident, FAR) == UNKNOWN and place(resident, "там, 2") == UNKNOWN
    assert len(asked(town)) == 1


def test_the_whole_installation_has_one_turn(town: Town, open_to: Open) -> None:
    """Two servers, several people: who comes second gets no turn before the time is over."""
    resident = open_to(geocoder_every=3600.0, geocoder_wait=0.3, geocoder_per_phone_hour=100)
    assert town.app is not None
    other = town.app
    open_to(geocoder_every=3600.0, geocoder_wait=0.3, geocoder_per_phone_hour=100)
    apps = [other, town.app]

    def ask(number: int) -> tuple[str, str]:
        client = apps[number % 2].test_client()
        who = Resident(client, resident.phone, resident.token)
        return place(who, f"Примерск, Дальняя, {number + 1}")

    found = together(6, ask)
    assert found.count(UNKNOWN) == 5 and len(asked(town)) == 1
    town.change("UPDATE geocoder_turns SET next_at = now() - interval '1 second'")
    assert ask(7) != UNKNOWN and len(asked(town)) == 2


def test_the_same_address_at_once_is_one_question(town: Town, open_to: Open) -> None:
    resident = open_to(geocoder_every=3600.0, geocoder_wait=20.0)
    assert town.app is not None
    client = town.app.test_client

    def ask(_: int) -> tuple[str, str]:
        return place(Resident(client(), resident.phone, resident.token), FAR)

    assert set(together(4, ask)) == {THERE} and len(asked(town)) == 1


def test_a_phone_asks_so_often_and_still_sends_tickets(town: Town, open_to: Open) -> None:
    resident = open_to(geocoder_per_phone_hour=2)
    found = [place(resident, f"Примерск, Дальняя, {number}") for number in (1, 1, 2, 3)]
    assert found[3] == UNKNOWN and UNKNOWN not in found[:3]
    assert place(resident, "Примерск, Дальняя, 2") != UNKNOWN, "what is known costs nothing"
    town.clock.forward(hours=2)
    assert place(resident, "Примерск, Дальняя, 3") != UNKNOWN
    assert len(asked(town)) == 3


def test_nobody_is_asked_where_no_geocoder_is_set(town: Town, resident: Resident) -> None:
    assert place(resident, FAR) == UNKNOWN
    assert not asked(town)


PUBLIC = "GEOCODER_URL=https://nominatim.openstreetmap.org/\n"
US = "SERVER_URL=https://smartyard.example\n"


def settings_of(folder: Path, text: str) -> Settings:
    path = folder / ".env"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize("name", [US, "GEOCODER_USER_AGENT=desk@example.com"])
def test_the_public_geocoder_is_asked_once_a_second_unless_told_to_be_asked_less(
    tmp_path: Path, name: str
) -> None:
    assert settings_of(tmp_path, PUBLIC + name).geocoder_every >= 1
    own = "GEOCODER_URL=http://nominatim.example\nGEOCODER_EVERY=0.1"
    assert settings_of(tmp_path, own).geocoder_every == 0.1


@pytest.mark.parametrize(
    "text, wrong", [(US + "GEOCODER_EVERY=0.9", "GEOCODER_EVERY"), ("", "GEOCODER_USER_AGENT")]
)
def test_what_the_public_geocoder_would_shut_us_out_for_is_a_wrong_setting(
    tmp_path: Path, text: str, wrong: str
) -> None:
    with pytest.raises(SettingsError, match=wrong):
        settings_of(tmp_path, PUBLIC + text)
