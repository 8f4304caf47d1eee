"""The merchant's side: calls of the gateway's methods, and a server that takes its callbacks."""

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from smartyard.sandbox import Sandbox

SOON = 20.0  # seconds that a busy machine is given
BACK = "https://shop.example/back"


def ask(sandbox: Sandbox, method: str, timeout: float = SOON, **form: Any) -> dict[str, Any]:
    """A REST method with the merchant's own login."""
    account = {"userName": "demo-api", "password": "demo"}
    answer = requests.post(
        f"{sandbox.bank_url}/payment/rest/{method}", data=account | form, timeout=timeout
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def register(sandbox: Sandbox, number: str, amount: int, **more: Any) -> str:
    """The bank's id of a new order."""
    form = {"orderNumber": number, "amount": amount, "returnUrl": BACK} | more
    told = ask(sandbox, "register.do", **form)
    assert set(told) == {"orderId", "formUrl"}
    return str(told["orderId"])


def status(sandbox: Sandbox, number: str) -> dict[str, Any]:
    return ask(sandbox, "getOrderStatusExtended.do", orderNumber=number)


def wait_for(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, f"waited {SOON} s for: {what}"
        time.sleep(0.01)


class Shop(ThreadingHTTPServer):
    """Answers callbacks with `statuses` in turn, the last of them for ever; keeps what came."""

    def __init__(self) -> None:
        self.statuses = [200]
        self.delay = 0.0
        self.came: list[dict[str, str]] = []
        self.methods: list[str] = []
        super().__init__(("127.0.0.1", 0), _Callback)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/pay/callback"

    def operations(self, number: str = "") -> list[tuple[str, str]]:
        return [
            (one["operation"], one["status"])
            for one in self.came
            if number in ("", one["orderNumber"])
        ]


class _Callback(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:  # pylint: disable=invalid-name
        self._take(urlsplit(self.path).query)

    def do_POST(self) -> None:  # pylint: disable=invalid-name
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        self._take(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _take(self, form: str) -> None:
        self.server.methods.append(self.command)
        self.server.came.append(dict(parse_qsl(form, strict_parsing=True)))
        time.sleep(self.server.delay)
        statuses = self.server.statuses
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:  # pylint: disable=arguments-differ
        pass
