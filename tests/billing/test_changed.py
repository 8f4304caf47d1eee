"""The provider changes billings while money is under way: nothing is credited or taken back twice
by itself, nothing is told for ever, and an operator says what is true."""

import logging
import runpy
from collections.abc import Callable

import pytest
from click.testing import Result

from smartyard.config import Settings
from smartyard.crediting.delivery import DeliveryService
from smartyard.sandbox import Sandbox
from tests.billing.conftest import Office
from tests.fixtures.database import ROOT
from tests.fixtures.money import Money
from tests.fixtures.world import connected
from tests.user.asking import at_once

Another = Callable[..., Money]
SUM, BACK = 15042, 5042


@pytest.fixture(name="money_settings")
def money_settings_fixture(settings: Settings, sandbox: Sandbox) -> Settings:
    """It begins with the provider's billing over HTTP."""
    return connected(settings, sandbox)


@pytest.fixture(name="changed")
def changed_fixture(another: Another) -> Money:
    """The same server with BILLING=local, its contracts brought in."""
    ours = another(billing="local", billing_url="")
    Office(ours).load()
    return ours


def lost(money: Money) -> str:
    """An order whose credit the provider's billing took, and whose answer was lost."""
    order = money.registered()
    money.sandbox.bank.pay(order)
    money.ask(order)
    money.sandbox.faults.set("billing", "drop", method="confirmpayment")
    assert money.tell_due() == [False] and money.state(order) == "paid"
    money.sandbox.faults.clear()
    assert money.confirmed[order]["credited"] == 1
    return order


def gone_back(money: Money, order: str, amount: int = BACK) -> None:
    """The bank gives back so much, and we hear of it."""
    money.sandbox.bank.refund(order, amount)
    money.ask(order)


def balance(money: Money) -> int:
    return int(money.one("SELECT balance_kopecks FROM local_contracts WHERE id = '1001'")[0])


def run(money: Money, *words: str) -> Result:
    return money.app.test_cli_runner().invoke(args=["payments", *words])


def settle(money: Money, order: str, word: str) -> Result:
    return run(money, "settle", "--yes", order, word)


def days_of_turns(money: Money) -> None:
    for _ in range(3):
        money.clock.forward(days=1)
        assert money.tell_due() == []


def test_a_credit_whose_answer_was_lost_at_the_change_waits_for_a_word(
    money: Money, changed: Money, caplog: pytest.LogCaptureFixture
) -> None:
    order, before = lost(money), balance(changed)
    changed.clock.forward(minutes=2)
    changed.turn_of_billing()
    days_of_turns(changed)
    assert (balance(changed), changed.state(order)) == (before, "paid")
    (alarm,) = [one for one in caplog.records if "payments settle" in one.getMessage()]
    assert alarm.levelno == logging.ERROR and order in alarm.getMessage()
    assert order in run(changed, "list", "--held").output
    for words in (["show", order], ["retry", order]):
        assert "Ждёт вашего решения" in run(changed, *words).output
    assert balance(changed) == before


@pytest.mark.parametrize(("word", "more"), [("here", SUM), ("done", 0)])
def test_the_word_about_a_credit_is_done_once(
    money: Money, changed: Money, word: str, more: int
) -> None:
    order, before = lost(money), balance(changed)
    changed.clock.forward(minutes=2)
    changed.turn_of_billing()
    done = settle(changed, order, word)
    assert done.exit_code == 0 and f"Заказ {order}: credited" in done.output, done.output
    for again in ("here", "done"):
        assert "решать нечего" in settle(changed, order, again).output
    days_of_turns(changed)
    assert (balance(changed), changed.state(order)) == (before + more, "credited")
    assert "Платежей нет" in run(changed, "list", "--held").output
    assert "cli:" in run(changed, "show", order).output
    assert "решения" not in run(changed, "show", order).output


def test_of_operators_at_once_one_is_heard(money: Money, changed: Money) -> None:
    order, before = lost(money), balance(changed)
    changed.clock.forward(minutes=2)
    changed.turn_of_billing()

    def decide(turn: int) -> bool:
        with changed.app.app_context():
            delivery = changed.service(DeliveryService)
            return delivery.settle(changed.row(order).id, here=bool(turn % 2), actor=f"{turn}")

    heard = at_once(decide, 4)
    assert sum(heard) == 1
    assert balance(changed) == before + (SUM if heard.index(True) % 2 else 0)


