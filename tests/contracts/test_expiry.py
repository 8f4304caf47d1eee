"""What changed while billing was being asked: an answer of before may be shown once, not kept."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import TestResponse

from tests.fixtures.processes import wait_for
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL

LIST = "user/getPaymentsList"


@pytest.mark.parametrize("first", ["the first question ever", "a later question"])
def test_an_answer_of_before_a_change_is_asked_for_again(town: Town, first: str) -> None:
    town.open(billing_timeout=10.0)
    resident, other = town.sign_in(NORMAL), town.sign_in(NORMAL)
    if first == "a later question":
        resident.post(LIST)
        town.clock.forward(seconds=town.settings.billing_ttl)
    before = town.asked("getpaymentslist")
    town.sandbox.faults.set("billing", "stall", method="getpaymentslist", seconds=60, times=1)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(resident.post, LIST)
        wait_for(lambda: town.asked("getpaymentslist") > before, "billing to be asked")
        added = other.post("user/addMyPhone", {"login": "1007", "password": "demo-1007"})
        assert added.status_code == 204, added.text
        town.sandbox.faults.clear()  # the answer of before goes out
        assert "1007" not in contracts(slow.result())
    assert "1007" in contracts(resident.post(LIST))
    assert town.asked("getpaymentslist") == before + 2
    assert "1007" in contracts(resident.post(LIST))
    assert town.asked("getpaymentslist") == before + 2, "news is kept"


def contracts(answer: TestResponse) -> set[str]:
    addresses = answer.get_json()["data"]
    return {account["clientId"] for address in addresses for account in address["accounts"]}
