"""Sending until it is taken: retries, pauses, endpoints that are gone, two workers, new secrets."""

import logging
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from smartyard.db import transaction
from smartyard.webhooks.outbox import WebhookOutbox
from smartyard.webhooks.sending import schedule
from smartyard.webhooks.sending.service import SendingService
from tests.fixtures.town import Town, together
from tests.gateways.servers import Seen, hang, serving, whole
from tests.webhooks.conftest import Post, verified

OpenPost = Callable[..., Post]


def tell(post: Post, count: int = 1, first: int = 1) -> None:
    """So many tickets are made."""
    outbox: WebhookOutbox = post.service(WebhookOutbox)
    with post.app.app_context(), transaction():
        for number in range(first, first + count):
            key = f"REM-{number}"
            outbox.put("ticket.created", key, post.clock(), {"key": key})


def rest(post: Post) -> float:
    """For how long the only endpoint is left alone, in seconds."""
    ((next_at,),) = post.rows("SELECT next_at FROM webhook_endpoints")
    return float((next_at - post.clock()).total_seconds())


FAULTS = ["refuse", "error", "hang", "stall", "drop", "down", "moved", "limited", "rubbish"]


@pytest.mark.parametrize("mode", FAULTS)
def test_what_is_not_taken_is_sent_again_under_the_same_id(
    town: Town, open_post: OpenPost, mode: str
) -> None:
    post = open_post(webhook_timeout=3.0)
    secret = post.add()
    tell(post)
    town.sandbox.faults.set("webhooks", mode, kind="huge")
    assert post.turn() == 0 and post.states == ["waiting"]
    assert post.turn() == 0, "it is left alone for a while"
    assert rest(post) == (120 if mode == "limited" else 5)
    town.sandbox.faults.clear(abandon=True)
    town.clock.forward(seconds=130)  # as long as the one that is limited asks for
    assert post.turn() == 1 and post.states == ["delivered"]
    (told,) = post.told
    assert told["data"] == {"key": "REM-1"}
    assert len({sent["id"] for sent in post.sent}) == 1
    assert {sent["path"] for sent in post.sent} == {"/events"}, "a redirect is not followed"
    assert verified(secret, post.sent[-1]) == told
    (taken,) = town.sandbox.hooks.taken.values()
    assert taken["times"] == (2 if mode in ("drop", "stall") else 1)


def test_one_that_says_it_is_gone_is_told_nothing_until_it_is_switched_on(
    town: Town, post: Post
) -> None:
    post.add()
    tell(post, 3)
    town.sandbox.faults.set("webhooks", "gone")
    assert post.turn() == 0
    asked = len(post.sent)
    town.clock.forward(days=2)
    tell(post, first=9)
    assert post.turn() == 0 and len(post.sent) == asked
    assert len(post.states) == 3, "and nothing is kept for it"
    assert "выключен" in post.run("list").output and "ответ 410" in post.run("show", "crm").output
    town.sandbox.faults.clear()
    assert post.run("on", "crm").exit_code == 0
    assert post.turn() == 3 and post.states == ["delivered"] * 3


def test_one_that_is_dead_is_tried_by_one_message_and_slows_no_other(
    town: Town, open_post: OpenPost
) -> None:
    with serving(hang) as dead:
        post = open_post(webhook_timeout=1.0)
        post.add("ticket.created", name="dead", url=dead.url)
        post.add("ticket.created", name="crm")
        tell(post, 9)
        assert post.turn() == 9
        assert len(dead.seen) == 4, "as many as are sent at once"
        for turns in range(1, 4):
            town.clock.forward(seconds=301)
            assert post.turn() == 0 and len(dead.seen) == 4 + turns
    assert sorted(post.states) == ["delivered"] * 9 + ["waiting"] * 9


def test_one_that_is_back_gets_all_that_waits(town: Town, post: Post) -> None:
    post.add()
    tell(post, 9)
    town.sandbox.faults.set("webhooks", "error")
    waits = []
    for _ in range(9):
        assert post.turn() == 0
        waits.append(rest(post))
        town.clock.forward(seconds=301)
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert "не принимает с" in post.run("list").output
    town.sandbox.faults.clear()
    town.clock.forward(hours=3)
    assert post.turn() == 9 and post.states == ["delivered"] * 9
    assert "работает" in post.run("list").output


