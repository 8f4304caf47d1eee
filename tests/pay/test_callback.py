"""The bank calls: at both addresses, by GET and POST. It only ever makes us ask sooner."""

import hashlib
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from smartyard.config import SettingsError
from smartyard.sandbox.bank_signing import rsa_checksum
from smartyard.wiring import create_app
from tests.fixtures.money import Money
from tests.fixtures.processes import wait_for

Pairs = list[tuple[str, str]]
KEY = b"demo-callback-key"
PATHS = ["/api/pay/callback", "/api/spaysuccess"]


def told(order: str, **more: str) -> Pairs:
    """What the bank says of a paid order."""
    words = {"mdOrder": "an id", "orderNumber": order, "operation": "deposited", "status": "1"}
    return list((words | more).items())


def signed(pairs: Pairs) -> Pairs:
    text = "".join(f"{name};{value};" for name, value in sorted(pairs))
    return [*pairs, ("checksum", hmac.digest(KEY, text.encode(), hashlib.sha256).hex().upper())]


def by_get(client: FlaskClient, path: str, pairs: Pairs) -> TestResponse:
    return client.get(f"{path}?{urlencode(pairs)}")


def by_post(client: FlaskClient, path: str, pairs: Pairs) -> TestResponse:
    form = "application/x-www-form-urlencoded"
    return client.post(path, data=urlencode(pairs), content_type=form)


def by_both(client: FlaskClient, path: str, pairs: Pairs) -> TestResponse:
    form = "application/x-www-form-urlencoded"
    address = f"{path}?{urlencode(pairs[:2])}"
    return client.post(address, data=urlencode(pairs[2:]), content_type=form)


def without_asking(row: Any) -> dict[str, Any]:
    return {name: value for name, value in zip(row._fields, row, strict=True) if name != "ask_at"}


WAYS = [by_get, by_post, by_both]
Way = Callable[[FlaskClient, str, Pairs], TestResponse]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("way", WAYS)
def test_a_right_callback_changes_nothing_and_makes_us_ask_now(
    money: Money, way: Way, path: str
) -> None:
    order = money.registered()
    before, events = money.row(order), money.events(order)
    money.clock.forward(seconds=1)
    assert money.ask_due() == 0
    answer = way(money.app.test_client(), path, signed(told(order)))
    assert (answer.status_code, answer.data) == (200, b"OK")
    after = money.row(order)
    assert after.ask_at == money.clock.now != before.ask_at
    assert without_asking(after) == without_asking(before)
    assert money.events(order) == events and money.count("credits") == 0
    assert money.ask_due() == 1


def test_a_callback_that_lies_about_the_status_credits_nothing(money: Money) -> None:
    order = money.registered()
    lie = signed(told(order, amount="15042", paymentState="DEPOSITED", currency="643"))
    assert by_post(money.app.test_client(), PATHS[0], lie).status_code == 200
    money.turn()
    assert money.state(order) == "registered" and not money.confirmed


def test_a_callback_of_failure_does_not_keep_a_paid_order_from_its_credit(money: Money) -> None:
    order = money.registered()
    money.sandbox.bank.pay(order)
    lie = signed(told(order, status="0", operation="declinedByTimeout"))
    assert by_post(money.app.test_client(), PATHS[0], lie).status_code == 200
    money.turn()
    assert money.state(order) == "credited"


@pytest.mark.parametrize("path", PATHS)
def test_what_is_not_rightly_signed_is_403_and_changes_nothing(money: Money, path: str) -> None:
    order = money.registered()
    right = signed(told(order))
    before = money.row(order)
    wrong: dict[str, Pairs] = {
        "unsigned": told(order),
        "nothing": [],
        "an amount added": [*right, ("amount", "1")],
        "one missing": right[1:],
        "the number twice": [*right, ("orderNumber", order)],
        "the checksum twice": [*right, right[-1]],
        "of another order": [(n, "other" if n == "orderNumber" else v) for n, v in right],
        "forged": [*right[:-1], ("checksum", "0" * 64)],
    }
    for how, pairs in wrong.items():
        for way in WAYS:
            answer = way(money.app.test_client(), path, pairs)
            assert (how, answer.status_code) == (how, 403)
    assert money.row(order) == before


