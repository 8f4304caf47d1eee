"""Calls: tried at once, once, never late, with all that each of the four apps reads."""

from dataclasses import replace
from uuid import uuid4

import pytest

from smartyard.db import transaction
from smartyard.push.service import Taken
from tests.fixtures.town import together
from tests.fixtures.world import NORMAL, SECOND
from tests.inbox.telling import tell
from tests.push.conftest import CALL, Phones

# The columns of the table in client-contract.md, section 5; what only some need, all are sent.
REQUIRED = {
    "server", "port", "transport", "extension", "callerId", "pass", "dtmf", "image", "live",
    "timestamp", "ttl", "flatId", "flatNumber", "hash",
}  # fmt: skip


def waiting(phones: Phones) -> list[int]:
    return [ring for (ring,) in phones.town.rows("SELECT id FROM rings ORDER BY id")]


def take(phones: Phones) -> list[Taken]:
    app = phones.town.app
    assert app is not None
    with app.app_context():
        return phones.service.take_rings(waiting(phones))


def rung(phones: Phones) -> None:
    """What the worker does with the calls that wait."""
    app = phones.town.app
    assert app is not None
    for taken in take(phones):
        with app.app_context():
            phones.service.ring_one(taken)


def test_every_app_finds_what_it_needs_and_every_value_is_a_string(phones: Phones) -> None:
    phones.sign_in("phone")
    phones.ring()
    rung(phones)
    (told,) = phones.got("phone")
    assert set(told) == REQUIRED | {"stun", "stun_transport"}
    assert all(isinstance(value, str) and value for value in told.values())
    assert told["port"] == "5060" and told["pass"] == "a secret of SIP"
    for number in ("timestamp", "ttl", "flatId"):  # Android reads them as integers
        assert str(int(told[number])) == told[number]
    assert int(told["timestamp"]) == int(phones.town.clock().timestamp())
    (push,) = phones.town.sandbox.pushes("phone")
    assert "notification" not in push and push["android"] == {"priority": "high", "ttl": "30s"}
    assert push["apns"]["payload"]["aps"]["mutable-content"] == 1


def test_all_devices_of_the_flat_ring_whatever_they_want_to_read(phones: Phones) -> None:
    phones.sign_in("phone").post("user/notification", {"enable": "f"})
    phones.sign_in("tablet")
    phones.sign_in("other", SECOND)
    phones.sign_in("huawei", pushService="hms")
    assert len(phones.ring()) == 2
    rung(phones)
    assert [len(phones.got(token)) for token in ("phone", "tablet", "other", "huawei")] == [
        1, 1, 0, 0,
    ]  # fmt: skip


def test_a_call_is_tried_once_whatever_becomes_of_it(phones: Phones) -> None:
    phones.sign_in("phone")
    phones.sign_in("broken-tablet")
    phones.ring()
    phones.town.sandbox.faults.set("fcm", "error", method="send")
    rung(phones)
    phones.town.sandbox.faults.clear()
    rung(phones)
    sent = [body for name, body in phones.town.sandbox.calls("fcm") if name == "send"]
    assert len(sent) == 2 and waiting(phones) == []


def test_a_worker_that_comes_late_rings_nobody(phones: Phones) -> None:
    phones.sign_in("phone")
    phones.ring()
    phones.town.clock.forward(seconds=30)
    assert take(phones) == [] and waiting(phones) == []


def test_a_device_whose_turn_comes_too_late_is_not_rung(
    phones: Phones, caplog: pytest.LogCaptureFixture
) -> None:
    """Others were before it, and Firebase took its time for each of them."""
    phones.sign_in("phone")
    phones.ring()
    (taken,) = take(phones)
    phones.town.clock.forward(seconds=30)
    app = phones.town.app
    assert app is not None
    with app.app_context():
        phones.service.ring_one(taken)
    assert not phones.town.sandbox.calls("fcm") and "is not rung" in caplog.text


