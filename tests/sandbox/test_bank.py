"""The gateway's REST methods, as a merchant meets them (`protocols.md`, 3.1 to 3.3)."""

import threading
from typing import Any

import pytest
import requests

from smartyard.sandbox import Refused, Sandbox
from tests.sandbox.shop import BACK, ask, register, status, wait_for

AMOUNT = 15050  # kopecks that choose no outcome by themselves


def test_registers_an_order_that_waits_for_its_payer(sandbox: Sandbox) -> None:
    order_id = register(sandbox, "N1", AMOUNT, description="Оплата договора 1001")
    told = status(sandbox, "N1")
    assert (told["errorCode"], told["orderStatus"], told["actionCode"]) == ("0", 0, -100)
    assert (told["orderNumber"], told["amount"], told["currency"]) == ("N1", AMOUNT, "643")
    assert told["attributes"] == [{"name": "mdOrder", "value": order_id}]
    assert told["orderDescription"] == "Оплата договора 1001"
    assert told["paymentAmountInfo"]["paymentState"] == "CREATED"
    assert told["paymentAmountInfo"]["depositedAmount"] == 0


def test_a_paid_order_tells_its_sums(sandbox: Sandbox) -> None:
    register(sandbox, "N1", AMOUNT)
    sandbox.bank.pay("N1")
    told = status(sandbox, "N1")
    assert (told["orderStatus"], told["actionCode"]) == (2, 0)
    assert told["paymentAmountInfo"] == {
        "paymentState": "DEPOSITED",
        "approvedAmount": AMOUNT,
        "depositedAmount": AMOUNT,
        "refundedAmount": 0,
        "feeAmount": 0,
    }


def test_a_number_is_used_once_whatever_its_amount(sandbox: Sandbox) -> None:
    register(sandbox, "N1", AMOUNT)
    for amount in (AMOUNT, AMOUNT + 1):
        told = ask(sandbox, "register.do", orderNumber="N1", amount=amount, returnUrl=BACK)
        assert told["errorCode"] == "1" and "orderId" not in told
    assert len(sandbox.bank.orders()) == 1


def test_one_of_many_at_once_gets_the_number(sandbox: Sandbox) -> None:
    answers: list[dict[str, Any]] = []

    def ask_for_it() -> None:
        form = {"orderNumber": "N1", "amount": AMOUNT, "returnUrl": BACK}
        answers.append(ask(sandbox, "register.do", **form))

    threads = [threading.Thread(target=ask_for_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.get("errorCode", "") for one in answers) == [""] + ["1"] * 7


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"orderNumber": ""}, "4"),
        ({"amount": ""}, "4"),
        ({"returnUrl": ""}, "4"),
        ({"returnUrl": "/back"}, "4"),
        ({"returnUrl": "javascript://x/%0aalert(1)"}, "4"),
        ({"returnUrl": "http://[x"}, "4"),
        ({"amount": "150.5"}, "5"),
        ({"amount": "0"}, "5"),
        ({"amount": "-100"}, "5"),
        ({"amount": "١٠٠"}, "5"),
        ({"orderNumber": "x" * 33}, "5"),
        ({"description": "100% скидка"}, "5"),
        ({"sessionTimeoutSecs": "soon"}, "5"),
        ({"currency": "978"}, "3"),
        ({"password": "wrong"}, "5"),
        ({"userName": "demo"}, "5"),
    ],
)
def test_refuses_with_200_and_a_string(sandbox: Sandbox, change: dict[str, str], code: str) -> None:
    form = {"orderNumber": "N1", "amount": str(AMOUNT), "returnUrl": BACK} | change
    assert ask(sandbox, "register.do", **form)["errorCode"] == code
    assert sandbox.bank.orders() == []


