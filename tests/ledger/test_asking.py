"""Asking the bank: who asks what and when, holds, orders of the apps, and what does not fit."""

import logging

import pytest

from smartyard.ledger.service import LedgerService
from tests.fixtures.money import Money
from tests.fixtures.world import NORMAL
from tests.ledger.scripted import add_order
from tests.user.asking import at_once

STATUS = "getOrderStatusExtended.do"


def test_a_payment_goes_from_new_to_credited_with_its_causes(money: Money) -> None:
    order = money.credited()
    assert money.events(order) == [
        (None, "new", "prepared"),
        ("new", "registered", "registered at the bank"),
        ("registered", "paid", "asked on schedule"),
        ("paid", "credited", "billing took the credit"),
    ]
    bank = money.sandbox.bank.order(order)
    told = money.confirmed[order]
    assert (told["login"], told["amount"], told["bankOrder"]) == ("1001", 15042, bank["orderId"])


def test_two_workers_take_different_orders(money: Money) -> None:
    for number in range(40):
        add_order(money, f"sy{number}")

    def take(_: int) -> list[int]:
        with money.app.app_context():
            return list(money.service(LedgerService).due(10))

    taken = [payment_id for ids in at_once(take, 6) for payment_id in ids]
    assert len(taken) == len(set(taken)) == 40


def test_the_orders_of_a_killed_worker_come_back(money: Money) -> None:
    add_order(money, "sy1")
    with money.app.app_context():
        ledger = money.service(LedgerService)
        assert len(ledger.due()) == 1 and not ledger.due()
        money.clock.forward(seconds=29)
        assert not ledger.due()
        money.clock.forward(seconds=1)
        assert len(ledger.due()) == 1


@pytest.mark.parametrize("mode", ["down", "error", "drop", "rubbish", "refuse"])
def test_what_was_lost_is_made_good_within_two_minutes_of_the_banks_return(
    money: Money, mode: str
) -> None:
    order = money.registered()
    money.sandbox.bank.pay(order)
    money.clock.forward(seconds=15)
    money.sandbox.faults.set("bank", mode)
    for _ in range(3):
        money.turn()
        money.clock.forward(seconds=120)
    assert money.state(order) == "registered"
    money.sandbox.faults.clear()
    money.turn()
    assert money.state(order) == "credited"


def test_an_order_that_the_app_registered_itself_is_found_by_its_number(money: Money) -> None:
    order = money.prepare()
    there = money.sandbox.bank.register_by_app(order, 15042)
    money.clock.forward(seconds=15)
    money.turn()
    assert (money.state(order), money.row(order).bank_order_id) == ("registered", there["orderId"])
    money.sandbox.bank.pay(order)
    money.clock.forward(seconds=30)
    money.turn()
    assert money.state(order) == "credited"


def test_an_order_that_the_bank_does_not_know_stays_new_and_expires_in_a_day(money: Money) -> None:
    order = money.prepare()
    for hours in (0.1, 12, 11.8):
        money.clock.forward(hours=hours)
        money.turn()
        assert money.state(order) == "new"
    money.clock.forward(minutes=31)
    money.turn()
    assert money.events(order)[-1][:2] == ("new", "expired")


def test_a_registered_order_that_nobody_pays_expires_in_a_day(money: Money) -> None:
    order = money.registered()
    money.clock.forward(hours=25)
    money.turn()
    assert money.events(order)[-1][:2] == ("registered", "expired")


@pytest.mark.parametrize("how", ["declined", "expired"])
def test_what_was_given_up_and_is_paid_weeks_later_is_credited_once_without_a_callback(
    money: Money, how: str
) -> None:
    order = money.registered()
    if how == "declined":
        money.sandbox.bank.decline(order)
    money.clock.forward(hours=25)
    money.turn()
    assert money.state(order) == how
    money.clock.forward(days=20)
    money.turn()
    assert money.count("credits") == 0
    money.sandbox.bank.pay(order)
    for _ in range(3):
        money.clock.forward(days=1)
        money.turn()
    assert money.state(order) == "credited" and money.confirmed[order]["called"] == 1


