"""A bank that says whatever a test wants of an order, on a real socket; and orders made by hand."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import sqlalchemy as sa

from tests.fixtures.money import Money
from tests.gateways.servers import Seen, Server, serving

ADD = sa.text("""
    INSERT INTO payments (order_number, contract_id, phone, amount_kopecks, currency, state, cause,
                          refunded_kopecks, created_at, updated_at, ask_at, asks)
    VALUES (:number, '1001', '79000000001', :amount, '643', 'new', 'prepared', 0,
            :at, :at, :at, 0)
    """)


class ScriptedBank:
    """`words` by order number: the answer's JSON, None for an order it does not know."""

    def __init__(self) -> None:
        self.words: dict[str, dict[str, Any] | None] = {}
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.server: Server | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return self.server.url

    def answer(self, seen: Seen, connection: socket.socket, closing: threading.Event) -> bool:
        assert not closing.is_set()
        form = {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}
        method = seen.path.rsplit("/", 1)[-1]
        self.calls.append((method, form))
        told: dict[str, Any] | None = {"errorCode": "0"}
        if method == "getOrderStatusExtended.do":
            told = self.words.get(form["orderNumber"])
        body = json.dumps(told or {"errorCode": "6", "errorMessage": "Неизвестный номер"}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)
        return False


@contextmanager
def scripted() -> Iterator[ScriptedBank]:
    bank = ScriptedBank()
    with serving(bank.answer) as bank.server:
        yield bank


def word(number: str, status: int, amount: int | None = 15042, **more: Any) -> dict[str, Any]:
    """The gateway's answer; `deposited`, `refunded`, `currency`, `md_order` as wanted."""
    deposited = more.get("deposited", amount if status in (2, 4) else 0)
    return {
        "errorCode": "0",
        "orderNumber": number,
        "orderStatus": status,
        "amount": amount,
        "currency": more.get("currency", "643"),
        "attributes": [{"name": "mdOrder", "value": more.get("md_order", f"bank-{number}")}],
        "paymentAmountInfo": {
            "depositedAmount": deposited,
            "refundedAmount": more.get("refunded", 0),
        },
    }


def add_order(money: Money, number: str, amount: int = 15042) -> str:
    """A new order, as `prepare` leaves it."""
    with money.engine.begin() as connection:
        at = money.clock.now
        connection.execute(ADD, {"number": number, "amount": amount, "at": at})
    return number
