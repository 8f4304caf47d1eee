"""Who owned a flat long ago has no word in it, though nobody has looked since."""

import pytest

from tests.fixtures.world import NOBODY, NORMAL, SECOND, Resident
from tests.fixtures.yard import BEWARD, FLAT, LONG_AGO, Yard, let_in, press

TENANT, FRIEND = NOBODY, "79003000001"
RIGHTS = "SELECT phone, source, expires_at FROM flat_members ORDER BY 1, 2"


@pytest.fixture(name="former")
def _former(yard: Yard) -> Resident:
    """Billing took the flat, and no list of his and no worker has asked since."""
    former = yard.at_home(NORMAL)
    yard.town.sandbox.world.remove_contract(NORMAL, 1001)
    yard.town.clock.forward(hours=6)
    return former


def test_a_former_owner_puts_nobody_out(yard: Yard, former: Resident) -> None:
    mate = yard.at_home(SECOND)
    assert let_in(former, SECOND, expire=LONG_AGO).status_code == 403
    assert press(mate, BEWARD).status_code == 204


def test_a_former_owner_lets_nobody_in_and_reminds_nobody(yard: Yard, former: Resident) -> None:
    assert let_in(former, FRIEND).status_code == 403
    assert former.post("address/resend", {"flatId": FLAT, "guestPhone": SECOND}).status_code == 403
    assert yard.town.one("SELECT count(*) FROM messages") == 0


def test_a_guest_who_owned_by_a_former_owner_lets_nobody_in(yard: Yard) -> None:
    former, wife = yard.at_home(NORMAL), yard.at_home(NOBODY)
    assert let_in(former, NOBODY, type="owner").status_code == 204
    yard.town.sandbox.world.remove_contract(NORMAL, 1001)
    yard.town.clock.forward(hours=6)
    assert let_in(wife, FRIEND).status_code == 403


def test_nobody_gives_takes_or_reminds_by_a_word_that_is_too_old(yard: Yard) -> None:
    yard.town.open(doors_max_stale=240.0)
    owner = yard.at_home(NORMAL)
    assert let_in(owner, TENANT).status_code == 204
    yard.town.sandbox.faults.set("billing", "down")
    before = yard.town.rows(RIGHTS)
    yard.town.clock.forward(hours=241)
    asked = [
        let_in(owner, FRIEND),
        let_in(owner, TENANT, expire=LONG_AGO),
        owner.post("address/resend", {"flatId": FLAT, "guestPhone": TENANT}),
    ]
    for answer in asked:
        assert answer.status_code == 503 and "проверить ваш доступ" in answer.get_json()["message"]
    assert yard.town.rows(RIGHTS) == before
    assert yard.town.one("SELECT count(*) FROM messages") == 1, "of the invitation"
    assert let_in(owner, NORMAL, expire=LONG_AGO).status_code == 204, "whoever leaves may leave"


def test_an_owner_gives_and_takes_while_billing_is_down(yard: Yard) -> None:
    owner = yard.at_home(NORMAL)
    yard.town.sandbox.faults.set("billing", "down")
    yard.town.clock.forward(hours=6)
    assert let_in(owner, FRIEND).status_code == 204
    assert let_in(owner, FRIEND, expire=LONG_AGO).status_code == 204