def test_a_hold_is_captured_for_our_sum(money: Money) -> None:
    order = money.registered()
    money.sandbox.bank.hold(order)
    money.clock.forward(seconds=15)
    money.turn()
    assert money.state(order) == "held" and money.count("credits") == 0
    assert [one["amount"] for one in money.asked("deposit.do")] == ["15042"]
    money.clock.forward(seconds=1)
    money.turn()
    assert money.state(order) == "credited" and len(money.asked("deposit.do")) == 1


def test_a_hold_of_another_sum_is_let_go(money: Money, caplog: pytest.LogCaptureFixture) -> None:
    order = money.prepare()
    money.sandbox.bank.register_by_app(order, 100)
    money.sandbox.bank.hold(order)
    money.clock.forward(seconds=15)
    money.turn()
    assert money.sandbox.bank.order(order)["status"] == 3 and not money.asked("deposit.do")
    assert money.state(order) == "review" and money.count("credits") == 0
    assert [r for r in caplog.records if r.levelno == logging.ERROR and order in r.getMessage()]


def test_no_hold_is_touched_on_a_word_about_another_order(money: Money) -> None:
    order = money.registered()
    money.sandbox.bank.hold(order)
    money.sandbox.faults.set("bank", "wrong_number")
    money.clock.forward(seconds=15)
    money.turn()
    assert not money.asked("deposit.do") and not money.asked("reverse.do")
    assert money.sandbox.bank.order(order)["status"] == 1


def test_a_hold_that_will_not_be_captured_is_tried_again_and_not_every_second(
    money: Money,
) -> None:
    order = money.registered()
    money.sandbox.bank.hold(order)
    money.sandbox.faults.set("bank", "refuse", method="deposit.do")
    money.clock.forward(seconds=15)
    for _ in range(60):
        money.turn()
        money.clock.forward(seconds=2)
    assert len(money.asked("deposit.do")) == 1
    money.sandbox.faults.clear()
    money.turn()
    money.clock.forward(seconds=2)
    money.turn()
    assert money.state(order) == "credited"


@pytest.mark.parametrize("fault", ["wrong_amount", "wrong_currency", "wrong_number"])
def test_what_does_not_fit_is_for_a_person_and_not_credited(
    money: Money, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    order = money.registered()
    money.sandbox.bank.pay(order)
    money.sandbox.faults.set("bank", fault)
    money.clock.forward(seconds=15)
    money.turn()
    assert money.state(order) == "review" and money.count("credits") == 0
    assert [r for r in caplog.records if r.levelno == logging.ERROR and order in r.getMessage()]
    assert money.payer.post("pay/register", {"orderNumber": order}).status_code == 404
    money.sandbox.faults.clear()  # it was the bank's own mistake
    money.clock.forward(minutes=2)
    money.turn()
    assert money.state(order) == "credited"


def test_the_banks_id_of_another_payment_is_not_taken(money: Money) -> None:
    """Two orders of ours, and the bank answers with the same id for both."""
    first, second = money.registered(), money.registered(15043)
    with money.engine.begin() as connection:
        there = money.row(second).bank_order_id
        connection.exec_driver_sql("UPDATE payments SET bank_order_id = NULL WHERE id = 2")
        connection.exec_driver_sql(f"UPDATE payments SET bank_order_id = '{there}' WHERE id = 1")
    money.sandbox.bank.pay(second)
    money.clock.forward(seconds=15)
    money.turn()
    assert money.state(second) == "review" and money.count("credits") == 0
    assert money.state(first) == "registered"


def test_the_payer_is_told_once_of_success_and_of_failure(money: Money) -> None:
    order = money.credited()
    money.ask(order)
    money.turn()
    declined = money.registered(15043)
    money.sandbox.bank.decline(declined)
    money.ask(declined)
    money.ask(declined)
    told = money.rows("SELECT * FROM messages WHERE phone = :payer ORDER BY id", payer=NORMAL)
    assert [one.action for one in told] == ["paySuccess", "payError"]
    assert "150,42" in told[0].text and "150,43" in told[1].text
    assert money.count("messages") == 2


def test_an_ended_order_is_asked_about_no_more(money: Money) -> None:
    order = money.credited()
    money.sandbox.bank.refund(order)
    money.clock.forward(hours=1)
    money.turn()
    assert money.state(order) == "refunded"
    asked = len(money.asked(STATUS))
    money.clock.forward(days=40)
    money.turn()
    assert len(money.asked(STATUS)) == asked and money.row(order).ask_at is None
