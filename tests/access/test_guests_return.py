"""Billing errs: it names an owner no more, and then again. What that took from guests comes back;
what a person ended does not."""

from datetime import timedelta

from tests.access.test_new_owner import (
    BY_HAND,
    READER,
    WIFE,
    by_hand,
    guests_of,
    look_again,
    sell,
    statuses,
)
from tests.fixtures.world import NORMAL, SECOND, Resident
from tests.fixtures.yard import FLAT, FOREVER, LONG_AGO, Yard, let_in
from tests.qr.test_register_qr import make, read

FRIEND, TIMED, LATER = "79003000004", "79003000005", "79003000006"
RIGHTS = "SELECT phone, granted_by, expires_at FROM flat_members WHERE source = 'grant' ORDER BY 1"

HELD = f"SELECT phone FROM ({RIGHTS}) AS r WHERE expires_at IS NULL OR expires_at > :now"


def lose(yard: Yard) -> None:
    """A short empty answer about everybody whom billing names in the flat."""
    for phone in (NORMAL, SECOND):
        yard.town.sandbox.world.remove_contract(phone, 1001)
    yard.town.clock.forward(hours=6)
    look_again(yard)


def find_again(yard: Yard, **later: float) -> None:
    """The same billing, put right; nobody opens the app, and so the worker alone asks."""
    yard.town.sandbox.world.add_contract(NORMAL, 1001)
    yard.town.clock.forward(**(later or {"hours": 1}))
    look_again(yard)


def test_guests_come_back_with_whom_billing_names_again(yard: Yard) -> None:
    guests = guests_of(yard)
    until = yard.town.clock.now + timedelta(days=30)
    let_in(yard.at_home(NORMAL), TIMED, type="outer", expire=f"{until:%Y-%m-%d} 12:00:00")
    card, before = make(yard, "--flat", str(FLAT))[FLAT], yard.town.rows(RIGHTS)
    lose(yard)
    assert statuses(yard, *guests) == [403, 403, 403, 404]  # of nobody's services
    assert yard.town.rows(HELD, now=yard.town.clock.now) == [(BY_HAND,)]
    assert "прежних жильцов" in read(yard.at_home(LATER), card)
    yard.town.clock.forward(minutes=50)
    look_again(yard)  # billing is not asked more often than that
    find_again(yard, minutes=11)
    assert statuses(yard, *guests) == [204] * 4
    assert yard.town.rows(RIGHTS) == before
    assert yard.town.rows("SELECT phone FROM flat_leaves WHERE phone <> :p", p=SECOND) == []
    assert "Готово" in read(yard.at_home(LATER), card), "the household is the same"


def test_what_a_person_or_the_hour_ended_meanwhile_does_not_come_back(yard: Yard) -> None:
    wife, nanny, reader, _ = guests_of(yard)
    owner, friend, timed = (yard.at_home(one) for one in (NORMAL, FRIEND, TIMED))
    hour = yard.town.clock.now.astimezone(yard.town.settings.timezone) + timedelta(hours=6.5)
    assert let_in(owner, FRIEND).status_code == 204
    assert let_in(owner, TIMED, expire=f"{hour:%Y-%m-%d %H:%M:%S}").status_code == 204
    assert let_in(owner, LATER, type="owner").status_code == 204
    lose(yard)
    assert statuses(yard, wife, nanny, reader, friend, timed) == [403] * 5
    by_hand(yard, "take", FLAT, READER)
    tomorrow = yard.town.clock.now + timedelta(days=1)
    by_hand(yard, "give", FLAT, WIFE, "--kind", "owner", "--until", f"{tomorrow:%Y-%m-%d} 12:00")
    find_again(yard)
    assert statuses(yard, wife, nanny, reader, friend, timed) == [204, 403, 403, 204, 403]
    yard.town.clock.forward(days=2)
    assert statuses(yard, wife, nanny) == [403, 403], "she gives no longer than she has"


def test_guests_do_not_come_back_after_days(yard: Yard) -> None:
    guests = guests_of(yard)
    lose(yard)
    yard.town.clock.forward(hours=72)
    look_again(yard)
    find_again(yard)
    yard.at_home(NORMAL)
    assert statuses(yard, yard.at_home(NORMAL), *guests) == [204, 403, 403, 403, 204]


def test_who_went_with_a_host_whom_a_person_put_out_stays_away(yard: Yard) -> None:
    wife, nanny, *_ = guests_of(yard)
    owner = yard.at_home(NORMAL)
    assert let_in(owner, WIFE, expire=LONG_AGO).status_code == 204
    assert let_in(owner, WIFE, type="owner", expire=FOREVER).status_code == 204
    yard.town.clock.forward(hours=1)
    yard.at_home(NORMAL)
    assert statuses(yard, wife, nanny) == [204, 403]


def test_a_household_that_moved_out_has_no_card(yard: Yard) -> None:
    guests = guests_of(yard)
    card = make(yard, "--flat", str(FLAT))[FLAT]
    newcomer: Resident = yard.at_home(FRIEND)
    owner = sell(yard)
    look_again(yard)
    assert "прежних жильцов" in read(newcomer, card)
    assert statuses(yard, owner, newcomer, *guests[:3]) == [204, 403, 403, 403, 403]
    assert yard.town.one("SELECT count(*) FROM flat_members WHERE phone = :p", p=FRIEND) == 0
    assert "Готово" in read(newcomer, make(yard, "--flat", str(FLAT))[FLAT])


def test_a_card_that_waited_for_the_first_household_is_theirs(yard: Yard) -> None:
    """Cards are printed for a house before anybody has signed in."""
    yard.town.change("DELETE FROM flat_members WHERE flat_id = :flat", flat=FLAT)
    yard.town.change("DELETE FROM billing_copies")
    card = make(yard, "--flat", str(FLAT))[FLAT]
    assert "Готово" in read(yard.at_home(FRIEND), card)
    yard.town.clock.forward(hours=1)
    yard.at_home(NORMAL)
    yard.town.clock.forward(hours=1)
    assert "Готово" in read(yard.at_home(TIMED), card)
    sell(yard)
    look_again(yard)
    assert "прежних жильцов" in read(yard.at_home(LATER), card)


def test_a_host_who_left_by_himself_and_comes_back_has_no_guests(yard: Yard) -> None:
    owner = yard.at_home(NORMAL)
    assert let_in(owner, FRIEND).status_code == 204
    assert let_in(owner, NORMAL, expire=LONG_AGO).status_code == 204
    login = {"login": "1001", "password": "demo-1001"}
    assert owner.post("user/addMyPhone", login).status_code == 204
    yard.town.clock.forward(hours=1)
    yard.at_home(NORMAL)
    assert statuses(yard, owner, yard.at_home(FRIEND)) == [204, 403]
