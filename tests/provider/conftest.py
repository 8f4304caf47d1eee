"""A billing that calls us, in the words of the Perl module of earlier installations."""

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.fixtures.town import Town

HERE = "127.0.0.1"
NOTHING = {
    name: "None"
    for name in (
        *("url", "stream", "title", "address", "longitude", "latitude", "record_days"),
        *("domophoneid", "monitorid", "sippassword", "dtmf", "camshot", "paneltype", "panelip"),
        *("panellogin", "panelpasswd", "is_active"),
    )
}


class Billing:
    """Signs in before each call with `[{"username": …, "password": …}]`, sends every value in
    quotes, unused ones as "None", and a slash at the end of each address."""

    def __init__(self, town: Town, key: str, name: str) -> None:
        self._town = town
        self._key = key
        self._name = name

    def send(self, method: str, body: str) -> TestResponse:
        """Byte for byte."""
        assert self._town.app is not None
        client = self._town.app.test_client()
        told = f'[{{"username":"{self._name}","password":"{self._key}"}}]'
        signed = client.post("/bill/api/auth/", data=told, content_type="application/json")
        assert signed.status_code == 200, signed.text
        headers = {"Authorization": f"Bearer {signed.get_json()['token']}"}
        return client.post(
            f"/bill/api/{method}/", data=body, content_type="application/json", headers=headers
        )

    def call(self, method: str, **values: Any) -> Any:
        """What it decodes; every single value in quotes."""
        quoted = {key: one if isinstance(one, list) else str(one) for key, one in values.items()}
        answer = self.send(method, json.dumps(quoted))
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def add_camera(self, **values: Any) -> int:
        told = {"url": "http://media.example", "title": "Двор", "device_type": 1}
        made = self.call("devices_add", **{**NOTHING, **told, **values})
        return int(made["device_id"])

    def add_lock(self, **values: Any) -> int:
        told = {"url": self._town.sandbox.relay_url, "title": "Ворота", "device_type": 3}
        return int(self.call("devices_add", **{**NOTHING, **told, **values})["device_id"])

    def add_door(self, lock: int, **values: Any) -> int:
        told = {
            "device_id": lock,
            "cam": "None",
            "entrance": "None",
            "icon": "gate",
            "name": "Ворота",
            "open": "/open/1",
            "open_trait": "GET",
        }
        return int(self.call("doors_add", **{**told, **values})["id"])


def key_of(town: Town, name: str, *scopes: str, source: str = HERE) -> str:
    """A new key, as the operator makes it."""
    app = town.app or town.open()
    words = ["tokens", "add", name, "--from", source]
    for scope in scopes:
        words += ["--scope", scope]
    done = app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 0, done.output
    return str(done.stdout.strip())


@pytest.fixture
def billing(town: Town) -> Billing:
    return Billing(town, key_of(town, "perl", "billing"), "perl")