@pytest.mark.parametrize("url", ["lanta://sber?clientId=1&orderNumber=2", BACK])
def test_takes_an_app_s_own_scheme(sandbox: Sandbox, url: str) -> None:
    register(sandbox, "N1", AMOUNT, returnUrl=url)
    assert sandbox.bank.order("N1")["returnUrl"] == url


def test_get_and_json_are_not_how_it_is_asked(sandbox: Sandbox) -> None:
    url = f"{sandbox.bank_url}/payment/rest/getOrderStatusExtended.do"
    form = {"userName": "demo-api", "password": "demo", "orderNumber": "N1"}
    assert requests.get(url, params=form, timeout=10).status_code == 405
    assert requests.post(url, json=form, timeout=10).json()["errorCode"] == "5"
    other = url.replace("getOrderStatusExtended", "getNothing")
    assert requests.post(other, data=form, timeout=10).status_code == 404


def test_an_unknown_order_has_no_status(sandbox: Sandbox) -> None:
    told = status(sandbox, "N1")
    assert told["errorCode"] == "6" and "orderStatus" not in told
    assert ask(sandbox, "getOrderStatusExtended.do")["errorCode"] == "5"


def test_the_id_wins_where_both_are_sent(sandbox: Sandbox) -> None:
    first = register(sandbox, "N1", AMOUNT)
    register(sandbox, "N2", AMOUNT)
    method = "getOrderStatusExtended.do"
    assert ask(sandbox, method, orderId=first, orderNumber="N2")["orderNumber"] == "N1"
    assert ask(sandbox, method, orderId="N2")["errorCode"] == "6"
    assert ask(sandbox, method, orderNumber=first)["errorCode"] == "6"


def test_an_order_that_nobody_pays_is_declined_by_time_out(sandbox: Sandbox) -> None:
    register(sandbox, "N1", AMOUNT, sessionTimeoutSecs=1)
    wait_for(lambda: status(sandbox, "N1")["orderStatus"] == 6, "the end of its session")
    assert status(sandbox, "N1")["actionCode"] == -2007
    sandbox.bank.pay("N1")
    assert status(sandbox, "N1")["orderStatus"] == 2


def test_a_held_order_is_captured_once(sandbox: Sandbox) -> None:
    form = {"orderNumber": "N1", "amount": AMOUNT, "returnUrl": BACK}
    order_id = ask(sandbox, "registerPreAuth.do", **form)["orderId"]
    assert ask(sandbox, "deposit.do", orderId=order_id, amount=0)["errorCode"] == "7"
    sandbox.bank.hold("N1")
    assert status(sandbox, "N1")["orderStatus"] == 1
    assert ask(sandbox, "deposit.do", orderId=order_id, amount=AMOUNT + 1)["errorCode"] == "5"
    assert ask(sandbox, "deposit.do", orderId=order_id, amount=AMOUNT)["errorCode"] == 0
    assert status(sandbox, "N1")["orderStatus"] == 2
    assert ask(sandbox, "deposit.do", orderId=order_id, amount=AMOUNT)["errorCode"] == "7"


def test_a_hold_is_reversed_once(sandbox: Sandbox) -> None:
    order_id = register(sandbox, "N1", AMOUNT)
    assert ask(sandbox, "reverse.do", orderId=order_id)["errorCode"] == "7"
    sandbox.bank.hold("N1")
    assert ask(sandbox, "reverse.do", orderId=order_id)["errorCode"] == 0
    assert status(sandbox, "N1")["orderStatus"] == 3
    assert ask(sandbox, "reverse.do", orderId=order_id)["errorCode"] == "7"
    assert ask(sandbox, "refund.do", orderId=order_id, amount=0)["errorCode"] == "7"


