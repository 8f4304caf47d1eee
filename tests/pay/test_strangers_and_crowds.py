"""Paying is not a way to guess others' orders, to tire the bank, or to hold every thread."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from smartyard.config import Settings
from smartyard.sandbox import Sandbox
from tests.fixtures.money import Money
from tests.fixtures.world import connected
from tests.user.asking import at_once

MISSES = 4


@pytest.fixture(name="money_settings")
def money_settings_fixture(settings: Settings, sandbox: Sandbox) -> Settings:
    return connected(
        settings,
        sandbox,
        sber_calls=2,
        sber_timeout=3.0,
        pay_misses_per_address_hour=MISSES,
        pay_acts_per_phone_hour=6,
        secret_key=SecretStr("a key of these tests, long enough"),
    )


@pytest.fixture(name="hanging")
def hanging_fixture(money: Money) -> Iterator[str]:
    """An order whose registering hangs at the bank."""
    order = money.prepare()
    money.sandbox.faults.set("bank", "hang", seconds=20, method="register.do")
    yield order
    money.sandbox.faults.clear()


def register(money: Money, order: str, address: str = "203.0.113.7") -> int:
    """The status that iOS gets, which shows no token."""
    answer = money.app.test_client().post(
        "/api/pay/register",
        json={"orderNumber": order, "amount": "1"},
        headers={"X-Forwarded-For": address},
    )
    return answer.status_code


def test_an_old_order_is_not_registered_without_a_token(money: Money) -> None:
    order = money.prepare()
    money.clock.forward(seconds=money.settings.pay_open_for + 1)
    assert register(money, order) == 403 == register(money, "unknown")
    assert money.asked("register.do") == []
    assert money.register(order)["formUrl"]  # the payer's own session still may


def test_who_guesses_numbers_is_stopped_and_who_knows_one_is_not(money: Money) -> None:
    order = money.prepare()
    for _ in range(3 * MISSES):
        assert register(money, order, "198.51.100.1") == 200
    assert [register(money, f"INV-{n}") for n in range(MISSES + 1)] == [403] * MISSES + [429]
    assert register(money, order) == 429  # a hit among the guesses tells nothing either
    assert register(money, order, "198.51.100.1") == 200


def test_saying_again_that_it_was_paid_asks_the_bank_once(money: Money) -> None:
    order = money.registered()
    for _ in range(20):
        assert money.payer.post("pay/process", {"paymentId": order, "sbId": "x"}).status_code == 200
    assert len(money.asked("getOrderStatusExtended.do")) == 1


def test_who_registers_and_asks_without_end_is_stopped(money: Money) -> None:
    order = money.registered()
    statuses = []
    for _ in range(7):
        money.clock.forward(seconds=5)
        answer = money.payer.post("pay/process", {"paymentId": order, "sbId": "x"})
        statuses.append(answer.status_code)
    assert statuses == [200] * 5 + [429] * 2


def test_few_wait_for_an_order_and_the_next_are_told_at_once(money: Money, hanging: str) -> None:
    addresses = [f"198.51.100.{n}" for n in range(12)]
    answers = at_once(lambda n: register(money, hanging, addresses[n]), 12)
    assert set(answers) == {503}
    # One asks the bank at a time, and those who waited try after it; the others never got near.
    assert 1 <= len(money.asked("register.do")) <= 1 + money.settings.sber_calls