@pytest.mark.parametrize(("word", "less"), [("here", BACK), ("done", 0)])
def test_a_refund_of_what_the_former_billing_credited_is_not_told_for_ever(
    money: Money, changed: Money, word: str, less: int
) -> None:
    order, before = money.credited(), balance(changed)
    gone_back(changed, order)
    changed.turn_of_billing()
    days_of_turns(changed)
    assert balance(changed) == before and order in run(changed, "list", "--held").output
    assert "вернулось 50,42" in run(changed, "show", order).output
    assert settle(changed, order, word).exit_code == 0
    assert balance(changed) == before - less
    gone_back(changed, order, SUM - BACK)
    changed.turn_of_billing()  # what else goes back of it waits for a word of its own
    assert (balance(changed), changed.state(order)) == (before - less, "credited")
    done = settle(changed, order, word)
    assert f"Заказ {order}: refunded" in done.output, done.output
    assert balance(changed) == before - (SUM if less else 0)
    assert money.asked("cancelpayment", "billing") == []


def test_what_is_held_goes_on_by_itself_when_the_former_billing_is_back(
    money: Money, changed: Money
) -> None:
    other, order = money.credited(), lost(money)
    gone_back(changed, other)
    changed.clock.forward(minutes=2)
    changed.turn_of_billing()
    assert (changed.state(order), money.confirmed[other]["refunds"]) == ("paid", {})
    money.clock.forward(minutes=1)
    money.turn_of_billing()
    assert (money.state(order), money.confirmed[order]["credited"]) == ("credited", 1)
    assert list(money.confirmed[other]["refunds"]) == [BACK]


def test_from_our_own_billing_to_another_a_credit_goes_on_and_a_refund_waits(
    money: Money, changed: Money
) -> None:
    order = changed.credited()
    unknown = changed.registered()
    changed.sandbox.bank.pay(unknown)
    changed.ask(unknown)
    with changed.engine.begin() as connection:  # ours refuses: it has it not, and says so
        connection.exec_driver_sql(
            "UPDATE payments SET contract_id = 'no-such' WHERE state = 'paid'"
        )
    assert changed.tell_due() == [False]
    with changed.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE payments SET contract_id = '1001'")
    gone_back(money, order)
    money.clock.forward(minutes=2)
    money.turn_of_billing()
    assert money.state(unknown) == "credited" and unknown in money.confirmed
    assert money.asked("cancelpayment", "billing") == []
    refused = settle(money, order, "here")  # it never heard of this order
    assert refused.exit_code == 1 and "Биллинг не принял" in refused.output
    assert order in run(money, "list", "--held").output
    assert settle(money, order, "done").exit_code == 0
    assert money.row(order).refunded_kopecks == BACK


def test_the_upgrade_finds_out_which_billing_credited_what(money: Money, changed: Money) -> None:
    theirs, ours = money.credited(), changed.credited()
    untold = changed.registered()
    changed.sandbox.bank.pay(untold)
    changed.ask(untold)
    path = ROOT / "migrations" / "versions" / "0035_which_billing_knows_a_credit.py"
    with changed.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE credits SET billing = NULL")
        connection.exec_driver_sql(runpy.run_path(str(path))["_KNOWN"])
    told = "SELECT order_number, billing FROM credits JOIN payments p ON p.id = payment_id"
    assert {row.order_number: row.billing for row in money.rows(told)} == {
        theirs: "http",
        ours: "local",
        untold: None,
    }


def test_what_is_not_held_is_not_settled(money: Money) -> None:
    order = money.credited()
    assert "решать нечего" in settle(money, order, "done").output
    assert "Такого заказа нет" in settle(money, "unknown", "done").output
    assert run(money, "settle", "--yes", order).exit_code == 2  # which of the two?
    assert run(money, "settle", order, "done").exit_code == 1  # nobody said yes
