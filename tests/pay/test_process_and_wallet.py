"""`pay/process` is a hint and no more; `pay/wallet` hands a token to the bank, and once."""

import base64
import json
import textwrap

import pytest

from tests.fixtures.money import Money
from tests.fixtures.world import NEIGHBOUR, sign_in_by
from tests.user.asking import at_once


def packed(**content: object) -> str:
    """A wallet's token as the sandbox's bank reads it."""
    return base64.b64encode(json.dumps(content | {"pad": "x" * 200}).encode()).decode()


def broken(token: str) -> str:
    """As Android's Base64.DEFAULT writes it."""
    return textwrap.fill(token, 76) + "\n"


def test_process_asks_the_bank_at_once_and_credits_what_is_paid(money: Money) -> None:
    order = money.registered()
    money.sandbox.bank.pay(order)
    answer = money.payer.post("pay/process", {"paymentId": order, "sbId": "nonsense"})
    assert answer.status_code == 200 and isinstance(answer.get_json()["data"], str)
    assert money.events(order)[-1] == ("registered", "paid", "the app says it paid")
    assert money.count("credits") == 1
    assert all(money.tell_due()) and money.confirmed[order]["credited"] == 1


def test_process_of_an_unpaid_order_credits_nothing_however_often(money: Money) -> None:
    order = money.registered()
    there = money.sandbox.bank.order(order)["orderId"]
    for _ in range(3):
        body = {"paymentId": order, "sbId": there}
        assert money.payer.post("pay/process", body).status_code == 200
    assert money.state(order) == "registered" and money.count("credits") == 0


def test_process_again_after_the_credit_changes_nothing(money: Money) -> None:
    order = money.credited()
    events = money.events(order)
    assert money.payer.post("pay/process", {"paymentId": order}).status_code == 200
    money.turn()
    assert money.events(order) == events and money.confirmed[order]["called"] == 1


@pytest.mark.parametrize("mode", ["down", "error", "drop", "rubbish"])
def test_process_answers_also_while_the_bank_fails_and_it_is_made_good(
    money: Money, mode: str
) -> None:
    order = money.registered()
    money.sandbox.bank.pay(order)
    money.sandbox.faults.set("bank", mode)
    assert money.payer.post("pay/process", {"paymentId": order}).status_code == 200
    assert money.state(order) == "registered"
    money.sandbox.faults.clear()
    money.clock.forward(seconds=5)
    money.turn()
    assert money.state(order) == "credited"


def test_a_stranger_learns_nothing_and_the_bank_is_not_asked(money: Money) -> None:
    order = money.registered()
    neighbour = sign_in_by(money.app.test_client(), money.sandbox, NEIGHBOUR)
    for path, more in (
        ("pay/process", {}),
        ("pay/wallet", {"system": "google", "paymentToken": packed()}),
    ):
        strange = neighbour.post(path, {"paymentId": order, **more})
        unknown = neighbour.post(path, {"paymentId": "unknown", **more})
        assert (strange.status_code, strange.data) == (403, unknown.data)
    assert not money.asked("getOrderStatusExtended.do") and not money.asked("google/payment.do")


WALLETS = [("google", "google"), ("apple", "applepay"), ("mir", "mir")]


@pytest.mark.parametrize("system, path", WALLETS)
def test_a_wallets_token_pays_our_sum_at_the_bank(money: Money, system: str, path: str) -> None:
    money.sandbox.bank.options.auto_pay = True
    order = money.prepare(15000)
    body = {"paymentId": order, "system": system, "paymentToken": broken(packed(amount=15000))}
    answer = money.payer.post("pay/wallet", body)
    assert answer.status_code == 200, answer.text
    bank = money.sandbox.bank.order(order)
    assert answer.get_json()["data"] == {"orderId": bank["orderId"]}
    assert (bank["status"], bank["amount"]) == (2, 15000)
    (sent,) = money.asked(f"{path}/payment.do")
    assert sent["merchant"] == "demo" and "userName" not in sent and "password" not in sent
    money.clock.forward(seconds=15)
    money.turn()
    assert money.confirmed[order]["credited"] == 1


def test_a_token_goes_to_the_bank_without_its_line_breaks(money: Money) -> None:
    """The sandbox's bank reads them; the real one does not."""
    order = money.prepare(15000)
    for token, status in ((broken(packed()), 200), (" " + packed() + "\r\n", 200)):
        body = {"paymentId": order, "system": "google", "paymentToken": token}
        assert money.payer.post("pay/wallet", body).status_code == status