def test_refunds_in_parts_up_to_what_was_paid(sandbox: Sandbox) -> None:
    order_id = register(sandbox, "N1", AMOUNT)
    assert ask(sandbox, "refund.do", orderId=order_id, amount=50)["errorCode"] == "7"
    sandbox.bank.pay("N1")
    assert ask(sandbox, "refund.do", orderId=order_id, amount=50)["errorCode"] == 0
    told = status(sandbox, "N1")
    assert (told["orderStatus"], told["paymentAmountInfo"]["refundedAmount"]) == (4, 50)
    assert ask(sandbox, "refund.do", orderId=order_id, amount=AMOUNT)["errorCode"] == "7"
    assert ask(sandbox, "refund.do", orderId=order_id, amount=0)["errorCode"] == 0
    assert status(sandbox, "N1")["paymentAmountInfo"]["refundedAmount"] == AMOUNT
    assert ask(sandbox, "refund.do", orderId=order_id, amount=1)["errorCode"] == "7"


def test_a_refund_with_an_id_of_ours_is_made_once(sandbox: Sandbox) -> None:
    order_id = register(sandbox, "N1", AMOUNT)
    sandbox.bank.pay("N1")
    same = {"orderId": order_id, "amount": 50, "externalRefundId": "r1"}
    assert [ask(sandbox, "refund.do", **same)["errorCode"] for _ in range(2)] == [0, 0]
    assert sandbox.bank.order("N1")["refunded"] == 50
    assert ask(sandbox, "refund.do", **(same | {"amount": 60}))["errorCode"] == "5"
    other = {"orderId": order_id, "amount": 50, "expectedDepositedAmount": AMOUNT}
    assert ask(sandbox, "refund.do", **other)["errorCode"] == "7"


def test_python_meets_the_same_refusals(sandbox: Sandbox) -> None:
    told = sandbox.bank.register_by_app("N1", AMOUNT)
    assert sandbox.bank.order("N1")["orderId"] == told["orderId"]
    sandbox.bank.pay("N1")
    for wrong in (sandbox.bank.pay, sandbox.bank.decline, sandbox.bank.hold):
        with pytest.raises(Refused):
            wrong("N1")
    with pytest.raises(Refused, match="не найден"):
        sandbox.bank.pay("N2")
    sandbox.bank.reverse(told["orderId"])
    assert sandbox.bank.order("N1")["state"] == "REVERSED"


def test_keeps_what_it_was_asked_without_the_password(sandbox: Sandbox) -> None:
    status(sandbox, "N1")
    ((method, form),) = sandbox.calls("bank")
    assert method == "getOrderStatusExtended.do"
    assert form == {"userName": "demo-api", "orderNumber": "N1"}


def test_can_be_told_to_lie_about_an_order(sandbox: Sandbox) -> None:
    register(sandbox, "N1", AMOUNT)
    sandbox.bank.pay("N1")
    sandbox.faults.set("bank", "wrong_amount", times=1)
    told = status(sandbox, "N1")
    assert told["amount"] == told["paymentAmountInfo"]["depositedAmount"] == AMOUNT + 100
    sandbox.faults.set("bank", "wrong_currency", times=1)
    assert status(sandbox, "N1")["currency"] == "978"
    sandbox.faults.set("bank", "wrong_number", times=1)
    assert status(sandbox, "N1")["orderNumber"] != "N1"
    assert status(sandbox, "N1")["amount"] == AMOUNT


@pytest.mark.parametrize("mode", ["drop", "stall"])
def test_an_answer_may_be_lost_after_the_work_is_done(sandbox: Sandbox, mode: str) -> None:
    sandbox.faults.set("bank", mode, method="register.do", times=1)
    form = {"orderNumber": "N1", "amount": AMOUNT, "returnUrl": BACK}
    with pytest.raises(requests.RequestException):
        ask(sandbox, "register.do", timeout=0.5, **form)
    assert status(sandbox, "N1")["orderStatus"] == 0
    assert ask(sandbox, "register.do", **form)["errorCode"] == "1"


def test_refuses_when_it_is_told_to(sandbox: Sandbox) -> None:
    sandbox.faults.set("bank", "refuse")
    assert status(sandbox, "N1")["errorCode"] == "5"
