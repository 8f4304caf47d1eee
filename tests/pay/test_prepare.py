"""`pay/prepare`: one order number for a request and all its repeats, and none for a stranger."""

import re
from collections.abc import Callable

import pytest

from smartyard.errors import DependencyUnavailable
from smartyard.guard import Caller
from smartyard.ledger.orders import OrderService
from smartyard.pay.orders import new_order_number
from smartyard.phones import Phone
from tests.fixtures.money import Money
from tests.fixtures.world import NEIGHBOUR, Resident, sign_in_by
from tests.user.asking import at_once

WANTED = {"clientId": "1001", "amount": "15042"}


def test_an_order_is_a_row_and_an_invoice_at_billing(money: Money) -> None:
    order = money.prepare()
    assert money.sandbox.billing.money.invoices[order] == {"login": "1001", "amount": 15042}
    row = money.row(order)
    assert (row.contract_id, row.phone, row.amount_kopecks) == ("1001", money.payer.phone, 15042)
    assert (row.state, row.currency, row.bank_order_id) == ("new", "643", None)
    assert money.events(order) == [(None, "new", "prepared")]
    assert not money.sandbox.bank.orders()  # the app or `register` goes to the bank


def test_a_repeat_within_ten_minutes_is_the_same_order_until_it_is_registered(money: Money) -> None:
    order = money.prepare()
    money.clock.forward(seconds=599)
    assert money.prepare() == order
    assert len(money.asked("createinvoice", "billing")) == money.count("payments") == 1
    money.register(order)
    assert money.prepare() != order


def test_after_ten_minutes_and_for_another_sum_or_contract_it_is_another_order(
    money: Money,
) -> None:
    orders = {money.prepare(), money.prepare(15043), money.prepare(contract="1002")}
    money.clock.forward(seconds=601)
    orders.add(money.prepare())
    assert len(orders) == money.count("payments") == 4


def test_another_device_of_the_same_person_has_an_order_of_its_own(money: Money) -> None:
    order = money.prepare()
    other = sign_in_by(money.app.test_client(), money.sandbox, money.payer.phone)
    assert other.post("pay/prepare", WANTED).get_json()["data"] != order


def test_repeats_that_come_at_once_are_one_order_and_one_invoice(money: Money) -> None:
    money.prepare(777)  # homes are known
    money.sandbox.faults.set("billing", "slow", seconds=0.3, method="createinvoice")
    token = money.payer.token

    def ask(_: int) -> tuple[int, str]:
        payer = Resident(money.app.test_client(), money.payer.phone, token)
        answer = payer.post("pay/prepare", WANTED)
        return answer.status_code, answer.get_json()["data"]

    answers = at_once(ask, 8)
    assert len(set(answers)) == 1 and answers[0][0] == 200
    assert len(money.asked("createinvoice", "billing")) == money.count("payments") == 2


def test_a_killed_request_holds_nobody_up_for_long(
    money: Money, another: Callable[..., Money]
) -> None:
    """Its claim stands with no order; whoever comes after its time makes the order."""
    money.prepare()
    with money.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE prepare_intents SET payment_id = NULL")
        connection.exec_driver_sql("DELETE FROM payment_events")
        connection.exec_driver_sql("DELETE FROM payments")
    hurried = another(billing_timeout=1.0)
    refused = hurried.payer.post("pay/prepare", WANTED)
    assert refused.status_code == 503  # somebody seems to be at it
    money.clock.forward(seconds=60)
    assert money.row(money.prepare()).state == "new"


NOT_MINE = ["1003", "777777", "1001'", "ДОГ-1001"]


@pytest.mark.parametrize("contract", NOT_MINE)
def test_a_contract_of_somebody_else_is_403_the_same_as_one_that_is_not(
    money: Money, contract: str
) -> None:
    answers = [
        money.payer.post("pay/prepare", {"clientId": name, "amount": "15042"})
        for name in (contract, "1003")
    ]
    assert answers[0].status_code == 403
    assert answers[0].data == answers[1].data
    assert money.count("payments") == 0 and not money.asked("createinvoice", "billing")


def test_a_stranger_is_403_also_at_a_billing_that_lists_no_accounts(money: Money) -> None:
    for method in ("getpaymentslist", "getlist"):
        money.sandbox.faults.set("billing", "lacks", method=method)
    assert money.payer.post("pay/prepare", WANTED | {"clientId": "1003"}).status_code == 403
    assert money.payer.post("pay/prepare", WANTED).status_code == 200


def test_the_neighbour_pays_for_the_neighbours_contract(money: Money) -> None:
    neighbour = sign_in_by(money.app.test_client(), money.sandbox, NEIGHBOUR)
    assert neighbour.post("pay/prepare", WANTED).status_code == 403
    assert neighbour.post("pay/prepare", WANTED | {"clientId": "1003"}).status_code == 200