def test_one_message_that_is_never_taken_stops_no_other(town: Town, post: Post) -> None:
    def choosy(seen: Seen, connection: socket.socket, _: threading.Event) -> bool:
        connection.sendall(whole(500 if b'"REM-1"' in seen.body else 200))
        return True

    with serving(choosy) as server:
        post.add(url=server.url)
        tell(post, 3)
        taken = 0
        for number in range(4, 9):
            taken += post.turn()
            town.clock.forward(seconds=6)  # one failure between successes is a short pause
            tell(post, first=number)
    assert taken == 2 + 4 and post.states.count("waiting") == 2
    ids = [seen.headers["webhook-id"] for seen in server.seen]
    assert len(ids) == 3 + 4 + 1, "and it has waits of its own"


def test_after_ten_attempts_a_message_is_given_up_loudly(
    town: Town, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.add()
    tell(post)
    town.sandbox.faults.set("webhooks", "refuse")
    for _ in range(10):
        assert post.states == ["waiting"]
        post.turn()
        ((next_at,),) = post.rows("SELECT next_at FROM webhook_deliveries")
        town.clock.now = max(next_at, town.clock.now + timedelta(seconds=300))
    assert post.states == ["failed"] and len(post.sent) == 10
    ours = [one for one in caplog.records if one.name.endswith("sending.service")]
    levels = [one.levelno for one in ours]
    assert levels[0] == logging.WARNING and levels[-1] == logging.ERROR
    assert any("never took msg_" in one.getMessage() for one in ours)
    town.sandbox.faults.clear()
    assert post.turn() == 0
    since = (town.clock.now - timedelta(days=9)).strftime("%Y-%m-%d")
    assert "сообщений: 1" in post.run("replay", "--since", since, "--missed").output
    assert post.turn() == 1 and len({sent["id"] for sent in post.sent}) == 1


def test_the_schedule_is_the_one_of_the_specification() -> None:
    exact = [schedule.wait_after(number, 0.5) for number in range(1, 11)]
    assert exact == [*schedule.WAITS, None]
    assert 75 * 3600 < sum(schedule.WAITS) < 76 * 3600
    for chance in (0.0, 0.999):
        spread = schedule.wait_after(2, chance)
        assert spread is not None and 270 <= spread <= 330
    assert schedule.pause(1, 10**9) == 3600 and schedule.pause(10**6, 0) == 300


def test_two_workers_send_each_message_once(post: Post) -> None:
    for name in ("crm", "guards", "shop"):
        post.add(name=name)
    tell(post, 12)
    assert sum(together(4, lambda _: post.turn())) + post.turn() == 36
    assert len(post.sent) == 36 and len(post.told) == 12


def begin_turn(post: Post) -> None:
    """A worker takes the only endpoint, and nothing more is heard of it."""
    with post.app.app_context(), transaction():
        endpoints = post.service(SendingService)._endpoints  # pylint: disable=protected-access
        ((number,),) = post.rows("SELECT id FROM webhook_endpoints")
        now = post.clock()
        assert endpoints.lease(number, now, now + timedelta(seconds=60)) is not None


def test_a_killed_workers_turn_is_taken_up_when_the_lease_is_over(town: Town, post: Post) -> None:
    post.add()
    tell(post)
    begin_turn(post)
    assert post.turn() == 0 and post.sent == []  # whoever had it is dead
    town.clock.forward(seconds=60)
    assert post.turn() == 1


@pytest.mark.parametrize("off", [True, False])
def test_who_is_switched_on_is_sent_nothing_beside_a_turn_of_just_now(
    town: Town, post: Post, off: bool
) -> None:
    post.add()
    tell(post)
    begin_turn(post)
    if off:
        post.run("off", "crm")
    town.clock.forward(seconds=20)
    assert post.run("on", "crm").exit_code == 0
    assert post.turn() == 0 and rest(post) == 40
    town.clock.forward(seconds=40)
    assert post.turn() == 1


def test_who_is_switched_on_need_not_wait_for_as_long_as_it_asked(town: Town, post: Post) -> None:
    post.add()
    tell(post)
    town.sandbox.faults.set("webhooks", "limited")
    assert post.turn() == 0 and rest(post) == 120
    town.sandbox.faults.clear()
    assert post.run("on", "crm").exit_code == 0 and rest(post) == 60
    town.clock.forward(seconds=60)
    assert post.turn() == 1


def test_a_new_secret_signs_beside_the_old_one_for_a_day(town: Town, post: Post) -> None:
    old = post.add()
    done = post.run("rotate", "crm")
    new = done.stdout.strip()
    assert new.startswith("whsec_") and new != old
    tell(post)
    assert post.turn() == 1
    assert len(post.sent[0]["signature"].split(" ")) == 2
    assert verified(old, post.sent[0]) == verified(new, post.sent[0])
    town.clock.forward(hours=24)
    town.sandbox.hooks.learn(new)
    tell(post, first=2)
    assert post.turn() == 1
    assert len(post.sent[1]["signature"].split(" ")) == 1
    for secret, sent in ((old, post.sent[1]), (new, post.sent[1] | {"body": "{}"})):
        with pytest.raises(WebhookVerificationError):
            verified(secret, sent)


def test_what_another_secret_key_sealed_is_not_sent_unsigned(
    town: Town, post: Post, open_post: OpenPost, caplog: pytest.LogCaptureFixture
) -> None:
    from pydantic import SecretStr  # pylint: disable=import-outside-toplevel

    post.add()
    other = open_post(secret_key=SecretStr("another key, as long as it has to be"))
    tell(other)
    assert other.turn() == 0 and other.sent == []
    assert "cannot be read: rotate it" in caplog.text
    assert "webhooks rotate crm" in other.run("test", "crm").output
    town.sandbox.hooks.learn(other.run("rotate", "crm").stdout.strip())
    town.clock.forward(seconds=300)
    assert other.turn() == 1 and len(other.sent[0]["signature"].split(" ")) == 1


def test_what_happened_is_kept_for_its_time_only(town: Town, post: Post) -> None:
    post.add()
    tell(post)
    post.turn()
    town.clock.forward(days=13)
    tell(post, first=2)
    outbox: WebhookOutbox = post.service(WebhookOutbox)
    with post.app.app_context():
        assert outbox.forget_ended(town.clock()) == 0
        town.clock.forward(days=2)
        assert outbox.forget_ended(town.clock()) == 1
    assert post.states == ["waiting"]
    assert post.rows("SELECT data->>'key' FROM webhook_events") == [("REM-2",)]


def test_replay_sends_what_is_asked_for_again(town: Town, post: Post) -> None:
    post.add(name="crm")
    tell(post, 2)
    assert post.turn() == 2
    town.clock.forward(hours=30)
    since = town.clock().astimezone(town.settings.timezone) - timedelta(hours=1)
    recently: list[Any] = ["replay", "--since", since.strftime("%Y-%m-%dT%H:%M")]
    tell(post, 2, first=3)
    assert post.turn() == 2
    post.add("ticket.created", name="new")
    post.add("door.opened", name="doors")
    for words, count in (
        ([*recently, "--endpoint", "crm"], 2),
        ([*recently, "--endpoint", "new"], 2),  # what happened before it was added
        ([*recently, "--endpoint", "doors"], 0),
        ([*recently, "--kind", "door.opened"], 0),
        ([*recently, "--missed"], 0),
        (["replay", "--since", "2000-01-01"], 8),
    ):
        done = post.run(*words)
        assert f"сообщений: {count}." in done.output, (words, done.output)
        assert post.turn() == count
    assert len(post.sent) == 4 + 12 and len({sent["id"] for sent in post.sent}) == 4
    assert post.run("replay", "--since", "2000-01-01", "--endpoint", "none").exit_code == 1
