"""Whoever is put out knows the flat's door code: so the flat has another one."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from tests.access.test_new_owner import by_hand, waits
from tests.fixtures.processes import wait_for
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, Resident
from tests.fixtures.yard import BEWARD, FLAT, LONG_AGO, Yard, let_in

CHILD = "79003000001"
TOLD = "SELECT phone FROM messages WHERE title = 'Код двери сменён' ORDER BY 1"


def code_of(resident: Resident) -> str:
    answer = resident.post("address/intercom", {"flatId": FLAT})
    return str(answer.get_json()["data"]["doorCode"])


def told(yard: Yard) -> list[Any]:
    return [row[0] for row in yard.town.rows(TOLD)]


def test_whom_an_owner_puts_out_knows_no_code_any_more_and_those_who_stay_are_told(
    yard: Yard,
) -> None:
    owner, mate = yard.at_home(NORMAL), yard.at_home(SECOND)
    let_in(owner, CHILD)
    let_in(owner, NEIGHBOUR, type="outer")
    known = code_of(mate)
    yard.town.change("UPDATE panel_pushes SET due_at = NULL")
    assert let_in(owner, SECOND, expire=LONG_AGO).status_code == 204
    after = code_of(owner)
    assert after != known and len(after) == 5
    assert yard.town.rows("SELECT panel_id FROM panel_pushes WHERE due_at IS NOT NULL") == [
        (BEWARD,)
    ]
    assert told(yard) == [NORMAL, CHILD], "not the one for the gates, who never saw it"
    text = yard.town.one("SELECT text FROM messages WHERE title LIKE 'Код%' LIMIT 1")
    assert after not in text and known not in text
    assert let_in(owner, SECOND, expire=LONG_AGO).status_code == 204
    assert (code_of(owner), len(told(yard))) == (after, 2), "putting out again is the same"
    by_hand(yard, "take", FLAT, CHILD)
    assert code_of(owner) != after and told(yard) == [NORMAL, NORMAL, CHILD]


def test_who_never_saw_the_code_and_who_leaves_change_nothing(yard: Yard) -> None:
    owner, mate = yard.at_home(NORMAL), yard.at_home(SECOND)
    known = code_of(owner)
    let_in(owner, NOBODY, type="outer")
    for by, whom in ((owner, NOBODY), (owner, "79003000009"), (mate, SECOND)):
        assert let_in(by, whom, expire=LONG_AGO).status_code == 204
    assert (code_of(owner), told(yard)) == (known, [])


def test_a_provider_may_leave_codes_as_they_are(yard: Yard) -> None:
    yard.town.open(code_after_put_out=False)
    owner, mate = yard.at_home(NORMAL), yard.at_home(SECOND)
    known = code_of(mate)
    assert let_in(owner, SECOND, expire=LONG_AGO).status_code == 204
    assert (code_of(owner), told(yard)) == (known, [])


@pytest.mark.parametrize("looked", [True, False], ids=["no code is left", "there was none"])
def test_putting_out_does_not_fail_for_a_code(yard: Yard, looked: bool) -> None:
    yard.town.open(door_codes=(1000, 1000))
    owner, mate = yard.at_home(NORMAL), yard.at_home(SECOND)
    if looked:
        assert code_of(mate) == "1000"
    assert let_in(owner, SECOND, expire=LONG_AGO).status_code == 204
    assert yard.town.rows("SELECT FROM door_codes WHERE replaced_at IS NULL") == []


def test_putting_out_meets_who_deletes_the_account_in_no_ring(yard: Yard) -> None:
    """Both change the flat's settings and its people, and who leaves begins with the former."""
    yard.town.open(db_lock_timeout=20.0, db_statement_timeout=20.0)
    owner, mate = yard.at_home(NORMAL), yard.at_home(SECOND)
    assert let_in(owner, CHILD).status_code == 204
    body = {"flatId": FLAT, "settings": {"whiteRabbit": 5}}
    assert mate.post("address/intercom", body).status_code == 200
    with ThreadPoolExecutor(2) as threads, yard.town.engine.connect() as connection:
        connection.execute(sa.text("SELECT FROM flats WHERE id = :flat FOR UPDATE"), {"flat": FLAT})
        putting_out = threads.submit(let_in, owner, CHILD, expire=LONG_AGO)
        wait_for(lambda: waits(yard, 1), "the putting out to wait")
        leaving = threads.submit(mate.post, "user/deleteAccount")
        wait_for(lambda: waits(yard, 2), "the leaving to wait")
        connection.rollback()
        assert (leaving.result().status_code, putting_out.result().status_code) == (204, 204)