@pytest.mark.parametrize(
    "mode", ["refuse", "error", "down", "drop", "rubbish"], ids=lambda mode: f"createinvoice {mode}"
)
def test_a_billing_that_fails_is_503_and_no_order(money: Money, mode: str) -> None:
    money.prepare(777)
    method = "" if mode == "down" else "createinvoice"
    money.sandbox.faults.set("billing", mode, method=method)
    answer = money.payer.post("pay/prepare", WANTED)
    assert answer.status_code == 503 and "data" not in answer.get_json()
    assert money.count("payments") == 1
    money.sandbox.faults.clear()
    money.clock.forward(seconds=1)
    assert money.payer.post("pay/prepare", WANTED).status_code == 200  # at once, not after a wait


def give_again(money: Money, order: str) -> None:
    """Have billing give this invoice's number once more."""
    number = int(order.removeprefix("INV-"))
    money.sandbox.billing.money._next = number - 1  # pylint: disable=protected-access


def test_another_order_never_gets_a_number_that_billing_gave_before(money: Money) -> None:
    order = money.prepare(777)
    give_again(money, order)
    other = money.payer.post("pay/prepare", WANTED).get_json()["data"]
    assert other != order and other.startswith(money.settings.order_prefix)
    assert money.count("payments") == 2


def test_an_open_invoice_that_billing_gives_again_is_the_same_order(money: Money) -> None:
    order = money.prepare(777)
    money.register(order)  # and left at the bank's page
    give_again(money, order)
    assert money.prepare(777) == order
    assert money.count("payments") == 1


def test_who_took_too_long_makes_no_second_order(money: Money) -> None:
    order = money.prepare()
    payment = money.row(order)
    key = money.one("SELECT key FROM prepare_intents").key
    caller = Caller(1, payment.session_id, Phone(payment.phone))
    orders = money.service(OrderService)
    with money.app.app_context():
        money.clock.forward(seconds=money.settings.pay_repeat + 1)  # the first one is over
        slow = orders.claim(key, 3)
        assert slow is not None
        money.clock.forward(seconds=4)  # and its claim too: another request is quicker
        second = money.prepare()
        with pytest.raises(DependencyUnavailable):
            orders.begin(
                key,
                slow,
                order_number="late",
                caller=caller,
                contract_id=payment.contract_id,
                amount_kopecks=payment.amount_kopecks,
            )
    assert [row.order_number for row in money.rows("SELECT * FROM payments ORDER BY id")] == [
        order,
        second,
    ]


def test_all_that_billing_is_asked_for_one_payment_has_one_deadline(
    money: Money, another: Callable[..., Money]
) -> None:
    assert money.prepare(777)
    money.clock.forward(seconds=money.settings.billing_ttl + 1)  # homes are asked for again
    hurried = another(billing_timeout=1.0)
    hurried.sandbox.faults.set("billing", "slow", seconds=0.7)
    assert hurried.payer.post("pay/prepare", WANTED).status_code == 503
    hurried.sandbox.faults.clear()
    assert money.payer.post("pay/prepare", WANTED).status_code == 200


def test_who_asks_too_often_is_told_so(another: Callable[..., Money]) -> None:
    money_few = another(pay_per_phone_hour=3)
    for amount in (201, 202, 203):
        money_few.prepare(amount)
    money_few.prepare(203)  # a repeat does not count
    refused = money_few.payer.post("pay/prepare", WANTED)
    assert refused.status_code == 429 and money_few.count("payments") == 3
    money_few.clock.forward(seconds=3601)
    assert money_few.prepare(204)


def test_where_billing_makes_no_invoices_the_number_is_ours(money: Money) -> None:
    money.sandbox.faults.set("billing", "lacks", method="createinvoice")
    orders = {money.prepare(200 + number) for number in range(20)}
    assert len(orders) == 20
    for order in orders:
        assert re.fullmatch("sy[0-9A-HJKMNP-TV-Z]{13}", order)
    assert money.prepare(200) in orders


def test_our_numbers_fit_the_bank_and_are_no_sequence() -> None:
    made = {new_order_number("twelve-marks") for _ in range(2000)}
    assert len(made) == 2000 and max(map(len, made)) <= 32
    letters = [{number[place] for number in made} for place in range(12, 25)]
    assert all(len(found) == 32 for found in letters)  # each of 13 places varies: 65 bits


@pytest.mark.parametrize("body", [
    {}, {"clientId": "1001"}, {"amount": "15000"}, {"clientId": "", "amount": "15000"},
    {"clientId": None, "amount": "15000"}, {"clientId": ["1001"], "amount": "15000"},
    {"clientId": "1" * 101, "amount": "15000"}, {"clientId": "10\0", "amount": "15000"},
])  # fmt: skip
def test_a_wrong_shape_is_422(money: Money, body: dict[str, object]) -> None:
    assert money.payer.post("pay/prepare", body).status_code == 422
    assert money.count("payments") == 0
