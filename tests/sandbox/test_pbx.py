"""The telephone exchange of the sandbox: what it asks, and what comes of each answer."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from smartyard.sandbox import Sandbox

PICTURE = b"\xff\xd8\xff a picture \xff\xd9"
PHONE, HASH = "my-phone", "0123456789abcdef0123456789abcdef"


class Provider(ThreadingHTTPServer):
    """A server of ours as the exchange sees it: answers what a test tells it to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.status = 200
        self.answer: dict[str, Any] = {}
        super().__init__(("127.0.0.1", 0), _Question)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def says(self, status: int = 200, **changes: Any) -> None:
        login = {"extension": "2000001", "password": HASH}
        told = {"allowed": True, "flatId": 10101, "flatNumber": "1", "dtmf": "1", "opens": False}
        self.status = status
        self.answer = {"data": told | {"handset": True, "logins": [login]} | changes}


class _Question(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:  # pylint: disable=invalid-name
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.headers["Authorization"], body))
        self._send(self.server.status, json.dumps(self.server.answer).encode())

    def do_GET(self) -> None:  # pylint: disable=invalid-name
        found = self.path == f"/api/call/camshot/{HASH}"
        self._send(200 if found else 404, PICTURE)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:  # pylint: disable=arguments-differ
        pass


@pytest.fixture(name="provider")
def provider_fixture(sandbox: Sandbox) -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    server.says()
    sandbox.pbx.url, sandbox.pbx.key = f"{server.url}/api/hooks/ring", "sy_key"
    yield server
    sandbox.pbx.url = sandbox.pbx.key = ""
    sandbox.pbx.key_file = None
    server.shutdown()
    thread.join()
    server.server_close()


def act(sandbox: Sandbox, **what: Any) -> int:
    return requests.post(f"{sandbox.page_url}/calls", json=what, timeout=10).status_code


def last(sandbox: Sandbox) -> dict[str, Any]:
    calls = requests.get(f"{sandbox.page_url}/calls", timeout=10).json()
    return dict(calls[-1])


def lines(sandbox: Sandbox) -> list[str]:
    return [line["text"] for line in sandbox.panels.lines]


def test_a_call_is_asked_about_and_goes_on_until_somebody_opens(
    sandbox: Sandbox, provider: Provider
) -> None:
    assert act(sandbox, panel="sokol", flat="5") == 200
    ((bearer, question),) = provider.asked
    assert bearer == "Bearer sy_key" and {**question, "callId": ""} == {
        "panel": "1021",
        "flat": "5",
        "callId": "",
    }
    call = last(sandbox)
    assert (call["state"], call["panel"], call["flat"], call["logins"]) == ("rings", "sokol", 5, 1)
    assert HASH not in json.dumps(call)
    assert lines(sandbox) == ["Calling to 5 flat..."] and sandbox.panels.sokol.openings == []
    assert act(sandbox, call=call["id"], act="open") == 200
    assert last(sandbox)["state"] == "opened"
    assert [one["by"] for one in sandbox.panels.sokol.openings] == ["dtmf"]
    assert lines(sandbox)[1:] == ["Open main door by DTMF", "All calls are done"]
    assert act(sandbox, call=call["id"], act="open") == 422  # it is over
    assert len(sandbox.panels.sokol.openings) == 1


def test_a_call_of_nobodys_opens_nothing(sandbox: Sandbox, provider: Provider) -> None:
    first = sandbox.pbx.ring("beward", 1)
    sandbox.pbx.hang_up(first)
    sandbox.pbx.hang_up(first)
    second = sandbox.pbx.ring("beward", 1)
    sandbox.pbx.ring("sokol", 5)
    sandbox.pbx.ring("beward", 12)  # which ends the second
    states = {call["id"]: call["state"] for call in sandbox.pbx.listed()}
    assert [*states.values()] == ["over", "over", "rings", "rings"]
    assert act(sandbox, call=second, act="open") == 422
    assert len(provider.asked) == len({told["callId"] for _, told in provider.asked}) == 4
    assert sandbox.panels.beward.openings == []


def test_what_the_server_says_is_done(sandbox: Sandbox, provider: Provider) -> None:
    provider.says(opens=True)
    sandbox.pbx.ring("beward", 1)
    assert (last(sandbox)["state"], last(sandbox)["by_itself"]) == ("opened", True)
    assert [one["by"] for one in sandbox.panels.beward.openings] == ["dtmf"]
    provider.says(allowed=False, cause="Закрыто.", opens=False, logins=[])
    sandbox.pbx.ring("beward", 1)
    assert (last(sandbox)["state"], last(sandbox)["why"]) == ("refused", "Закрыто.")
    provider.status, provider.answer = 401, {"message": "Ключ неверен."}
    sandbox.pbx.ring("beward", 1)
    assert (last(sandbox)["state"], last(sandbox)["why"]) == ("failed", "401: Ключ неверен.")
    provider.status, provider.answer = 200, {"data": []}
    sandbox.pbx.ring("beward", 1)
    assert last(sandbox)["state"] == "failed"
    assert len(sandbox.panels.beward.openings) == 1
    assert lines(sandbox).count("All calls are done for apartment 1 [61255]") == 4


def test_who_rings_is_seen_as_a_phone_that_was_told_sees_it(
    sandbox: Sandbox, provider: Provider
) -> None:
    call = sandbox.pbx.ring("beward", 1)
    picture = f"{sandbox.page_url}/calls/{call}/picture"
    assert last(sandbox)["phones"] == []
    assert requests.get(picture, timeout=10).status_code == 404
    image = f"{provider.url}/api/call/camshot/{HASH}"
    data = {"hash": HASH, "image": image, "server": "sip.example.com"}
    sandbox.fcm.pushes.append({"token": PHONE, "data": data, "at": time.time()})
    other = {"token": "other", "data": {"hash": "f" * 32}, "at": time.time()}
    sandbox.fcm.pushes.append(other)
    assert last(sandbox)["phones"] == [PHONE]
    shown = requests.get(picture, timeout=10)
    assert (shown.headers["Content-Type"], shown.content) == ("image/jpeg", PICTURE)
    data["image"] = f"{provider.url}/api/call/camshot/over"
    assert requests.get(picture, timeout=10).status_code == 404
    pushes = requests.get(f"{sandbox.page_url}/pushes", timeout=10).json()
    assert (pushes[0]["kind"], pushes[0]["image"]) == ("call", data["image"])


def test_the_key_is_read_when_it_is_needed(
    sandbox: Sandbox, provider: Provider, tmp_path: Path
) -> None:
    sandbox.pbx.key_file = tmp_path / "key"
    sandbox.pbx.ring("beward", 1)
    assert last(sandbox)["state"] == "failed" and provider.asked == []
    sandbox.pbx.key_file.write_text("sy_from_a_file\n")
    sandbox.pbx.ring("beward", 1)
    assert last(sandbox)["state"] == "rings" and provider.asked[0][0] == "Bearer sy_from_a_file"


@pytest.mark.parametrize(
    "wrong",
    [
        {"panel": "relay", "flat": 1},
        {"panel": "nobody", "flat": 1},
        {"panel": "beward"},
        {"panel": "beward", "flat": "x"},
        {"call": 1, "act": "dance"},
        {"call": 424242, "act": "open"},
        {},
    ],
)
def test_what_cannot_be_done_is_422(
    sandbox: Sandbox, provider: Provider, wrong: dict[str, Any]
) -> None:
    assert act(sandbox, **wrong) == 422
    assert provider.asked == [] and sandbox.pbx.listed() == []
