"""Leaving while billing is being asked: both end, whichever comes first."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.fixtures.processes import wait_for
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL

FRESH = {"X-Dm-Api-Refresh": ""}
COPIES = {"address/getAddressList": "getsettingslist", "user/getPaymentsList": "getpaymentslist"}
WAITING = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"


@pytest.mark.parametrize("path", COPIES)
def test_leaving_in_the_middle_of_a_refresh_meets_it_in_no_ring(town: Town, path: str) -> None:
    """Both come at the same moment: the refresh with an answer to store, and then the leaving."""
    town.open(db_lock_timeout=20.0, db_statement_timeout=20.0, billing_timeout=20.0)
    leaving, asking = town.sign_in(NORMAL), town.sign_in(NORMAL)
    assert {leaving.post(one).status_code for one in COPIES} == {200}
    asked = town.asked(COPIES[path])
    town.sandbox.faults.set("billing", "hang")
    with ThreadPoolExecutor(2) as threads, town.engine.connect() as connection:
        refresh = threads.submit(asking.post, path, None, **FRESH)
        wait_for(lambda: town.asked(COPIES[path]) > asked, "the question")
        connection.execute(sa.text("SELECT FROM billing_copies FOR UPDATE"))
        town.sandbox.faults.set("billing", "ok")
        wait_for(lambda: town.one(WAITING) == 1, "the refresh to wait")
        left = threads.submit(leaving.post, "user/deleteAccount")
        wait_for(lambda: town.one(WAITING) == 2, "the leaving to wait")
        connection.rollback()
        assert left.result().status_code == 204
        # What it has stored may be gone again before it reads it.
        assert refresh.result().status_code in (200, 204)
    for table in ("flat_members", "listed_houses", "account_copies", "billing_copies"):
        whose = "split_part(subject, ':', 2)" if table == "billing_copies" else "phone"
        assert not town.rows(f"SELECT FROM {table} WHERE {whose} = '{NORMAL}'")
