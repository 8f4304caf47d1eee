"""Magic amounts: their kopecks choose what becomes of an order, with no person at the page."""

from pathlib import Path
from typing import Any

import pytest

from smartyard.sandbox import Sandbox
from smartyard.sandbox.bank_magic import OUTCOMES
from tests.sandbox.shop import Shop, register, status, wait_for
from tests.sandbox.test_bank_callbacks import fits_hmac

KEY = "demo-callback-key"


def settled(sandbox: Sandbox, kopecks: int) -> dict[str, Any]:
    register(sandbox, "N1", 15000 + kopecks)
    wait_for(lambda: status(sandbox, "N1")["orderStatus"], "the outcome")
    return status(sandbox, "N1")


def test_00_is_paid_and_told(sandbox: Sandbox, shop: Shop) -> None:
    assert settled(sandbox, 0)["orderStatus"] == 2
    wait_for(lambda: shop.came, "the callback")
    assert shop.operations() == [("deposited", "1")] and fits_hmac(shop.came[0], KEY)


def test_01_is_declined(sandbox: Sandbox, shop: Shop) -> None:
    assert settled(sandbox, 1)["orderStatus"] == 6
    wait_for(lambda: shop.came, "the callback")
    assert shop.operations() == [("deposited", "0")]


@pytest.mark.parametrize("kopecks", [2, 7, 50, 99])
def test_02_and_those_that_choose_nothing_stay_open(sandbox: Sandbox, kopecks: int) -> None:
    sandbox.bank.options.auto_seconds = 0.0
    register(sandbox, "N1", 15000 + kopecks)
    register(sandbox, "N2", 15000)
    wait_for(lambda: status(sandbox, "N2")["orderStatus"] == 2, "the other order")
    assert status(sandbox, "N1")["orderStatus"] == 0


def test_03_is_told_twice(sandbox: Sandbox, shop: Shop) -> None:
    assert settled(sandbox, 3)["orderStatus"] == 2
    wait_for(lambda: len(shop.came) == 2, "both callbacks")
    assert shop.came[0] == shop.came[1]


def test_04_is_told_before_register_answers(sandbox: Sandbox, shop: Shop) -> None:
    register(sandbox, "N1", 15004)
    assert shop.operations() == [("deposited", "1")]
    assert status(sandbox, "N1")["orderStatus"] == 2


def test_05_is_paid_but_its_callback_is_forged(sandbox: Sandbox, shop: Shop) -> None:
    shop.statuses = [403]
    assert settled(sandbox, 5)["orderStatus"] == 2
    wait_for(lambda: len(shop.came) == 3, "three attempts")
    assert not any(fits_hmac(one, KEY) for one in shop.came)


def test_06_is_paid_and_then_refunded(sandbox: Sandbox, shop: Shop) -> None:
    settled(sandbox, 6)
    wait_for(lambda: status(sandbox, "N1")["orderStatus"] == 4, "the refund")
    assert status(sandbox, "N1")["paymentAmountInfo"]["refundedAmount"] == 15006
    wait_for(lambda: len(shop.came) == 2, "both callbacks")
    assert {word for word, _ in shop.operations()} == {"deposited", "refunded"}


def test_the_page_of_docs_lists_them_all() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    for kopecks, fate in OUTCOMES.items():
        assert f"| …{kopecks:02d} | {fate.en} |" in page
