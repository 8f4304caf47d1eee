"""`flask payments …`: what an operator sees, gives back and reconciles."""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result

from tests.fixtures.money import Money

COMMANDS = ["list", "show", "retry", "refund", "reconcile"]


def run(money: Money, *words: str) -> Result:
    return money.app.test_cli_runner().invoke(args=["payments", *words])


def refund(money: Money, *words: str) -> Result:
    return run(money, "refund", "--yes", *words)


def day(money: Money) -> str:
    return f"{money.clock.now.astimezone(money.settings.timezone):%Y-%m-%d}"


def reconciled(money: Money) -> tuple[int, dict[str, str]]:
    """The exit code, and what differs by order."""
    done = run(money, "reconcile", day(money))
    found = re.findall(r"^(\S+) +\S+ +банк: .*?\sруб\.  (.*)$", done.stdout, re.M)
    return done.exit_code, dict(found)


def test_each_command_explains_itself_in_russian(money: Money) -> None:
    for command in COMMANDS:
        shown = run(money, command, "--help")
        assert shown.exit_code == 0 and re.search("  [А-Я][а-я]+", shown.output)


def test_the_list_is_the_newest_first_and_can_be_narrowed(money: Money) -> None:
    first, second = money.credited(15042), money.prepare(20042, contract="1002")
    lines = run(money, "list").output.splitlines()
    assert [first in line for line in lines] == [False, True]
    assert "150,42" in lines[1] and "договор 1001" in lines[1] and "credited" in lines[1]
    for words, order in (
        (["--state", "new"], second),
        (["--contract", "1001"], first),
        (["--most", "1"], second),
    ):
        (line,) = run(money, "list", *words).output.splitlines()
        assert order in line
    assert len(run(money, "list", "--phone", "+7 900 000-00-01").output.splitlines()) == 2
    assert run(money, "list", "--phone", "79000000003").output == "Платежей нет.\n"
    assert "не номер телефона" in run(money, "list", "--phone", "x").output


def test_an_order_is_shown_with_all_that_happened_and_no_whole_phone(money: Money) -> None:
    order = money.credited()
    money.sandbox.bank.refund(order, 42)
    money.ask(order)
    money.turn_of_billing()
    shown = run(money, "show", order).output
    for words in (
        f"Заказ {order}: credited",
        "Возвращено: 0,42",
        "подтверждено",
        "→ new  prepared",
        "new → registered  registered at the bank",
        "paid → credited  billing took the credit",
        "billing took back 42 kopecks",
    ):
        assert words in shown
    assert money.payer.phone not in shown and money.payer.phone[-4:] in shown
    assert run(money, "show", "unknown").exit_code == 1


def test_retry_asks_the_bank_and_tells_billing_at_once(money: Money) -> None:
    order = money.registered()
    money.sandbox.bank.pay(order)
    money.sandbox.faults.set("billing", "refuse", method="confirmpayment", times=1)
    assert "не принял" in run(money, "retry", order).output
    assert money.state(order) == "paid"
    assert f"Заказ {order}: credited" in run(money, "retry", order).output
    assert money.confirmed[order]["credited"] == 1
    assert run(money, "retry", "unknown").exit_code == 1


def test_a_refund_goes_through_the_bank_to_billing(money: Money) -> None:
    order = money.credited()
    assert "Всего возвращено по заказу: 0,42" in refund(money, order, "--amount", "42").output
    assert money.sandbox.bank.order(order)["refunded"] == 42
    assert "150,42" in refund(money, order).output  # the rest
    money.turn_of_billing()
    assert money.state(order) == "refunded"
    assert sorted(money.confirmed[order]["refunds"]) == [42, 15042]
    assert [row.answer for row in money.rows("SELECT answer FROM refunds")] == ["done", "done"]


@pytest.mark.parametrize("amount", ["0", "-1", "15043", "1.5", "x"])
def test_no_more_than_was_paid_goes_back(money: Money, amount: str) -> None:
    order = money.credited()
    assert refund(money, order, "--amount", amount).exit_code != 0
    assert not money.asked("refund.do") and money.count("refunds") == 0


def test_what_is_not_paid_or_not_ours_is_not_refunded(money: Money) -> None:
    order = money.registered()
    for number in (order, "unknown", money.prepare(333)):
        assert refund(money, number).exit_code == 1
    assert not money.asked("refund.do")
    assert run(money, "refund", order).exit_code == 1  # nobody said yes
    assert not money.asked("refund.do")


def test_a_refund_whose_answer_was_lost_is_seen_and_not_made_twice(money: Money) -> None:
    order = money.credited()
    money.sandbox.faults.set("bank", "drop", method="refund.do", times=1)
    assert refund(money, order, "--amount", "5000").exit_code == 1
    money.ask(order)
    assert "уже выполнен" in refund(money, order, "--again", the_refund(money)).output
    assert money.sandbox.bank.order(order)["refunded"] == 5000
    assert len(money.asked("refund.do")) == 1
    money.turn_of_billing()
    assert sorted(money.confirmed[order]["refunds"]) == [5000]


def the_refund(money: Money) -> str:
    return str(money.one("SELECT id FROM refunds").id)