def test_a_call_that_is_rung_after_a_while_lives_for_the_rest_only(phones: Phones) -> None:
    phones.sign_in("phone")
    phones.ring()
    began = int(phones.town.clock().timestamp())
    phones.town.clock.forward(seconds=12)
    rung(phones)
    (push,) = phones.town.sandbox.pushes("phone")
    assert push["android"]["ttl"] == "18s"
    assert push["apns"]["headers"]["apns-expiration"] == str(began + 30)


def test_what_more_is_told_changes_nothing_that_the_apps_need(phones: Phones) -> None:
    phones.sign_in("phone")
    phones.ring(replace(CALL, more={"domophoneId": "7"} | dict.fromkeys(REQUIRED, "another")))
    rung(phones)
    (told,) = phones.got("phone")
    assert "another" not in told.values() and told["domophoneId"] == "7"


def test_calls_go_out_while_messages_are_turned_away(phones: Phones) -> None:
    phones.sign_in("broken-tablet", SECOND)
    phones.sign_in("phone")
    for _ in range(phones.town.settings.breaker_failures):
        tell(phones.town, phone=SECOND)
        assert phones.work() == [False]
    tell(phones.town)
    assert phones.work() == [False] and not phones.got("phone"), "the breaker was not open"
    phones.ring()
    rung(phones)
    (told,) = phones.got("phone")
    assert told["callerId"] == CALL.caller_id


def test_many_workers_ring_a_device_once(phones: Phones) -> None:
    phones.sign_in("phone")
    phones.ring()
    ids = waiting(phones)
    app = phones.town.app
    assert app is not None

    def worker(_: int) -> int:
        with app.app_context():
            taken = phones.service.take_rings(ids)
            for one in taken:
                phones.service.ring_one(one)
            return len(taken)

    assert sorted(together(6, worker)) == [0] * 5 + [1]
    assert len(phones.got("phone")) == 1


def test_a_device_that_is_gone_meanwhile_is_no_reason_to_ring_nobody(phones: Phones) -> None:
    phones.sign_in("phone")
    other = phones.sign_in("other", SECOND)
    app = phones.town.app
    assert app is not None
    with app.app_context(), transaction():
        calls = {uuid4(): CALL} | {
            one: CALL for one in phones.service.devices([NORMAL, SECOND])  # type: ignore[list-item]
        }
        phones.service.ring(calls)
    other.post("user/deleteAccount")
    rung(phones)
    assert (len(phones.got("phone")), len(phones.got("other"))) == (1, 0)


def test_a_token_that_is_gone_is_forgotten_and_rings_no_more(phones: Phones) -> None:
    phones.sign_in("gone-1")
    assert len(phones.ring()) == 1
    rung(phones)
    assert phones.ring() == []


def test_each_device_may_have_a_call_of_its_own(phones: Phones) -> None:
    phones.sign_in("phone")
    phones.sign_in("tablet")
    app = phones.town.app
    assert app is not None
    with app.app_context(), transaction():
        first, second = phones.service.devices([NORMAL])  # type: ignore[list-item]
        phones.service.ring(
            {first: replace(CALL, extension="1"), second: replace(CALL, extension="2")}
        )
    rung(phones)
    told = [phones.got(token)[0]["extension"] for token in ("phone", "tablet")]
    assert sorted(told) == ["1", "2"]


def test_a_call_whose_transaction_failed_rings_nobody(phones: Phones) -> None:
    phones.sign_in("phone")
    app = phones.town.app
    assert app is not None
    with pytest.raises(RuntimeError), app.app_context(), transaction():
        phones.service.ring({one: CALL for one in phones.service.devices([NORMAL])})  # type: ignore[list-item]
        raise RuntimeError("the call was none")
    assert waiting(phones) == []
    assert phones.town.one("SELECT count(*) FROM procrastinate_jobs") == 0


def test_what_no_worker_took_is_deleted_with_its_secrets(phones: Phones) -> None:
    phones.sign_in("phone")
    phones.ring()
    app = phones.town.app
    assert app is not None
    with app.app_context():
        phones.service.forget_ended(phones.town.clock())
        assert len(waiting(phones)) == 1
        phones.town.clock.forward(minutes=1)
        phones.service.forget_ended(phones.town.clock())
    assert waiting(phones) == []
    assert "secret" not in repr(CALL) and "f00d" not in repr(CALL)
