"""Who owned a flat long ago has no word in it, though nobody has looked since."""

import pytest

from tests.fixtures.world import NOBODY, NORMAL, SECOND, Resident
from tests.fixtures.yard import BEWARD, FLAT, LONG_AGO, Yard, let_in, press

TENANT, FRIEND = NOBODY, "79003000001"


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


def test_an_owner_gives_and_takes_while_billing_is_down(yard: Yard) -> None:
    owner = yard.at_home(NORMAL)
    yard.town.sandbox.faults.set("billing", "down")
    yard.town.clock.forward(hours=6)
    assert let_in(owner, FRIEND).status_code == 204
    assert let_in(owner, FRIEND, expire=LONG_AGO).status_code == 204
