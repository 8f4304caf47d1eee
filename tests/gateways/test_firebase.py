"""Firebase over real sockets: the sandbox's OAuth and FCM, and what each of their answers means."""

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.breaker import Breaker
from smartyard.gateways.firebase import FirebaseGateway, Push, PushRefused, TokenGone
from smartyard.sandbox import Sandbox
from tests.fixtures.database import ROOT
from tests.gateways.conftest import OutsideMaker

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def push(token: str = "phone-1", **changed: Any) -> Push:
    told: dict[str, Any] = {
        "data": {"action": "inbox", "badge": "3"},
        "title": "Дом",
        "body": "Вода",
        "sent_at": NOW,
        "expires_at": NOW + timedelta(seconds=30),
        "tag": "message-7",
        "badge": 3,
    }
    return Push(token, **told | changed)


@pytest.fixture(name="firebase")
def firebase_fixture(sandbox: Sandbox, make_outside: OutsideMaker) -> FirebaseGateway:
    return FirebaseGateway(
        make_outside(), url=sandbox.fcm_url, account=sandbox.fcm.service_account()
    )


def asked(sandbox: Sandbox, method: str) -> int:
    return sum(name == method for name, _ in sandbox.calls("fcm"))


def test_a_message_reaches_the_device_with_what_both_systems_show(
    firebase: FirebaseGateway, sandbox: Sandbox
) -> None:
    firebase.send(push())
    (sent,) = sandbox.pushes("phone-1")
    assert sent["data"] == {"action": "inbox", "badge": "3"}
    assert sent["notification"] == {"title": "Дом", "body": "Вода"}
    assert sent["android"] == {
        "priority": "high",
        "ttl": "30s",
        "notification": {"tag": "message-7"},
    }
    assert sent["apns"]["headers"] == {
        "apns-priority": "10",
        "apns-push-type": "alert",
        "apns-expiration": str(int(NOW.timestamp()) + 30),
        "apns-collapse-id": "message-7",
    }
    alert = {"title": "Дом", "body": "Вода"}
    assert sent["apns"]["payload"]["aps"] == {"alert": alert, "badge": 3, "sound": "default"}


def test_a_call_has_no_notification_on_android_and_is_an_alert_on_ios(
    firebase: FirebaseGateway, sandbox: Sandbox
) -> None:
    firebase.send(push(rings=True, badge=None, tag="call-1"))
    (sent,) = sandbox.pushes("phone-1")
    assert "notification" not in sent
    assert sent["android"] == {"priority": "high", "ttl": "30s"}
    aps = sent["apns"]["payload"]["aps"]
    assert aps["mutable-content"] == 1 and aps["category"] == "INCOMING_DOOR_CALL"
    assert aps["alert"] == {"title": "Дом", "body": "Вода"} and "badge" not in aps


