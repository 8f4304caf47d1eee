"""A PBX that asks about rings in the yard, and phones that are rung by the sandbox's Firebase."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from smartyard.calls.service import RingService
from smartyard.push.service import PushService
from tests.fixtures.world import Resident
from tests.fixtures.yard import BEWARD, Yard

_KEY = re.compile(r"sy_[A-Za-z0-9_-]{43}")


@dataclass
class Pbx:
    """The provider's PBX with its key."""

    yard: Yard
    credentials: Path
    key: str = ""

    def open(self, **changes: Any) -> None:
        """A server that can ring phones; `changes` are settings."""
        self.yard.town.open(
            fcm_credentials=self.credentials,
            fcm_url=self.yard.town.sandbox.fcm_url,
            **{"sip_server": "sip.example.com", "server_url": "https://smartyard.example"}
            | changes,
        )

    def take_key(self) -> None:
        words = ["tokens", "add", "pbx", "--scope", "pbx", "--from", "127.0.0.1"]
        assert self.yard.town.app is not None
        done = self.yard.town.app.test_cli_runner().invoke(args=words)
        assert done.exit_code == 0, done.output
        self.key = _KEY.findall(done.stdout)[0]

    def ring(self, call: str = "call-1", **more: Any) -> TestResponse:
        assert self.yard.town.app is not None
        return self.yard.town.app.test_client().post(
            "/api/hooks/ring",
            json={"panel": BEWARD, "flat": "1", "callId": call} | more,
            headers={"Authorization": f"Bearer {self.key}"},
        )

    def told(self, call: str = "call-1", **more: Any) -> Any:
        answer = self.ring(call, **more)
        assert answer.status_code == 200, answer.text
        return answer.get_json()["data"]

    def shot(self, name: str, hash_: str) -> TestResponse:
        assert self.yard.town.app is not None
        return self.yard.town.app.test_client().get(f"/api/call/{name}/{hash_}")

    def phone(self, who: str, token: str) -> Resident:
        """Somebody's device, which can be rung."""
        resident = self.yard.at_home(who)
        body = {"pushToken": token, "platform": "android"}
        assert resident.post("user/registerPushToken", body).status_code == 204
        return resident

    def work(self) -> None:
        """What the worker does with the rings that wait."""
        app = self.yard.town.app
        assert app is not None
        waiting = self.yard.town.rows(
            "DELETE FROM procrastinate_jobs WHERE task_name IN ('ring', 'ring_picture')"
            " RETURNING task_name, args"
        )
        with app.app_context():
            for task, told in waiting:
                if task == "ring_picture":
                    app.extensions["smartyard"][RingService].take_picture(told["ring_id"])
                    continue
                pushes = app.extensions["smartyard"][PushService]
                for taken in pushes.take_rings(told["ids"]):
                    pushes.ring_one(taken)

    def rung(self, token: str) -> list[dict[str, str]]:
        return [push["data"] for push in self.yard.town.sandbox.pushes(token)]


@pytest.fixture
def pbx(yard: Yard, tmp_path: Path) -> Pbx:
    asking = Pbx(yard, tmp_path / "firebase.json")
    yard.town.sandbox.write_service_account(asking.credentials)
    asking.open()
    asking.take_key()
    return asking
