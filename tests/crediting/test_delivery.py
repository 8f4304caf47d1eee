"""Telling billing: until it says 200, in order, and never a second credit."""

import logging
from collections.abc import Iterator

import pytest

from smartyard.crediting.delivery import DeliveryService
from smartyard.db import transaction
from smartyard.ledger.repository import CreditRepository
from smartyard.wiring import create_app
from tests.fixtures.money import Money
from tests.user.asking import at_once


def paid(money: Money, amount: int = 15042) -> str:
    """An order that the bank was paid for, and billing knows nothing of."""
    order = money.registered(amount)
    money.sandbox.bank.pay(order)
    money.ask(order)
    assert money.state(order) == "paid"
    return order


def confirmations(money: Money, order: str) -> list[object]:
    return [body for body in money.asked("confirmpayment", "billing") if body["order"] == order]


@pytest.mark.parametrize("mode", ["refuse", "error", "down", "drop", "rubbish", "lacks"])
def test_whatever_billing_does_it_is_told_the_same_again_until_it_takes_it(
    money: Money, mode: str
) -> None:
    order = paid(money)
    method = "" if mode == "down" else "confirmpayment"
    money.sandbox.faults.set("billing", mode, method=method)
    waited = [5, 10, 20, 40, 60, 60]
    for seconds in waited:
        assert money.tell_due() == [False]
        money.clock.forward(seconds=seconds - 1)
        assert money.tell_due() == []
        money.clock.forward(seconds=1)
    money.sandbox.faults.clear()
    assert money.state(order) == "paid" and money.one("SELECT * FROM credits").last_error
    money.clock.forward(seconds=60)
    told = confirmations(money, order)
    assert all(one == told[0] for one in told)
    fresh = Money(  # its breaker is closed
        create_app(money.settings, clock=money.clock),
        money.settings,
        money.sandbox,
        money.engine,
        money.clock,
    )
    assert fresh.tell_due() == [True]
    assert money.state(order) == "credited" and money.confirmed[order]["credited"] == 1
    assert money.one("SELECT * FROM credits").last_error is None


def test_an_answer_that_was_lost_makes_no_second_credit(money: Money) -> None:
    order = paid(money)
    money.sandbox.faults.set("billing", "drop", method="confirmpayment", times=2)
    for _ in range(3):
        money.tell_due()
        money.clock.forward(minutes=1)
    assert money.state(order) == "credited"
    assert (money.confirmed[order]["called"], money.confirmed[order]["credited"]) == (3, 1)


def test_the_alarm_is_raised_after_an_hour_and_not_before(
    money: Money, caplog: pytest.LogCaptureFixture
) -> None:
    order = paid(money)
    money.sandbox.faults.set("billing", "refuse", method="confirmpayment")
    money.clock.forward(minutes=59)
    money.tell_due()
    assert not [one for one in caplog.messages if "ALARM" in one]
    money.clock.forward(minutes=1)
    money.tell_due()
    (alarm,) = [one for one in caplog.records if "ALARM" in one.getMessage()]
    assert alarm.levelno == logging.ERROR and order in alarm.getMessage()


def test_a_killed_workers_credit_is_told_by_the_next(money: Money) -> None:
    order = paid(money)
    with money.app.app_context():
        assert len(money.service(DeliveryService).due()) == 1  # and nothing comes of it
    assert money.tell_due() == []
    money.clock.forward(seconds=30)
    assert money.tell_due() == [True] and money.state(order) == "credited"


def test_two_workers_never_take_the_same_credit(money: Money) -> None:
    orders = [paid(money, 311 + number) for number in range(6)]

    def work(_: int) -> list[bool]:
        return money.tell_due()

    assert [done for part in at_once(work, 4) for done in part] == [True] * 6
    assert [money.confirmed[order]["called"] for order in orders] == [1] * 6


def test_the_unique_key_makes_the_credit_one_whoever_hears_of_it(money: Money) -> None:
    order = paid(money)
    payment_id = money.row(order).id

    def credit(_: int) -> bool:
        with money.app.app_context(), transaction():
            return CreditRepository().credit(payment_id, money.clock.now)

    assert at_once(credit, 6) == [False] * 6 and money.count("credits") == 1


@pytest.fixture(name="silent")
def silent_fixture(money: Money) -> Iterator[Money]:
    """A billing that hears of payments from the bank itself."""
    settings = money.settings.model_copy(update={"billing_lacks": ("confirmpayment",)})
    app = create_app(settings, clock=money.clock)
    yield Money(app, settings, money.sandbox, money.engine, money.clock)


