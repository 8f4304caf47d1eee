"""`flask access`: the operator gives and takes, and sees who may come in and why."""

from datetime import timedelta

import pytest
from click.testing import Result

from smartyard.commands import actor
from tests.fixtures.world import NOBODY, NORMAL, SECOND, UNPAID
from tests.fixtures.yard import BEWARD, FLAT, RELAY, Yard, press

GUEST = NOBODY


def told(yard: Yard, *words: object) -> Result:
    assert yard.town.app is not None
    return yard.town.app.test_cli_runner().invoke(args=["access", *(str(word) for word in words)])


def done(yard: Yard, *words: object) -> str:
    result = told(yard, *words)
    assert result.exit_code == 0, result.output
    return str(result.output)


def noted(yard: Yard) -> list[tuple[str, str, str]]:
    return yard.town.rows(
        "SELECT action, subject, detail ->> 'phone' FROM audit WHERE actor = :actor ORDER BY id",
        actor=actor(),
    )


def test_gives_and_takes_what_an_owner_gives(yard: Yard) -> None:
    guest = yard.at_home(GUEST)
    assert "Доступ дан." in done(yard, "give", FLAT, f"8{GUEST[1:]}")
    assert press(guest, BEWARD).status_code == 204
    assert yard.town.rows("SELECT title FROM messages WHERE phone = :one", one=GUEST) == [
        ("Вам открыли доступ",)
    ]
    assert "ничего не изменено" in done(yard, "give", FLAT, GUEST)
    assert "Доступ забран." in done(yard, "take", FLAT, GUEST)
    assert press(guest, BEWARD).status_code == 403
    assert "и не было" in done(yard, "take", FLAT, GUEST)
    place = f"flat:{FLAT}"
    assert noted(yard) == [("access given", place, GUEST), ("access taken", place, GUEST)]


def test_an_outer_guest_has_gates_until_the_hour(yard: Yard) -> None:
    guest, zone = yard.at_home(GUEST), yard.town.settings.timezone
    end = (yard.town.clock.now + timedelta(hours=2)).astimezone(zone).replace(second=0)
    done(yard, "give", FLAT, GUEST, "--kind", "outer", "--until", f"{end:%Y-%m-%d %H:%M}")
    assert press(guest, RELAY).status_code == 204
    assert press(guest, BEWARD).status_code == 403
    assert f"гость: ворота и калитки, до {end:%d.%m.%Y %H:%M}" in done(yard, "list", FLAT)
    yard.town.clock.forward(hours=2)
    assert press(guest, RELAY).status_code == 403


def test_a_time_that_is_past_lets_nobody_in_and_tells_nobody(yard: Yard) -> None:
    guest = yard.at_home(GUEST)
    past = ["give", FLAT, GUEST, "--until", "2026-01-31 12:00"]
    assert "Срок уже прошёл" in done(yard, *past)
    assert press(guest, BEWARD).status_code == 403
    assert yard.town.rows("SELECT 1 FROM messages WHERE phone = :one", one=GUEST) == []
    assert "ничего не изменено" in done(yard, *past)


def test_what_billing_says_of_people_is_its_own_to_change(yard: Yard) -> None:
    resident = yard.at_home(SECOND)
    refused = told(yard, "give", FLAT, SECOND, "--kind", "owner")
    assert refused.exit_code == 1 and "по данным биллинга" in refused.output
    assert told(yard, "take", FLAT, NORMAL).exit_code == 1
    assert "Доступ забран." in done(yard, "take", FLAT, SECOND)
    yard.town.clock.forward(days=1)
    assert resident.post("address/getSettingsList").status_code == 204, "billing names it still"
    assert f"{SECOND}  доступа нет" in done(yard, "list", FLAT)
    done(yard, "give", FLAT, SECOND)
    assert press(resident, BEWARD).status_code == 204


def test_says_who_may_come_in_and_from_where_the_right_is(yard: Yard) -> None:
    yard.at_home(SECOND)
    done(yard, "give", FLAT, GUEST, "--kind", "owner")
    address, *people = done(yard, "list", FLAT).splitlines()
    assert "ул. Образцовая, д. 1" in address
    assert people == [
        f"  {NORMAL}  владелец, навсегда, биллинг",
        f"  {SECOND}  житель, навсегда, биллинг",
        f"  {GUEST}  владелец, навсегда, приглашение",
    ]


def test_shows_why_somebody_cannot_come_in(yard: Yard) -> None:
    yard.block(FLAT, "doors", "operator", "Замок на ремонте до пятницы.")
    shown = done(yard, "show", NORMAL)
    assert "заблокировано (doors): Замок на ремонте до пятницы." in shown
    assert "владелец, навсегда, договор 1001" in shown
    assert "не оплачено: cctv" in done(yard, "show", UNPAID), "billing was asked"
    assert "Нигде нет доступа." in done(yard, "show", GUEST)
    yard.town.sandbox.faults.set("billing", "down")
    yard.town.clock.forward(days=1)
    silent = done(yard, "show", NORMAL)
    assert "Биллинг не отвечает" not in silent and "договор 1001" in silent, "its copy is good"
    yard.town.clock.forward(days=30)
    assert "Биллинг не отвечает" in done(yard, "show", NORMAL)


def test_a_flat_of_which_billing_said_nothing_yet(yard: Yard) -> None:
    yard.town.change("INSERT INTO flats (id, house_id, number, address) VALUES (5, 101, '5', '')")
    assert "биллинг ещё не сказал" in done(yard, "give", 5, GUEST)


@pytest.mark.parametrize("words", [("give", 1, GUEST), ("take", 1, GUEST), ("list", 1)], ids=str)
def test_an_unknown_flat_is_a_sentence(yard: Yard, words: tuple[object, ...]) -> None:
    refused = told(yard, *words)
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    assert "Квартира 1 неизвестна" in refused.output and noted(yard) == []


@pytest.mark.parametrize(
    "words", [("give", FLAT, "12"), ("give", FLAT, GUEST, "--until", "завтра"), ("show", "x")]
)
def test_what_is_no_number_or_no_time_is_refused(yard: Yard, words: tuple[object, ...]) -> None:
    assert told(yard, *words).exit_code != 0
    assert noted(yard) == []
