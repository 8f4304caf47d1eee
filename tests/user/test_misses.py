"""Wrong codes of one address: what a few guesses a code would come to over many numbers."""

import pytest
import sqlalchemy as sa

from smartyard.sandbox import Sandbox
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND
from tests.user.asking import ask, at_once, confirm, hits, rows, wrong
from tests.user.conftest import Clock, MakeApp

HERE, THERE = "203.0.113.7", "198.51.100.9"
HOUSEHOLD, MATE = "2001:db8:1:2::1", "2001:db8:1:2:ffff::9"


@pytest.mark.parametrize(("first", "second"), [(HERE, HERE), (HOUSEHOLD, MATE)])
def test_misses_at_many_numbers_shut_an_address_out_for_an_hour(
    make_app: MakeApp, sandbox: Sandbox, clock: Clock, first: str, second: str
) -> None:
    app = make_app(code_misses_per_address_hour=4)
    for phone in (NORMAL, SECOND, NEIGHBOUR):
        ask(app, phone)
    codes = {phone: sandbox.code_for(phone) for phone in (NORMAL, SECOND, NEIGHBOUR)}
    for phone in (NORMAL, SECOND):
        assert confirm(app, phone, wrong(codes[phone]), first).status_code == 403
        assert confirm(app, phone, wrong(codes[phone]), second).status_code == 403
    refused = confirm(app, NEIGHBOUR, codes[NEIGHBOUR], second)
    assert refused.status_code == 429 and "через час" in refused.get_json()["message"]
    assert confirm(app, NEIGHBOUR, codes[NEIGHBOUR], THERE).status_code == 200
    clock.forward(hours=1)
    ask(app, NORMAL)
    assert confirm(app, NORMAL, sandbox.code_for(NORMAL), first).status_code == 200


def test_what_is_no_miss_takes_no_place(
    make_app: MakeApp, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    app = make_app(code_misses_per_address_hour=1)
    assert [confirm(app, NORMAL, "1234", HERE).status_code for _ in range(3)] == [404] * 3
    for phone in (NORMAL, SECOND):
        ask(app, phone)
        assert confirm(app, phone, sandbox.code_for(phone), HERE).status_code == 200
    assert "miss-address" not in hits(clean_database)


def test_guesses_at_once_are_no_more_than_there_are_places(
    make_app: MakeApp, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    app = make_app(code_misses_per_address_hour=3)
    ask(app, NORMAL)
    bad = wrong(sandbox.code_for(NORMAL))
    answers = at_once(lambda _: confirm(app, NORMAL, bad, HERE).status_code, 12)
    assert (answers.count(403), answers.count(429)) == (3, 9)
    assert rows(clean_database, "SELECT guesses FROM login_codes") == [3]