def test_a_wallet_whose_sum_is_another_is_not_credited(money: Money) -> None:
    """Apple's token holds the sum, and nobody but the bank can read it."""
    order = money.prepare(15000)
    body = {"paymentId": order, "system": "apple", "paymentToken": packed(amount=100)}
    money.payer.post("pay/wallet", body)
    money.clock.forward(seconds=15)
    money.turn()
    assert money.state(order) == "review" and not money.confirmed


def test_a_declined_wallet_is_told_so_and_the_order_is_declined(money: Money) -> None:
    order = money.prepare(15001)
    body = {"paymentId": order, "system": "google", "paymentToken": packed()}
    answer = money.payer.post("pay/wallet", body)
    assert answer.status_code == 402 and "Банк отклонил" in answer.get_json()["message"]
    money.clock.forward(seconds=15)
    money.turn()
    assert money.state(order) == "declined" and money.count("credits") == 0


def test_where_3d_secure_waits_the_app_is_told_where(money: Money) -> None:
    order = money.prepare(15002)
    body = {"paymentId": order, "system": "google", "paymentToken": packed()}
    told = money.payer.post("pay/wallet", body).get_json()["data"]
    assert told["formUrl"].startswith(money.sandbox.bank_url) and money.count("credits") == 0


def test_a_wallets_lost_answer_is_asked_for_and_the_token_not_sent_again(money: Money) -> None:
    order = money.prepare(15000)
    money.sandbox.faults.set("bank", "drop", method="google/payment.do", times=1)
    body = {"paymentId": order, "system": "google", "paymentToken": packed()}
    answer = money.payer.post("pay/wallet", body)
    assert answer.status_code == 200
    assert answer.get_json()["data"]["orderId"] == money.sandbox.bank.order(order)["orderId"]
    assert len(money.asked("google/payment.do")) == 1
    assert money.payer.post("pay/wallet", body).status_code == 404  # it is paid
    money.turn()
    assert money.confirmed[order]["credited"] == 1


def test_a_wallet_at_an_order_that_waits_for_a_card_is_not_called_paid(money: Money) -> None:
    """The bank refuses the number as used, and nothing was taken."""
    order = money.registered(15042)
    body = {"paymentId": order, "system": "google", "paymentToken": packed()}
    assert money.payer.post("pay/wallet", body).status_code == 503
    assert money.sandbox.bank.order(order)["status"] == 0
    assert money.state(order) == "registered"


def test_two_taps_are_one_payment(money: Money) -> None:
    order = money.prepare(15000)
    money.sandbox.faults.set("bank", "slow", seconds=0.3, method="google/payment.do")
    body = {"paymentId": order, "system": "google", "paymentToken": packed()}
    token = money.payer.token

    def pay(_: int) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        client = money.app.test_client()
        return client.post("/api/pay/wallet", json=body, headers=headers).status_code

    assert set(at_once(pay, 4)) <= {200, 404}
    money.clock.forward(seconds=15)
    money.turn()
    assert len(money.sandbox.bank.orders()) == 1 and money.confirmed[order]["credited"] == 1


WRONG: list[dict[str, object]] = [
    {}, {"system": "google"}, {"paymentToken": packed()}, {"system": "x", "paymentToken": packed()},
    {"system": "google", "paymentToken": ""}, {"system": "google", "paymentToken": "не base64"},
    {"system": "google", "paymentToken": "abc"}, {"system": "google", "paymentToken": "A" * 20000},
    {"system": None, "paymentToken": packed()}, {"system": "google", "paymentToken": {"a": 1}},
]  # fmt: skip


def test_a_wrong_shape_is_422(money: Money) -> None:
    for more in WRONG:
        answer = money.payer.post("pay/wallet", {"paymentId": "x", **more})
        assert (more, answer.status_code) == (more, 422)
    assert not money.sandbox.calls("bank")


@pytest.mark.parametrize("body", [{}, {"paymentId": ""}, {"paymentId": None}, {"sbId": "x"}])
def test_process_of_nothing_is_422(money: Money, body: dict[str, object]) -> None:
    assert money.payer.post("pay/process", body).status_code == 422