@pytest.mark.parametrize("order", ["unknown", "", "a\0b", "щ" * 5000, "'; DROP TABLE payments"])
def test_a_right_callback_about_no_order_of_ours_is_taken_and_forgotten(
    money: Money, order: str
) -> None:
    answer = by_post(money.app.test_client(), PATHS[0], signed(told(order)))
    assert answer.status_code == 200 and money.count("payments") == 0


def at(money: Money, **changes: object) -> Flask:
    """Another application over the same tables."""
    return create_app(money.settings.model_copy(update=changes), clock=money.clock)


def test_a_callback_by_the_banks_id_alone_finds_the_order(money: Money) -> None:
    order = money.registered()
    money.clock.forward(hours=3)
    words = [("mdOrder", money.row(order).bank_order_id), ("operation", "deposited")]
    client = money.app.test_client()
    assert by_get(client, PATHS[0], signed([*words, ("status", "1")])).status_code == 200
    assert money.row(order).ask_at == money.clock()


def test_a_callback_that_names_no_id_of_the_banks_is_about_its_order_alone(money: Money) -> None:
    order, other = money.registered(), money.prepare(20042)
    before = money.row(other)
    assert before.bank_order_id is None
    money.clock.forward(hours=3)
    client = money.app.test_client()
    for number in (order, "of nobody"):
        pairs = [pair for pair in told(number) if pair[0] != "mdOrder"]
        assert by_get(client, PATHS[0], signed(pairs)).status_code == 200
    assert money.row(order).ask_at == money.clock() and money.row(other) == before


def test_with_neither_key_nor_certificate_every_callback_is_403(money: Money) -> None:
    order = money.registered()
    before = money.row(order)
    client = at(money, sber_callback_key=SecretStr("")).test_client()
    nobody = hmac.digest(b"", b"".join(f"{n};{v};".encode() for n, v in told(order)), "sha256")
    for pairs in (told(order), signed(told(order)), [*told(order), ("checksum", nobody.hex())]):
        for path in PATHS:
            assert by_get(client, path, pairs).status_code == 403
    assert money.row(order) == before
    money.sandbox.bank.pay(order)
    money.clock.forward(seconds=15)
    money.turn()
    assert money.state(order) == "credited"  # asking tells us


def test_the_gateways_certificate_lets_its_signature_in(money: Money, tmp_path: Path) -> None:
    order = money.registered()
    cert = tmp_path / "cert.pem"
    cert.write_text(money.sandbox.bank.certificate_pem, encoding="ascii")
    client = at(money, sber_callback_key=SecretStr(""), sber_callback_cert=cert).test_client()
    pairs = [*told(order), ("sign_alias", "x"), ("checksum", rsa_checksum(dict(told(order))))]
    assert by_get(client, PATHS[1], pairs).status_code == 200
    assert money.row(order).ask_at == money.clock.now
    assert by_get(client, PATHS[1], signed(told(order))).status_code == 403  # no key is set


def test_a_certificate_that_cannot_be_read_stops_the_start_and_says_so(money: Money) -> None:
    for path in (Path("/nowhere.pem"), Path(__file__)):
        with pytest.raises(SettingsError, match="SBER_CALLBACK_CERT"):
            at(money, sber_callback_cert=path)


def test_a_callback_that_comes_while_we_ask_is_not_lost(money: Money) -> None:
    """The bank's old word is on its way to us when the payer pays and the bank calls."""
    order = money.registered()
    money.clock.forward(hours=2)
    money.sandbox.faults.set("bank", "stall", method="getOrderStatusExtended.do", times=1)
    asked = len(money.asked("getOrderStatusExtended.do"))
    with ThreadPoolExecutor(1) as asking:
        slow = asking.submit(money.ask_due)
        wait_for(lambda: len(money.asked("getOrderStatusExtended.do")) > asked, "our question")
        money.sandbox.bank.pay(order)
        money.clock.forward(seconds=1)
        by_get(money.app.test_client(), PATHS[0], signed(told(order)))
        money.clock.forward(seconds=1)
        money.sandbox.faults.clear()
        assert slow.result(30) == 1
    assert money.state(order) == "registered"
    money.turn()  # not half an hour later
    assert money.state(order) == "credited"
