"""What is changed in our own billing holds at the doors, also for who reads no lists."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL
from tests.provider.conftest import Billing, key_of
from tests.provider.test_batches import Program, contract
from tests.provider.test_rights import press
from tests.registry.test_many import wait_until_waiting

# A change of a contract waits at its very end, for as long as somebody holds the lock.
_HELD = """
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER wait AFTER UPDATE ON local_contracts
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();
"""


@pytest.mark.parametrize(
    ("lost", "status"),
    [
        ({"blocked": True}, 402),
        ({"services": {"domophone": "2020-01-01"}}, 402),
        ({"owners": []}, 403),
    ],
)
def test_a_door_asks_our_own_billing_after_each_change(
    town: Town, lost: dict[str, Any], status: int
) -> None:
    town.open(billing="local", billing_url="")
    program = Program(town, key_of(town, "bulk", "contracts"))
    billing = Billing(town, key_of(town, "perl", "billing"), "perl")
    lock = billing.add_lock()
    door = billing.add_door(lock)
    assert program.done("contracts", [contract(1, owners=[NORMAL])]) == ["added"]
    assert program.done("rights", [{"id": "c1", "devices": [lock]}]) == ["added"]
    resident = town.sign_in(NORMAL)
    assert resident.post("address/getSettingsList").status_code == 200
    assert press(resident, door) == 204
    assert program.done("contracts", [{"id": "c1", **lost}]) == ["changed"]
    town.clock.forward(seconds=30)
    assert press(resident, door) == status
    assert town.sandbox.panels.pulses("relay") == 1


def test_who_looks_for_the_first_time_while_it_is_changed_sees_the_change_right_after(
    town: Town,
) -> None:
    """Nobody had a copy of them, and theirs is made of what was so until the commit."""
    town.open(billing="local", billing_url="")
    program = Program(town, key_of(town, "bulk", "contracts"))
    assert program.done("contracts", [contract(1, owners=[NORMAL])]) == ["added"]
    resident = town.sign_in(NORMAL)

    def blocked() -> str:
        (flat,) = resident.post("user/getPaymentsList").get_json()["data"]
        return str(flat["accounts"][0]["blocked"])

    town.change(_HELD)
    try:
        with ThreadPoolExecutor(1) as threads, town.engine.connect() as holding:
            holding.execute(sa.text("SELECT pg_advisory_xact_lock(77)"))
            change = threads.submit(program.done, "contracts", [{"id": "c1", "blocked": True}])
            wait_until_waiting(town.rows, 1)
            assert blocked() == "f"
            holding.rollback()
            assert change.result(30) == ["changed"]
    finally:
        town.change("DROP FUNCTION wait CASCADE")
    assert blocked() == "t"
