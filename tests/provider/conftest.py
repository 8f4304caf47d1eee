"""A billing that calls us, in the words of the Perl module of earlier installations; and a program
that sends batches."""

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


SERVICES = {"cctv": "2030-12-31", "domophone": None}


class Program:
    """A provider's program with a key for batches."""

    def __init__(self, town: Town, key: str) -> None:
        assert town.app is not None
        self.town = town
        self._app = town.app
        self._key = key

    def put(self, kind: str, rows: Any, **more: Any) -> TestResponse:
        return self._app.test_client().put(
            f"/bill/v1/{kind}:batch",
            json={kind: rows, **more},
            headers={"Authorization": f"Bearer {self._key}"},
        )

    def done(self, kind: str, rows: Any, **more: Any) -> list[str]:
        """What became of each row."""
        answer = self.put(kind, rows, **more)
        assert answer.status_code == 200, answer.text
        data = answer.get_json()["data"]
        results = [one["result"] for one in data["rows"]]
        names = ("added", "changed", "same", "refused")
        assert [data[one] for one in names] == [results.count(one) for one in names]
        return results


def contract(number: int, **more: Any) -> dict[str, Any]:
    told = {"id": f"c{number}", "house": 7, "address": "ул. Новая, 7", "flat": 7000 + number}
    return told | {"owners": [str(79_100_000_000 + number)], "services": SERVICES} | more


def contracts(count: int, **more: Any) -> list[dict[str, Any]]:
    return [contract(number, **more) for number in range(1, count + 1)]


def family(number: int) -> list[str]:
    """Who lives with the owner."""
    return [str(79_200_000_000 + number)]


# Of a hundred contracts twenty may lose something within a day.
LOSING = {"blocked": True}


def many(program: Program, count: int = 100) -> None:
    assert program.done("contracts", contracts(count)) == ["added"] * count


@pytest.fixture(name="program")
def program_fixture(town: Town) -> Program:
    town.open(billing="local", billing_url="")
    return Program(town, key_of(town, "bulk", "contracts"))