def test_a_refund_that_never_reached_the_bank_is_repeated_by_its_own_id(money: Money) -> None:
    order = money.credited()
    money.sandbox.faults.set("bank", "error", method="refund.do", times=1)
    assert refund(money, order, "--amount", "5000").exit_code == 1
    again = refund(money, order, "--amount", "5000")
    assert again.exit_code == 1 and "--again" in again.output  # not a second one by mistake
    assert "50,00" in refund(money, order, "--again", the_refund(money)).output
    sent = money.asked("refund.do")
    assert {one["externalRefundId"] for one in sent} == {the_refund(money)} and len(sent) == 2
    assert money.sandbox.bank.order(order)["refunded"] == 5000


def test_a_refused_refund_is_told_and_may_be_ordered_anew(money: Money) -> None:
    order = money.credited()
    money.sandbox.faults.set("bank", "refuse", method="refund.do", times=1)
    assert "errorCode" in refund(money, order, "--amount", "42").output
    assert "0,42" in refund(money, order, "--amount", "42").output


def test_a_day_on_which_all_agree_is_code_0(money: Money, tmp_path: Path) -> None:
    order, part, whole = money.credited(15042), money.credited(15043), money.credited(15044)
    money.sandbox.bank.refund(part, 42)
    money.sandbox.bank.refund(whole)
    let_go = money.registered(15045)  # held and let go before anything was credited
    money.sandbox.bank.hold(let_go)
    money.sandbox.bank.reverse(let_go)
    for one in (part, whole, let_go):
        money.ask(one)
    money.turn_of_billing()
    money.registered(15046)
    money.prepare(15047)
    assert reconciled(money) == (0, {})
    done = run(money, "reconcile", day(money), "--csv", str(tmp_path / "day.csv"))
    assert "Заказов 6, расхождений 0." in done.output and "сверено 6 из 6" in done.output
    with open(tmp_path / "day.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows[0][0] == "заказ" and len(rows) == 7
    (mine,) = [row for row in rows if row[0] == order]
    assert mine[1:5] == ["1001", "15042", "credited", "оплачен"]


def test_each_kind_of_difference_is_named(money: Money) -> None:
    lost, more, unseen = (money.credited(amount) for amount in (311, 312, 313))
    untold, unheard, odd = (money.registered(amount) for amount in (315, 316, 317))
    for order in (untold, unheard, odd):
        money.sandbox.bank.pay(order)
    money.ask(untold)
    money.sandbox.faults.set("bank", "wrong_amount", times=1)
    money.ask(odd)
    money.sandbox.bank.refund(more, 12)
    entries = money.sandbox.billing.money._entries  # pylint: disable=protected-access
    entries[:] = [one for one in entries if unseen not in one["dsc"]]
    with money.engine.begin() as connection:
        statement = "UPDATE payments SET order_number = 'gone' WHERE order_number = %s"
        connection.exec_driver_sql(statement, (lost,))
    code, found = reconciled(money)
    assert code == 1
    assert found["gone"] == "у нас оплачен, банк о нём не знает"
    assert found[more] == "возвращено в банке 12 коп., у нас 0 коп."
    assert found[unseen] == "у нас зачислен, в биллинге не виден"
    assert found[untold] == "биллинг ещё не подтвердил"
    assert found[unheard] == "банк взял деньги, у нас не оплачен"
    assert found[odd] == "требует разбора"


def test_a_number_within_another_number_is_not_found_in_billing(money: Money) -> None:
    order, seen = money.credited(311), money.credited(312)
    entries = money.sandbox.billing.money._entries  # pylint: disable=protected-access
    for entry in entries:
        entry["dsc"] = entry["dsc"].replace(order, order + "0")
    assert reconciled(money) == (1, {order: "у нас зачислен, в биллинге не виден"})
    assert seen != order


def test_a_bank_or_a_billing_that_is_silent_is_no_agreement(money: Money) -> None:
    order = money.credited()
    money.sandbox.faults.set("bank", "error")
    assert reconciled(money) == (1, {order: "банк не ответил"})
    money.sandbox.faults.clear()
    money.sandbox.faults.set("billing", "lacks", method="getdetail")
    done = run(money, "reconcile", day(money))
    assert done.exit_code == 0 and "Сверено только с банком" in done.output


def test_another_day_and_no_day(money: Money) -> None:
    money.credited()
    money.clock.forward(days=-2)
    assert "Заказов 0" in run(money, "reconcile", day(money)).output
    assert run(money, "reconcile", "вчера").exit_code == 2


def test_an_order_of_new_years_eve_may_be_credited_in_the_new_year(money: Money) -> None:
    money.clock.now = datetime(2026, 12, 31, 20, 50, tzinfo=UTC)  # ten minutes before midnight
    order = money.registered()
    eve = day(money)
    money.sandbox.bank.pay(order)
    money.clock.forward(minutes=20)
    money.turn()
    assert money.state(order) == "credited" and day(money) == "2027-01-01"
    for date in (eve, day(money)):
        before = len(money.asked("getdetail", "billing"))
        done = run(money, "reconcile", date)
        assert (done.exit_code, "Заказов 1, расхождений 0" in done.output) == (0, True), done.output
        asked = money.asked("getdetail", "billing")[before:]
        assert {int(body["year"]) for body in asked} == {2026, 2027}