def test_a_billing_that_hears_from_the_bank_is_not_told(money: Money, silent: Money) -> None:
    order = paid(money)
    assert silent.tell_due() == [True]
    assert money.state(order) == "credited" and not confirmations(money, order)
    money.sandbox.bank.refund(order)
    silent.ask(order)
    silent.turn_of_billing()
    assert money.state(order) == "refunded" and not money.asked("cancelpayment", "billing")


def test_partial_refunds_reach_billing_each_once_and_in_their_order(money: Money) -> None:
    order = money.credited()
    for amount in (42, 5000):
        money.sandbox.bank.refund(order, amount)
        money.ask(order)
        money.ask(order)
        money.turn_of_billing()
        assert money.state(order) == "credited"
    money.sandbox.bank.refund(order)
    money.ask(order)
    money.turn_of_billing()
    assert money.state(order) == "refunded"
    sent = money.asked("cancelpayment", "billing")
    assert [(one["amount"], one["refundedTotal"], one["kind"]) for one in sent] == [
        (42, 42, "refund"),
        (5000, 5042, "refund"),
        (10000, 15042, "refund"),
    ]
    assert {one["order"] for one in sent} == {order}


def test_refunds_wait_for_the_credit_and_for_each_other(money: Money) -> None:
    order = paid(money)
    money.sandbox.faults.set("billing", "refuse", method="confirmpayment")
    for amount in (42, 5000):
        money.sandbox.bank.refund(order, amount)
        money.ask(order)
        assert set(money.tell_due()) <= {False}
    assert not money.asked("cancelpayment", "billing")
    money.sandbox.faults.clear()
    money.sandbox.faults.set("billing", "refuse", method="cancelpayment", times=1)
    money.clock.forward(minutes=1)
    assert money.tell_due() == [True]  # the credit alone
    assert money.tell_due() == [False]  # the first refund, and the second one waits behind it
    assert [one["refundedTotal"] for one in money.asked("cancelpayment", "billing")] == [42]
    money.clock.forward(minutes=1)
    money.turn_of_billing()
    assert sorted(money.confirmed[order]["refunds"]) == [42, 5042]


def test_what_was_refunded_before_we_heard_is_credited_then_cancelled(money: Money) -> None:
    order = money.registered()
    money.sandbox.bank.pay(order)
    money.sandbox.bank.refund(order)
    money.ask(order)
    money.turn_of_billing()
    told = [name for name, body in money.sandbox.calls("billing") if "payment" in name]
    assert told[-2:] == ["confirmpayment", "cancelpayment"]
    assert money.state(order) == "refunded" and money.confirmed[order]["credited"] == 1


def test_a_reversal_after_the_credit_takes_it_back_and_one_before_it_credits_nothing(
    money: Money,
) -> None:
    after = money.credited()
    money.sandbox.bank.reverse(after)
    money.ask(after)
    money.turn_of_billing()
    (sent,) = money.asked("cancelpayment", "billing")
    assert (sent["kind"], sent["amount"], money.state(after)) == ("reverse", 15042, "reversed")
    before = money.registered(15043)
    money.sandbox.bank.hold(before)
    money.sandbox.bank.reverse(before)
    money.ask(before)
    money.turn_of_billing()
    assert money.state(before) == "reversed" and before not in money.confirmed


def test_after_a_credit_the_balance_is_asked_for_anew(money: Money) -> None:
    def balance() -> float:
        rows = money.payer.post("user/getPaymentsList").get_json()["data"]
        accounts = [one for row in rows for one in row["accounts"]]
        return float(next(one["balance"] for one in accounts if one["clientId"] == "1001"))

    before = balance()
    money.credited()
    assert balance() == pytest.approx(before + 150.42)
    money.sandbox.bank.refund(money.rows("SELECT order_number FROM payments")[0][0])
    money.clock.forward(hours=1)
    money.turn()
    assert balance() == pytest.approx(before)


def test_nothing_of_a_payer_or_a_password_is_in_the_log(
    money: Money, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    order = paid(money)
    money.sandbox.faults.set("billing", "error")
    money.tell_due()
    money.sandbox.faults.set("bank", "error")
    money.payer.post("pay/process", {"paymentId": order})
    token = "c2VjcmV0LXRva2VuLW9mLWEtd2FsbGV0"
    body = {"paymentId": order, "system": "google"}
    money.payer.post("pay/wallet", body | {"paymentToken": token})
    money.app.test_client().get("/api/pay/callback?orderNumber=x&checksum=demo-callback-key")
    said = "\n".join(
        f"{record.getMessage()} {record.exc_text or ''}"
        for record in caplog.records
        if record.name.startswith("smartyard")
    )
    assert "bank" in said and "billing" in said
    for secret in ("demo-callback-key", "password", token, money.payer.phone, money.payer.token):
        assert secret not in said
    for name, sent in money.sandbox.calls("bank"):
        assert "demo-callback-key" not in str(sent) and "password" not in str(name)
