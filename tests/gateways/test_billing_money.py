"""The methods about money: when billing has done something, and when that is not sure."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from socket import socket

import pytest

from smartyard.gateways.billing import BillingGateway, BillingLacks, BillingRefused
from smartyard.gateways.billing_money import (
    BillingMoney,
    CancellationNotice,
    Confirmation,
    DocumentData,
)
from smartyard.gateways.transport import AnswerLost, Rubbish
from smartyard.phones import Phone
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import Seen, Server, hang, reply, serving

PHONE = Phone("79001234567")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

Method = Callable[[BillingMoney], object]
MOVING: dict[str, Method] = {
    "confirmpayment": lambda money: money.confirm(
        Confirmation("sy1", "1001", 100, PHONE, "b1", AT)
    ),
    "cancelpayment": lambda money: money.cancel(CancellationNotice("sy1", 100, 100, "refund", AT)),
}
DOCUMENTS: dict[str, Method] = {
    "getinvoicedata": lambda money: money.invoice("1001", 100),
    "getreceiptdata": lambda money: money.receipt("1001", "7"),
}


def money_at(server: Server, make_outside: OutsideMaker, **changed: float) -> BillingMoney:
    gateway = BillingGateway(make_outside(**changed), url=server.url, token="", zone=UTC)
    return BillingMoney(gateway)


def said(**envelope: object) -> bytes:
    return json.dumps({"name": "", "message": ""} | envelope).encode()


@pytest.mark.parametrize("method", MOVING)
@pytest.mark.parametrize("envelope", [{"code": 200}, {"code": "200", "data": None}], ids=str)
def test_an_envelope_of_200_is_done(
    make_outside: OutsideMaker, method: str, envelope: dict[str, object]
) -> None:
    with serving(reply(200, said(**envelope))) as server:
        MOVING[method](money_at(server, make_outside))
        assert [seen.path for seen in server.seen] == [f"/{method}"]


@pytest.mark.parametrize("method", MOVING)
@pytest.mark.parametrize(
    ("status", "body", "means"),
    [
        (204, b"", Rubbish),
        (200, b"", Rubbish),
        (200, said(code=201), Rubbish),
        (200, said(code=202, data="accepted"), Rubbish),
        (202, said(code=399), Rubbish),
        (200, b"<html>fine</html>", Rubbish),
        (200, said(code=422), BillingRefused),
        (200, said(code=404), BillingLacks),
        (404, b"", BillingLacks),
    ],
)
def test_anything_else_is_not_done(
    make_outside: OutsideMaker, method: str, status: int, body: bytes, means: type[Exception]
) -> None:
    with serving(reply(status, body)) as server, pytest.raises(means):
        MOVING[method](money_at(server, make_outside))


def test_accounts_are_asked_by_both_names_within_one_deadline(make_outside: OutsideMaker) -> None:
    """The first name takes most of the time to say that it is not there; the second is silent."""

    def behave(seen: Seen, connection: socket, closing: threading.Event) -> bool:
        if seen.path == "/getlist":
            return hang(seen, connection, closing)
        closing.wait(1.6)
        return reply(404)(seen, connection, closing)

    with serving(behave) as server:
        money = money_at(server, make_outside, total=2.0)
        began = time.monotonic()
        with pytest.raises(AnswerLost):
            money.accounts(PHONE)
        assert time.monotonic() - began < 3.0
        assert [seen.path for seen in server.seen] == ["/getpaymentslist", "/getlist"]


@pytest.mark.parametrize("told", ["1e999997", "1e999999", "-9e9999999", "1e16", "Infinity", "NaN"])
def test_a_sum_beyond_all_money_cannot_be_read_and_takes_no_time(
    make_outside: OutsideMaker, told: str
) -> None:
    began = time.monotonic()
    rows = [{"id": 1, "date": "01.02.2026", "sum": told}]
    with serving(reply(200, said(code=200, data=rows))) as server, pytest.raises(Rubbish):
        money_at(server, make_outside).history("1001", 2026)
    assert time.monotonic() - began < 3.0


@pytest.mark.parametrize("method", DOCUMENTS)
def test_a_document_without_a_row_cannot_be_read(make_outside: OutsideMaker, method: str) -> None:
    row = {"number": 7, "date": "01.02.2026", "sum": "1.50"}
    with serving(reply(200, said(code=200, data=[]))) as server:
        money = money_at(server, make_outside)
        for data in ([], None, {}):
            server.behaviour = reply(200, said(code=200, data=data))
            with pytest.raises(Rubbish):
                DOCUMENTS[method](money)
        for good in (row, [row]):
            server.behaviour = reply(200, said(code=200, data=good))
            assert DOCUMENTS[method](money) == DocumentData(
                number="7", date="01.02.2026", sum="1,50"
            )
