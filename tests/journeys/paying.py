"""An installation that takes money, run as processes, and the apps' ways to pay (client contract,
section 3): each call is what that app sends, to our server or past it to the bank.
"""

import base64
import json
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa

from smartyard.launcher.postgres import Cluster
from smartyard.sandbox import Sandbox
from tests.fixtures.database import engine_of, environment_of
from tests.fixtures.ports import free_port
from tests.fixtures.processes import Process, Server, outside_of

CARD = {"action": "pay", "pan": "4111 1111 1111 1111", "expiry": "12/30", "cvc": "123"}


class Installation:
    """The server, the worker and their database; the port stays the same when they begin anew."""

    def __init__(
        self, cluster: Cluster, database: str, sandbox: Sandbox, folder: Path, **settings: Any
    ) -> None:
        self.sandbox = sandbox
        self.engine = engine_of(cluster, database, poolclass=sa.NullPool)
        self._port = free_port()
        self._folder = folder
        url = f"http://127.0.0.1:{self._port}"
        told = {
            "server_url": url,
            "sber_url": sandbox.bank_url,
            "sber_user": "demo-api",
            "sber_password": "demo",
            "sber_callback_key": "demo-callback-key",
            "pay_schedule": "* * * * * *",
            "pay_ask_first": 1,
            "pay_retry_first": 1,
        }
        self._environment = environment_of(cluster, database, folder) | outside_of(
            sandbox, **told | settings
        )
        sandbox.bank.callback_url = f"{url}/api/pay/callback"
        self.server = self._serve()
        self.worker = self._work()
        self.server.ready()

    def _serve(self) -> Server:
        return Server(self._environment, self._folder / "server.log", self._port)

    def _work(self) -> Process:
        words = ("flask", "--app", "app", "worker")
        return Process(*words, environment=self._environment, log=self._folder / "worker.log")

    def kill_one_of_the_server(self) -> None:
        """gunicorn notices, and begins another."""
        with suppress(IndexError, OSError):  # the server may be beginning just now
            os.kill(self.server.children()[0], signal.SIGKILL)

    def kill_server(self) -> None:
        """All of it, and begin it anew."""
        self.server.kill_all()
        self.server = self._serve().ready()

    def kill_worker(self) -> None:
        """And begin it anew."""
        self.worker.kill_all()
        self.worker = self._work()

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            found = connection.execute(sa.text(statement), values).mappings()
            return [dict(row) for row in found]

    def change(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement))

    def bugs(self) -> list[str]:
        """Every trace in the logs of both, with the lines around it."""
        found = []
        for name in ("server.log", "worker.log"):
            lines = (self._folder / name).read_text(encoding="utf-8", errors="replace").split("\n")
            for at, line in enumerate(lines):
                if line.startswith("Traceback"):
                    found.append("\n".join([name, *lines[max(0, at - 2) : at + 60]]))
        return found

    def end(self) -> None:
        self.server.end()
        self.worker.end()
        self.engine.dispose()


class App:
    """Somebody's app, signed in. Amounts are what the app writes, kopecks."""

    def __init__(self, installation: Installation, phone: str) -> None:
        self._installation = installation
        self.phone = phone
        server, sandbox = installation.server, installation.sandbox
        assert server.post("user/requestCode", body={"userPhone": phone}).status_code == 204
        code = sandbox.code_for(phone, within=10)
        answer = server.post("user/confirmCode", body={"userPhone": phone, "smsCode": code})
        assert answer.status_code == 200, answer.text
        self._token = answer.json()["data"]["accessToken"]

    def call(self, path: str, body: Any = None, *, signed: bool = True) -> requests.Response:
        return self._installation.server.post(path, self._token if signed else "", body)

    def prepare(self, contract: str, amount: str) -> requests.Response:
        return self.call("pay/prepare", {"clientId": contract, "amount": amount})

    def process(self, number: str, bank_order: str = "") -> requests.Response:
        return self.call("pay/process", {"paymentId": number, "sbId": bank_order})

    def register(self, number: str, amount: int | str, *, signed: bool = True) -> requests.Response:
        body = {"orderNumber": number, "amount": amount}
        return self.call("pay/register", body, signed=signed)

    def wallet(self, number: str, system: str, amount: int) -> requests.Response:
        token = google_token() if system == "google" else apple_token(amount)
        body = {"paymentId": number, "system": system, "paymentToken": token}
        return self.call("pay/wallet", body)

    def balance(self, contract: str) -> float:
        """Rubles, as the payments screen shows them."""
        answer = self.call("user/getPaymentsList")
        assert answer.status_code == 200, answer.text
        (account,) = [
            account
            for address in answer.json()["data"]
            for account in address["accounts"]
            if account["clientId"] == contract
        ]
        return float(account["balance"])

    # Past our server, with what is compiled into the apps of 2022.

    def register_at_bank(self, number: str, amount: str, return_url: str) -> requests.Response:
        form = {
            "userName": "demo-api",
            "password": "demo",
            "language": "ru",
            "orderNumber": number,
            "amount": amount,
            "returnUrl": return_url,
            "failUrl": "lanta://sber",
        }
        return self._bank("rest/register.do", data=form)

    def google_at_bank(self, number: str, amount: str) -> requests.Response:
        body = {
            "merchant": "demo",
            "returnUrl": "https://lanta-net.ru/",
            "paymentToken": google_token(),
            "amount": amount,
            "orderNumber": number,
        }
        return self._bank("google/payment.do", json=body)

    def apple_at_bank(self, number: str, amount: int) -> requests.Response:
        body = {"merchant": "demo", "orderNumber": number, "paymentToken": apple_token(amount)}
        return self._bank("applepay/payment.do", json=body)

    def _bank(self, path: str, **content: Any) -> requests.Response:
        url = f"{self._installation.sandbox.bank_url}/payment/{path}"
        return requests.post(url, timeout=20, **content)


def google_token() -> str:
    """Android's Base64.DEFAULT breaks the lines."""
    content: Mapping[str, str] = {"signature": "s" * 100, "protocolVersion": "ECv1"}
    return base64.encodebytes(json.dumps(content).encode()).decode()


def apple_token(amount: int) -> str:
    """The sum is inside it."""
    return base64.b64encode(json.dumps({"amount": amount}).encode()).decode()


def pay_by_card(form_url: str) -> requests.Response:
    """Somebody opens the bank's page in a browser and presses «Оплатить»."""
    page = requests.get(form_url, timeout=20)
    assert page.status_code == 200 and "Оплатить" in page.text
    return requests.post(form_url, data=CARD, timeout=20, allow_redirects=False)
