"""One order of locks for all who write of a payment, and refunds that nobody forgets."""

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from smartyard.crediting.delivery import DeliveryService
from smartyard.crediting.refunds import RefundImpossible, RefundService
from smartyard.crediting.repository import DeliveryRepository
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.ledger.repository import PaymentRepository
from smartyard.ledger.service import LedgerService
from smartyard.wiring import create_app
from tests.fixtures.money import Money
from tests.user.asking import at_once


def paid(money: Money) -> str:
    """An order that the bank took, and billing does not know yet."""
    order = money.registered()
    money.sandbox.bank.pay(order)
    money.ask(order)
    assert money.state(order) == "paid"
    return order


def paid_of(money: Money, amount: int) -> str:
    order = money.registered(amount)
    money.sandbox.bank.pay(order)
    return order


def test_telling_billing_holds_the_payment_before_its_credit(money: Money) -> None:
    order = paid(money)
    with money.engine.begin() as asking:  # somebody keeps the bank's word just now
        asking.execute(
            sa.text("SELECT id FROM payments WHERE order_number = :order FOR UPDATE"),
            {"order": order},
        )

        def deliver() -> None:
            with money.app.app_context():
                delivery = money.service(DeliveryService)
                for row in delivery.due():
                    delivery.deliver(row)

        telling = threading.Thread(target=deliver)
        telling.start()
        while order not in money.confirmed:  # billing said 200, the outcome is being written
            time.sleep(0.01)
        telling.join(0.3)
        # Were the credit held while its payment is waited for, this would be a deadlock.
        asking.execute(sa.text("INSERT INTO credits (payment_id, created_at, next_at, attempts)"
                               " SELECT id, now(), now(), 0 FROM payments"
                               " ON CONFLICT DO NOTHING"))  # fmt: skip
    telling.join(20)
    assert not telling.is_alive()
    assert money.state(order) == "credited"


def refund(money: Money, order: str, amount: int | None = None) -> int:
    with money.app.app_context():
        return money.service(RefundService).refund(order, amount)


def test_a_refund_whose_answer_was_lost_is_found_however_old_the_order_is(money: Money) -> None:
    order = money.credited()
    money.clock.forward(days=money.settings.pay_watch_days + 5)
    money.turn()
    assert money.row(order).ask_at is None  # nobody looks any more
    money.sandbox.faults.set("bank", "drop", method="refund.do")
    try:
        refund(money, order, 5000)
    except DependencyUnavailable:
        pass
    money.sandbox.faults.clear()
    assert money.sandbox.bank.order(order)["refunded"] == 5000, "the bank did it"
    for _ in range(3):
        money.clock.forward(seconds=money.settings.pay_ask_most + 1)
        money.turn()
    assert money.confirmed[order]["refunds"][5000]["amount"] == 5000
    assert money.row(order).refunded_kopecks == 5000


def test_of_two_operators_at_once_one_refunds(money: Money) -> None:
    order = money.credited()

    def try_it(_: int) -> str:
        try:
            return str(refund(money, order, 5000))
        except RefundImpossible as refused:
            return refused.message

    told = at_once(try_it, 4)
    done = money.asked("refund.do")
    assert len(done) == len([text for text in told if text.isdigit()])
    total = sum(int(body["amount"]) for body in done)
    assert total == money.row(order).refunded_kopecks <= 15042


def test_watches_for_refunds_stand_behind_orders_that_may_be_paid_now(money: Money) -> None:
    old = money.credited(20042)
    fresh = money.registered()
    with money.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE payments SET ask_at = :then WHERE order_number = :old"),
            {"then": money.clock() - timedelta(hours=1), "old": old},
        )
        connection.execute(
            sa.text("UPDATE payments SET ask_at = :now WHERE order_number = :fresh"),
            {"now": money.clock(), "fresh": fresh},
        )
    with money.app.app_context():
        first = money.service(LedgerService).due(most=1)
    assert list(first) == [money.row(fresh).id]


@pytest.mark.parametrize("what", ["payments", "credits"])
def test_no_plan_of_the_database_takes_more_than_was_asked_for(money: Money, what: str) -> None:
    """A limit in a subquery that locks is one for each time that the subquery is run."""
    money.ask(paid_of(money, 20042))
    with money.engine.begin() as connection:
        connection.execute(sa.text(f"ANALYZE {what}"))  # it knows of one row alone
    for amount in (30042, 40042):
        money.ask(paid_of(money, amount))
    with money.engine.begin() as connection:
        connection.execute(sa.text("UPDATE payments SET ask_at = created_at"))
    now, lease = money.clock(), money.clock() + timedelta(minutes=5)
    with money.app.app_context(), transaction():
        if what == "payments":
            assert len(PaymentRepository().take_due(now, lease, 1)) == 1
        else:
            assert len(DeliveryRepository("http").take_credits(now, lease, 1)) == 1


def test_while_the_bank_is_silent_watches_wait_longer_than_open_orders(money: Money) -> None:
    old, fresh = money.credited(20042), money.registered()
    money.sandbox.faults.set("bank", "down")
    for order in (old, fresh):
        try:
            money.ask(order)
        except DependencyUnavailable:
            pass
    wait_old = money.row(old).ask_at - money.clock()
    wait_fresh = money.row(fresh).ask_at - money.clock()
    assert wait_old.total_seconds() == money.settings.pay_ask_late
    assert wait_fresh.total_seconds() == money.settings.pay_retry_first


def test_a_billing_that_cannot_take_back_is_told_to_a_person_and_not_for_ever(
    money: Money, caplog: pytest.LogCaptureFixture
) -> None:
    order = money.credited()
    settings = money.settings.model_copy(update={"billing_lacks": ("cancelpayment",)})
    lacking = Money(
        create_app(settings, clock=money.clock), settings, money.sandbox, money.engine, money.clock
    )
    money.sandbox.bank.refund(order, 15042)
    money.clock.forward(hours=2)
    lacking.turn()
    assert money.state(order) == "refunded"
    assert money.asked("cancelpayment", "billing") == []
    assert f"order {order}: 15042 kopecks went back" in caplog.text
    assert lacking.tell_due() == []