def test_google_is_asked_for_a_token_once_for_many_pushes_at_once(
    firebase: FirebaseGateway, sandbox: Sandbox
) -> None:
    threads = [threading.Thread(target=firebase.send, args=(push(f"p{n}"),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (asked(sandbox, "token"), len(sandbox.fcm.pushes)) == (1, 8)


def test_a_token_of_ours_that_google_ended_is_replaced_and_the_push_goes_out(
    firebase: FirebaseGateway, sandbox: Sandbox
) -> None:
    firebase.send(push())
    sandbox.fcm.access.clear()
    firebase.send(push())
    assert len(sandbox.pushes("phone-1")) == 2 and asked(sandbox, "token") == 2


def test_a_foreign_key_is_not_signed_in_and_the_log_says_which_setting_it_is(
    sandbox: Sandbox, make_outside: OutsideMaker, caplog: pytest.LogCaptureFixture
) -> None:
    for account in (
        sandbox.fcm.service_account() | {"client_email": "somebody@else.example"},
        sandbox.fcm.service_account() | {"private_key": "no key"},
    ):
        firebase = FirebaseGateway(make_outside(), url=sandbox.fcm_url, account=account)
        with pytest.raises(DependencyUnavailable):
            firebase.send(push())
        assert "FCM_CREDENTIALS" in caplog.text and "no key" not in caplog.text
        caplog.clear()
    assert not sandbox.fcm.pushes


@pytest.mark.parametrize("token", ["gone-1", "foreign-1", "malformed-1"])
def test_a_token_is_gone_only_where_fcm_says_so(firebase: FirebaseGateway, token: str) -> None:
    with pytest.raises(TokenGone):
        firebase.send(push(token))


@pytest.mark.parametrize("token", ["unfit-1", "nowhere-1", "apns-1", ""])
def test_what_is_refused_for_another_reason_costs_no_token(
    firebase: FirebaseGateway, token: str
) -> None:
    with pytest.raises(PushRefused) as refused:
        firebase.send(push(token))
    assert not isinstance(refused.value, TokenGone)


@pytest.mark.parametrize("token", ["quota-1", "broken-1"])
def test_what_passes_is_told_as_such_and_asked_about_once(
    firebase: FirebaseGateway, sandbox: Sandbox, token: str
) -> None:
    with pytest.raises(DependencyUnavailable):
        firebase.send(push(token))
    assert asked(sandbox, "send") == 1


@pytest.mark.parametrize("method", ["token", "send"])
@pytest.mark.parametrize("mode, kind", [
    ("error", "html"), ("drop", "html"), ("down", "html"), ("rubbish", "html"), ("rubbish", "nan"),
    ("rubbish", "array"), ("rubbish", "cut"), ("rubbish", "huge"),
])  # fmt: skip
def test_a_broken_firebase_is_a_dependency_that_is_away(
    firebase: FirebaseGateway, sandbox: Sandbox, method: str, mode: str, kind: str
) -> None:
    if mode == "down":
        method = ""
    sandbox.faults.set("fcm", mode, method=method, kind=kind)
    with pytest.raises(DependencyUnavailable):
        firebase.send(push())


@pytest.mark.parametrize("method", ["token", "send"])
def test_one_deadline_holds_for_signing_in_and_sending_together(
    sandbox: Sandbox, make_outside: OutsideMaker, method: str
) -> None:
    account = sandbox.fcm.service_account()
    firebase = FirebaseGateway(make_outside(total=0.5), url=sandbox.fcm_url, account=account)
    sandbox.faults.set("fcm", "hang", method=method)
    began = time.monotonic()
    with pytest.raises(DependencyUnavailable):
        firebase.send(push())
    assert time.monotonic() - began < 10  # the SDK's own limit is 120 s, and it asks five times


def test_a_dead_firebase_is_left_alone_for_a_while(
    sandbox: Sandbox, make_outside: OutsideMaker
) -> None:
    outside = make_outside(breaker=Breaker(3, 60))
    account = sandbox.fcm.service_account()
    firebase = FirebaseGateway(outside, url=sandbox.fcm_url, account=account)
    firebase.send(push())
    sandbox.faults.set("fcm", "error")
    for _ in range(6):
        with pytest.raises(DependencyUnavailable):
            firebase.send(push())
    assert asked(sandbox, "send") == 4


def test_nothing_secret_is_logged(
    firebase: FirebaseGateway, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    firebase.send(push("a-secret-token"))
    with pytest.raises(TokenGone):
        firebase.send(push("gone-secret-token"))
    (access,) = sandbox.fcm.access
    for secret in ("secret-token", access, "Вода", "PRIVATE KEY"):
        assert secret not in caplog.text
    assert "secret" not in repr(push("a-secret-token"))


def test_without_an_account_nothing_is_sent(sandbox: Sandbox, make_outside: OutsideMaker) -> None:
    firebase = FirebaseGateway(make_outside(), url=sandbox.fcm_url, account=None)
    with pytest.raises(PushRefused):
        firebase.send(push())
    assert not firebase.configured and not sandbox.calls("fcm")


def test_the_server_does_not_pay_for_the_sdk() -> None:
    """It is a second of starting and 40 MB: only what sends imports it."""
    looking = (
        "import sys; from app import create_app; create_app();"
        "sdk = ('firebase_admin', 'google');"
        "print([name for name in sys.modules if name.split('.')[0] in sdk])"
    )
    done = subprocess.run(
        [sys.executable, "-c", looking],
        cwd=ROOT,
        env={"PG_HOST": "/nowhere", "SECRET_KEY": "k" * 64, "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "[]\n"
