"""The payment page, where a person decides: magic amounts wait for «Оплатить» here."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from smartyard.sandbox import BankOptions, Sandbox
from tests.sandbox.shop import Shop, register, status, wait_for

BACK, FAIL = "https://shop.example/back?a=1#top", "https://shop.example/fail"
CARD = "4111 1111 1111 1111"


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    options = BankOptions(auto_pay=False, auto_seconds=0.05)
    with Sandbox(bank_options=options) as sandbox:
        yield sandbox


def page_of(sandbox: Sandbox, amount: int, **more: Any) -> str:
    """The address of a new order's page."""
    order_id = register(sandbox, "N1", amount, **({"returnUrl": BACK, "failUrl": FAIL} | more))
    return sandbox.bank.form_url(order_id)


def press(url: str, action: str, pan: str = CARD) -> requests.Response:
    form = {"action": action, "pan": pan, "expiry": "12/30", "cvc": "123"}
    return requests.post(url, data=form, allow_redirects=False, timeout=20)


def test_shows_the_order_and_leaves_it_open(sandbox: Sandbox) -> None:
    url = page_of(sandbox, 1234550, description="<b>Договор</b>")
    page = requests.get(url, timeout=20)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "12\u00a0345,50\u00a0₽" in page.text and "N1" in page.text
    assert "&lt;b&gt;Договор" in page.text and "<b>" not in page.text
    for button in ("Оплатить", "Отказать", "Закрыть"):
        assert button in page.text
    assert status(sandbox, "N1")["orderStatus"] == 0


@pytest.mark.parametrize(
    ("action", "amount", "state", "back"),
    [
        ("pay", 15000, 2, "https://shop.example/back?a=1&orderId={}#top"),
        ("pay", 15050, 2, "https://shop.example/back?a=1&orderId={}#top"),
        ("pay", 15001, 6, "https://shop.example/fail?orderId={}"),
        ("pay", 15002, 5, "https://shop.example/fail?orderId={}"),
        ("decline", 15000, 6, "https://shop.example/fail?orderId={}"),
        ("close", 15000, 0, "https://shop.example/fail?orderId={}"),
    ],
)
def test_sends_the_payer_back(
    sandbox: Sandbox, action: str, amount: int, state: int, back: str
) -> None:
    answer = press(page_of(sandbox, amount), action)
    assert answer.status_code == 303
    assert answer.headers["Location"] == back.format(sandbox.bank.order("N1")["orderId"])
    assert status(sandbox, "N1")["orderStatus"] == state


def test_an_app_s_scheme_is_a_link(sandbox: Sandbox) -> None:
    url = page_of(sandbox, 15000, returnUrl="lanta://sber?clientId=1&orderNumber=N1")
    answer = press(url, "pay")
    assert answer.status_code == 200 and "Оплачено" in answer.text
    link = re.search('href="(lanta:[^"]+)"', answer.text)
    order_id = sandbox.bank.order("N1")["orderId"]
    wanted = f"lanta://sber?clientId=1&orderNumber=N1&orderId={order_id}"
    assert link and html.unescape(link[1]) == wanted


def test_pays_once_however_often_it_is_pressed(sandbox: Sandbox, shop: Shop) -> None:
    url = page_of(sandbox, 15000)
    assert press(url, "pay").status_code == 303
    for again in (press(url, "pay"), press(url, "decline"), requests.get(url, timeout=20)):
        assert again.status_code == 200 and "Оплачено" in again.text
    wait_for(lambda: shop.came, "the callback")
    assert shop.operations() == [("deposited", "1")]


def test_the_callback_may_come_before_the_payer(sandbox: Sandbox, shop: Shop) -> None:
    url = page_of(sandbox, 15004)
    assert not shop.came
    press(url, "pay")
    assert shop.operations() == [("deposited", "1")]


def test_a_magic_refund_follows_the_payment(sandbox: Sandbox) -> None:
    press(page_of(sandbox, 15006), "pay")
    wait_for(lambda: status(sandbox, "N1")["orderStatus"] == 4, "the refund")


@pytest.mark.parametrize("pan", ["4111 1111 1111 1112", "1234", "", "x" * 16])
def test_a_mistyped_card_is_said_and_changes_nothing(sandbox: Sandbox, pan: str) -> None:
    answer = press(page_of(sandbox, 15000), "pay", pan)
    assert answer.status_code == 422 and "Проверьте номер карты" in answer.text
    assert status(sandbox, "N1")["orderStatus"] == 0


def test_only_a_masked_card_is_kept(sandbox: Sandbox) -> None:
    press(page_of(sandbox, 15000), "pay", "5555 5555 5555 4444")
    assert status(sandbox, "N1")["cardAuthInfo"]["pan"] == "555555**4444"


def test_an_unknown_order_has_a_page_that_says_so(sandbox: Sandbox) -> None:
    url = sandbox.bank.form_url("no-such-order")
    assert requests.get(url, timeout=20).status_code == 404
    other = requests.get(f"{sandbox.bank_url}/payment/", timeout=20)
    assert other.status_code == 404 and "<title>" in other.text


def test_the_sandbox_s_page_shows_orders_and_callbacks(sandbox: Sandbox, shop: Shop) -> None:
    press(page_of(sandbox, 15003), "pay")
    wait_for(lambda: len(sandbox.bank.callbacks) == 2, "both callbacks")
    state = requests.get(f"{sandbox.page_url}/state", timeout=20).json()
    (order,) = state["orders"]
    assert (order["number"], order["state"], order["amount"]) == ("N1", "DEPOSITED", 15003)
    assert order["formUrl"].startswith(sandbox.bank_url) and order["magic"]
    assert [one["answered"] for one in state["callbacks"]] == [200, 200]
    assert shop.came[0]["orderNumber"] == "N1"
