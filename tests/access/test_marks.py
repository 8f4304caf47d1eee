"""Marks of who was put out hold against a new account, and not against an owner."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.fixtures.processes import wait_for
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND
from tests.fixtures.yard import BEWARD, FLAT, LONG_AGO, Yard, let_in, press

WAITING = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"


def test_who_was_put_out_does_not_come_back_by_deleting_the_account(yard: Yard) -> None:
    owner, mate = yard.at_home(NORMAL), yard.at_home(SECOND)
    assert let_in(owner, SECOND, expire=LONG_AGO).status_code == 204
    assert mate.post("user/deleteAccount").status_code == 204
    assert press(yard.at_home(SECOND), BEWARD).status_code == 403
    assert let_in(owner, SECOND).status_code == 204
    assert press(yard.at_home(SECOND), BEWARD).status_code == 204


def test_who_was_put_out_comes_in_when_billing_names_an_owner(yard: Yard) -> None:
    owner = yard.at_home(NORMAL)
    assert let_in(owner, NEIGHBOUR, expire=LONG_AGO).status_code == 204
    yard.town.sandbox.world.add_contract(NEIGHBOUR, 1001)
    assert press(yard.at_home(NEIGHBOUR), BEWARD).status_code == 204
    assert yard.town.rows("SELECT FROM flat_leaves") == []


def test_an_owner_who_left_by_himself_is_not_brought_back_by_billing(yard: Yard) -> None:
    owner = yard.at_home(NORMAL)
    assert let_in(owner, NORMAL, expire=LONG_AGO).status_code == 204
    yard.town.clock.forward(hours=1)
    assert press(yard.at_home(NORMAL), BEWARD).status_code == 403


@pytest.mark.parametrize("put_out_too", [False, True])
def test_letting_in_meets_a_refresh_and_a_putting_out_in_no_ring(
    yard: Yard, put_out_too: bool
) -> None:
    """Both wait for the flat, with whatever they hold beside it."""
    yard.town.open(db_lock_timeout=20.0, db_statement_timeout=20.0)
    owner, mate = yard.at_home(NORMAL), yard.at_home(NEIGHBOUR)
    assert let_in(owner, NOBODY).status_code == 204
    yard.town.sandbox.world.add_contract(NEIGHBOUR, 1001)
    yard.town.clock.forward(hours=1)
    with ThreadPoolExecutor(2) as threads, yard.town.engine.connect() as connection:
        connection.execute(sa.text("SELECT FROM flats WHERE id = :flat FOR UPDATE"), {"flat": FLAT})
        giving = threads.submit(let_in, owner, NEIGHBOUR)
        wait_for(lambda: yard.town.one(WAITING) == 1, "the letting in to wait")
        if put_out_too:
            other = threads.submit(let_in, owner, NOBODY, expire=LONG_AGO)
        else:
            other = threads.submit(mate.post, "address/getSettingsList")
        wait_for(lambda: yard.town.one(WAITING) == 2, "the other one to wait")
        connection.rollback()
        statuses = (giving.result().status_code, other.result().status_code)
    assert statuses == (204, 204 if put_out_too else 200)
