"""Guests go with those who let them in: when billing names another owner, and in between."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import sqlalchemy as sa

from smartyard.renewal.service import RenewalService
from smartyard.web import service
from tests.fixtures.processes import wait_for
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, Resident
from tests.fixtures.yard import BEWARD, FLAT, LONG_AGO, Yard, let_in, press
from tests.qr.test_register_qr import make, read

WIFE, NANNY, READER, BY_HAND = NOBODY, "79003000001", "79003000002", "79003000003"
WAITING = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"


def look_again(yard: Yard) -> None:
    """What a turn of the worker does."""
    assert yard.town.app is not None
    with yard.town.app.app_context():
        for phone in service(RenewalService).due():
            service(RenewalService).renew(phone)


def by_hand(yard: Yard, *words: object) -> None:
    assert yard.town.app is not None
    done = yard.town.app.test_cli_runner().invoke(args=["access", *map(str, words)])
    assert done.exit_code == 0, done.output


def waits(yard: Yard, count: int) -> bool:
    return bool(yard.town.one(WAITING) == count)


def statuses(yard: Yard, *residents: Resident) -> list[int]:
    yard.town.clock.forward(seconds=10)  # no repeat of the last press
    return [press(one, BEWARD).status_code for one in residents]


def guests_of(yard: Yard) -> list[Resident]:
    """Of the owner: one who owns too, her guest, one by the card, and one by the operator."""
    owner = yard.at_home(NORMAL)
    wife, nanny, reader, given = (yard.at_home(one) for one in (WIFE, NANNY, READER, BY_HAND))
    assert let_in(owner, WIFE, type="owner").status_code == 204
    assert let_in(wife, NANNY).status_code == 204
    assert "Готово" in read(reader, make(yard, "--flat", str(FLAT))[FLAT])
    by_hand(yard, "give", FLAT, BY_HAND)
    assert statuses(yard, wife, nanny, reader, given) == [204] * 4
    return [wife, nanny, reader, given]


def sell(yard: Yard) -> Resident:
    """Billing has another owner, who looks at the new home."""
    world = yard.town.sandbox.world
    for phone in (NORMAL, SECOND):
        world.remove_contract(phone, 1001)
    world.add_contract(NEIGHBOUR, 1001)
    yard.town.clock.forward(seconds=yard.town.settings.billing_ttl)
    return yard.at_home(NEIGHBOUR)


def test_a_new_owner_finds_no_guests_of_the_former_one(yard: Yard) -> None:
    mate, former, guests = yard.at_home(SECOND), yard.at_home(NORMAL), guests_of(yard)
    owner = sell(yard)
    look_again(yard)  # at once: the new owner's name makes the others' rights doubtful
    assert statuses(yard, former, mate, *guests) == [403, 403, 403, 403, 403, 204]
    assert statuses(yard, owner) == [204]
    answer = owner.post("address/getSettingsList").get_json()["data"]
    mates = next(one for one in answer if one["flatId"] == str(FLAT))["roommates"]
    assert [one["phone"] for one in mates] == [BY_HAND], "whom the operator let in stays"
    assert let_in(owner, WIFE).status_code == 204
    assert statuses(yard, guests[0], guests[1]) == [204, 403]


def test_a_guests_door_asks_about_the_former_owner_though_the_worker_is_down(yard: Yard) -> None:
    guests = guests_of(yard)
    sell(yard)
    assert statuses(yard, *guests) == [403, 403, 403, 204]


def test_the_card_of_the_former_household_lets_nobody_back_in(yard: Yard) -> None:
    guests_of(yard)
    card = make(yard, "--flat", str(FLAT))[FLAT]
    sell(yard)
    look_again(yard)
    for phone in (NORMAL, READER):
        assert "закрыт" in read(yard.at_home(phone), card)
    yard.town.clock.forward(seconds=1)
    assert "Готово" in read(yard.at_home(READER), make(yard, "--flat", str(FLAT))[FLAT])


def test_one_who_lived_there_and_becomes_the_owner_keeps_who_came_by_the_card(yard: Yard) -> None:
    yard.at_home(SECOND)
    wife, nanny, reader, given = guests_of(yard)
    yard.town.sandbox.world.remove_contract(NORMAL, 1001)
    yard.town.clock.forward(hours=6)
    look_again(yard)
    assert statuses(yard, wife, nanny, reader, given) == [403, 403, 204, 204]


def test_a_contract_that_takes_the_others_place_changes_nothing(yard: Yard) -> None:
    guests = guests_of(yard)
    world = yard.town.sandbox.world
    world.remove_contract(NORMAL, 1001)
    again = {"clientId": 1901, "houseId": 101, "flatId": FLAT}
    world.add_contract(NORMAL, again | {"services": ["domophone"]})
    yard.town.clock.forward(hours=6)
    look_again(yard)
    assert yard.town.rows("SELECT contract_id FROM flat_members WHERE phone = :one AND flat_id ="
                          " :flat", one=NORMAL, flat=FLAT) == [("1901",)]  # fmt: skip
    assert statuses(yard, *guests) == [204] * 4


def test_who_is_put_out_takes_along_whom_he_let_in(yard: Yard) -> None:
    wife, nanny, reader, given = guests_of(yard)
    assert let_in(yard.at_home(NORMAL), WIFE, expire=LONG_AGO).status_code == 204
    assert statuses(yard, wife, nanny, reader, given) == [403, 403, 204, 204]


def test_a_shorter_right_shortens_what_was_given_by_it(yard: Yard) -> None:
    wife, nanny, *_ = guests_of(yard)
    until = (yard.town.clock.now.astimezone(yard.town.settings.timezone)).replace(tzinfo=None)
    tomorrow = str(until.replace(microsecond=0, year=until.year + 1))
    assert let_in(yard.at_home(NORMAL), WIFE, type="owner", expire=tomorrow).status_code == 204
    yard.town.sandbox.faults.set("billing", "down")
    ends = yard.town.rows("SELECT DISTINCT expires_at FROM flat_members WHERE phone IN (:a, :b)",
                          a=wife.phone, b=nanny.phone)  # fmt: skip
    assert len(ends) == 1 and ends[0][0] is not None


@pytest.mark.parametrize("staying", [True, False], ids=["somebody lives there", "nobody does"])
def test_an_account_that_is_deleted_leaves_its_guests_to_who_stays(
    yard: Yard, staying: bool
) -> None:
    if staying:
        yard.at_home(SECOND)
    yard.town.clock.forward(seconds=1)
    guests = guests_of(yard)
    assert yard.at_home(NORMAL).post("user/deleteAccount").status_code == 204
    after = 204 if staying else 403
    assert statuses(yard, *guests)[:3] == [after] * 3
    assert yard.town.one("SELECT count(*) FROM flat_members WHERE granted_by = :one",
                         one=NORMAL) == 0  # fmt: skip


@pytest.mark.parametrize("first", ["the putting out", "the giving"])
def test_who_is_put_out_while_giving_gives_nothing(yard: Yard, first: str) -> None:
    """Both have read that the wife owns the flat, and wait for it."""
    yard.town.open(db_lock_timeout=20.0, db_statement_timeout=20.0)
    owner, wife = yard.at_home(NORMAL), yard.at_home(WIFE)
    assert let_in(owner, WIFE, type="owner").status_code == 204
    out, giving = (owner, WIFE, LONG_AGO), (wife, NANNY, "3001-01-01")
    turns = [out, giving] if first == "the putting out" else [giving, out]
    with ThreadPoolExecutor(2) as threads, yard.town.engine.connect() as connection:
        connection.execute(sa.text("SELECT FROM flats WHERE id = :flat FOR UPDATE"), {"flat": FLAT})
        asked = []
        for waiting, (who, whom, expire) in enumerate(turns, start=1):
            asked.append(threads.submit(let_in, who, whom, expire=expire))
            wait_for(partial(waits, yard, waiting), "one more to wait")
        connection.rollback()
        answers = [one.result().status_code for one in asked]
    assert answers == ([204, 403] if first == "the putting out" else [204, 204])
    assert statuses(yard, wife, yard.at_home(NANNY)) == [403, 403]


def test_who_gives_while_billing_takes_the_flat_gives_nothing(yard: Yard) -> None:
    yard.town.open(db_lock_timeout=20.0, db_statement_timeout=20.0)
    owner, guest = yard.at_home(NORMAL), yard.at_home(NANNY)
    yard.town.sandbox.world.remove_contract(NORMAL, 1001)
    yard.town.clock.forward(hours=6)
    with ThreadPoolExecutor(2) as threads, yard.town.engine.connect() as connection:
        connection.execute(sa.text("SELECT FROM flats WHERE id = :flat FOR UPDATE"), {"flat": FLAT})
        taking = threads.submit(owner.post, "address/getSettingsList")
        wait_for(lambda: yard.town.one(WAITING) == 1, "the taking to wait")
        giving = threads.submit(let_in, owner, NANNY)
        wait_for(lambda: yard.town.one(WAITING) == 2, "the giving to wait")
        connection.rollback()
        assert (taking.result().status_code, giving.result().status_code) == (200, 403)
    assert statuses(yard, owner, guest) == [403, 403]
