"""Apps that ask to be confirmed by a call, and the PBX that tells who called."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL

FIRST, HERE = "78000000001", "198.51.100.1"


@dataclass
class Line:
    """Apps that ask, phones that call, and the PBX that tells of it."""

    app: Flask
    key: str

    def ask(
        self, phone: str = NORMAL, address: str = HERE, method: Any = "outgoingCall", **more: str
    ) -> TestResponse:
        body = {"userPhone": phone} | ({"method": method} if method else {})
        return self.app.test_client().post(
            "/api/user/requestCode",
            json=body,
            headers=more,
            environ_base={"REMOTE_ADDR": address},
        )

    def number(self, phone: str = NORMAL, address: str = HERE) -> str:
        told = self.ask(phone, address).get_json()["data"]
        assert told["method"] == "outgoingCall", told
        (number,) = told["confirmationNumbers"]
        return str(number)

    def call(self, caller: Any = NORMAL, to: Any = FIRST, key: str = "") -> int:
        answer = self.app.test_client().post(
            "/api/hooks/call",
            json={"from": caller, "to": to},
            headers={"Authorization": f"Bearer {key or self.key}"},
        )
        return answer.status_code

    def check(self, phone: str = NORMAL, address: str = HERE, **more: str) -> TestResponse:
        return self.app.test_client().post(
            "/api/user/checkPhone",
            json={"userPhone": phone, **more},
            environ_base={"REMOTE_ADDR": address},
        )

    def token(self, **more: str) -> str:
        answer = self.check(**more)
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["data"]["accessToken"])

    def ping(self, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return self.app.test_client().post("/api/user/ping", headers=headers).status_code


@pytest.fixture(name="line")
def line_fixture(town: Town) -> Line:
    return opened(town)


def opened(town: Town, scope: str = "pbx", **changes: Any) -> Line:
    app = town.open(**changes)
    words = ["tokens", "add", scope, "--scope", scope, "--from", "127.0.0.1"]
    told = app.test_cli_runner().invoke(args=words)
    return Line(app, re.findall(r"sy_[A-Za-z0-9_-]{43}", told.stdout)[0])
