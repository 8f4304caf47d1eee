"""What is changed in our own billing holds at the doors, also for who reads no lists."""

from typing import Any

import pytest

from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL
from tests.provider.conftest import Billing, key_of
from tests.provider.test_batches import Program, contract
from tests.provider.test_rights import press


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
