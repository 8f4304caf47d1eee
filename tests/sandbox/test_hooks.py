"""The receiver of webhooks: it tells a right signature from a wrong one, by the library's."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from smartyard.sandbox import Sandbox

SECRET, OTHER = ("whsec_" + letter * 32 for letter in "ab")
BODY = '{"type":"webhook.test","timestamp":"2026-11-30T09:00:00.000Z","data":{"text":"Ёлка"}}'


def send(
    sandbox: Sandbox, *secrets: str, name: str = "msg_1", age: float = 0, body: str = BODY
) -> int:
    at = datetime.now(UTC) - timedelta(seconds=age)
    signed = [Webhook(secret).sign(name, at, BODY) for secret in secrets]
    headers = {"webhook-id": name, "webhook-timestamp": str(int(at.timestamp()))}
    headers["webhook-signature"] = " ".join(signed)
    url = sandbox.webhooks_url
    return requests.post(url, body.encode(), headers=headers, timeout=10).status_code


def shown(sandbox: Sandbox) -> list[dict[str, Any]]:
    told = requests.get(sandbox.page_url + "/state", timeout=10).json()["webhooks"]
    assert told["url"] == sandbox.webhooks_url
    return list(told["taken"])


def learn(sandbox: Sandbox, secret: Any) -> int:
    url = sandbox.page_url + "/webhooks"
    return requests.post(url, json={"secret": secret}, timeout=10).status_code


def test_what_comes_is_shown_once_with_its_signature(sandbox: Sandbox) -> None:
    assert send(sandbox, SECRET) == 200
    assert [one["signature"] for one in shown(sandbox)] == ["unknown"], "no secret was told"
    assert learn(sandbox, SECRET) == 200 == learn(sandbox, SECRET)
    assert send(sandbox, SECRET) == 200 == send(sandbox, OTHER, SECRET, name="msg_2")
    newest, first = shown(sandbox)
    assert (first["times"], first["signature"]) == (2, "right") and newest["id"] == "msg_2"
    assert first["body"]["data"] == {"text": "Ёлка"}
    requests.post(sandbox.page_url + "/reset", json={}, timeout=10)
    assert not shown(sandbox) and send(sandbox, OTHER) == 200


def test_what_nobody_of_ours_signed_is_not_taken(sandbox: Sandbox) -> None:
    learn(sandbox, SECRET)
    assert send(sandbox, OTHER) == 401 == send(sandbox)
    assert send(sandbox, SECRET, body=BODY.replace("Ёлка", "Ель")) == 401
    assert send(sandbox, SECRET, age=400) == 401 == send(sandbox, SECRET, age=-400)
    assert {one["signature"] for one in shown(sandbox)} == {"wrong"}
    sandbox.hooks.now = lambda: time.time() + 400
    assert send(sandbox, SECRET, age=-400) == 200, "a test may move the time"


@pytest.mark.parametrize("secret", ["", "whsec_$$$", "abc", None, 5, ["whsec_aaaa"]])
def test_what_is_no_secret_is_not_learnt(sandbox: Sandbox, secret: Any) -> None:
    assert learn(sandbox, secret) == 422 and sandbox.hooks.secrets == []
