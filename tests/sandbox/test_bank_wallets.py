"""Google Pay, Apple Pay and the others, as the apps and our server call them (3.4)."""

import base64
import json
from typing import Any

import pytest
import requests

from smartyard.sandbox import Sandbox
from tests.sandbox.shop import Shop, status

AMOUNT = 15000


def token(content: Any = None) -> str:
    return base64.b64encode(json.dumps(content or {"signature": "x"}).encode()).decode()


def pay(sandbox: Sandbox, system: str, **change: Any) -> dict[str, Any]:
    body = {"merchant": "demo", "orderNumber": "N1", "paymentToken": token(), "amount": AMOUNT}
    body = {k: v for k, v in (body | change).items() if v is not None}
    url = f"{sandbox.bank_url}/payment/{system}/payment.do"
    answer = requests.post(url, json=body, timeout=20)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("system", ["google", "samsung", "mir"])
@pytest.mark.parametrize("amount", [AMOUNT, str(AMOUNT), f"{AMOUNT}.0"])
def test_pays_without_a_password(sandbox: Sandbox, system: str, amount: Any) -> None:
    told = pay(sandbox, system, amount=amount, currencyCode="643")
    assert told == {"success": True, "data": {"orderId": sandbox.bank.order("N1")["orderId"]}}
    order = status(sandbox, "N1")
    assert (order["orderStatus"], order["amount"]) == (2, AMOUNT)


def test_apple_pay_has_its_amount_in_the_token(sandbox: Sandbox) -> None:
    told = pay(sandbox, "applepay", amount=None, paymentToken=token({"amount": 7700}))
    assert told["success"] and status(sandbox, "N1")["amount"] == 7700
    other = pay(sandbox, "applepay", orderNumber="N2", amount=7700)
    assert other["error"]["code"] == "5"


def test_a_token_with_the_line_breaks_of_android_is_read(sandbox: Sandbox) -> None:
    broken = base64.encodebytes(json.dumps({"signature": "x" * 200}).encode()).decode()
    assert broken.count("\n") > 2
    assert pay(sandbox, "google", paymentToken=broken)["success"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"paymentToken": "***"}, "10"),
        ({"paymentToken": base64.b64encode(b"no json").decode()}, "10"),
        ({"paymentToken": None}, "10"),
        ({"paymentToken": token("x" * 9000)}, "10"),
        ({"merchant": "demo-api"}, "5"),
        ({"merchant": None}, "5"),
        ({"amount": "150.5"}, "5"),
        ({"amount": "NaN"}, "5"),
        ({"amount": 0}, "5"),
        ({"orderNumber": 5}, "4"),
        ({"currencyCode": "978"}, "3"),
        ({"amount": 15001}, "2"),
    ],
)
def test_refusals_have_string_codes(sandbox: Sandbox, change: dict[str, Any], code: str) -> None:
    told = pay(sandbox, "google", **change)
    assert told["success"] is False and told["error"]["code"] == code
    assert told["error"]["message"] and "data" not in told


def test_a_number_is_used_once(sandbox: Sandbox) -> None:
    assert pay(sandbox, "google")["success"]
    assert pay(sandbox, "google")["error"]["code"] == "1"


def test_holds_where_it_is_asked_to(sandbox: Sandbox) -> None:
    assert pay(sandbox, "google", preAuth=True)["success"]
    assert status(sandbox, "N1")["orderStatus"] == 1


def test_an_unfinished_payment_sends_the_buyer_to_3d_secure(sandbox: Sandbox) -> None:
    told = pay(sandbox, "google", amount=15002)
    assert told["success"] and status(sandbox, "N1")["orderStatus"] == 5
    page = requests.get(told["data"]["acsUrl"], timeout=10)
    assert page.status_code == 200 and "Оплатить" in page.text


def test_the_callback_may_come_before_the_answer(sandbox: Sandbox, shop: Shop) -> None:
    pay(sandbox, "google", amount=15004)
    assert shop.operations("N1") == [("deposited", "1")]


def test_no_token_is_kept(sandbox: Sandbox) -> None:
    pay(sandbox, "google")
    ((method, body),) = sandbox.calls("bank")
    assert method == "google/payment.do" and "paymentToken" not in body


def test_refuses_in_the_words_of_wallets(sandbox: Sandbox) -> None:
    sandbox.faults.set("bank", "refuse", method="google/payment.do")
    assert pay(sandbox, "google")["error"]["code"] == "5"
    assert pay(sandbox, "mir")["success"]
