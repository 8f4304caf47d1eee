"""What an Outside shares between callers: places, the queue for them, and the breaker."""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from queue import SimpleQueue
from socket import socket
from typing import Any

import pytest

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.breaker import Breaker
from smartyard.gateways.transport import (
    Answer,
    AnswerLost,
    Outside,
    Request,
    Rubbish,
    Unreachable,
)
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import Behaviour, Seen, Server, raw, reply, serving, whole


class Gate:
    """Holds every request until it is opened, and counts how many it holds at the most."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.arrived: SimpleQueue[int] = SimpleQueue()
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def __call__(self, _seen: Seen, connection: socket, _closing: threading.Event) -> bool:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self.arrived.put(self.most)
        self.opened.wait(20)
        with self._lock:
            self._now -= 1
        connection.sendall(whole(200))
        return True


def ask(outside: Outside, server: Server, **how: Any) -> int:
    return outside.ask(Request("GET", server.url), lambda answer: answer.status, **how)


def test_holds_the_cap_and_turns_away_who_finds_the_queue_full(make_outside: OutsideMaker) -> None:
    gate = Gate()
    outside = make_outside(at_once=2)
    with serving(gate) as server, ThreadPoolExecutor(5) as callers:
        calls = [callers.submit(ask, outside, server) for _ in range(5)]
        first, _ = wait(calls, timeout=15, return_when=FIRST_COMPLETED)
        gate.arrived.get(timeout=15)
        gate.arrived.get(timeout=15)
        gate.opened.set()
        wait(calls, timeout=15)
        failed = [call for call in calls if call.exception()]
        assert set(failed) == first and len(failed) == 1
        with pytest.raises(Unreachable, match="too many are waiting"):
            failed[0].result()
        assert gate.most == 2 and len(server.seen) == 4


def test_how_many_may_wait_can_be_told(make_outside: OutsideMaker) -> None:
    gate = Gate()
    outside = make_outside(at_once=1, may_wait=0)
    with serving(gate) as server, ThreadPoolExecutor(1) as callers:
        held = callers.submit(ask, outside, server)
        gate.arrived.get(timeout=15)
        with pytest.raises(Unreachable, match="too many are waiting"):
            ask(outside, server)
        gate.opened.set()
        assert held.result(15) == 200


def test_waits_for_a_place_within_its_own_time(make_outside: OutsideMaker) -> None:
    gate = Gate()
    outside = make_outside(at_once=1)
    with serving(gate) as server, ThreadPoolExecutor(1) as callers:
        held = callers.submit(ask, outside, server)
        gate.arrived.get(timeout=15)
        with pytest.raises(Unreachable, match="no free place in time"):
            ask(outside, server, total=0.2)
        gate.opened.set()
        assert held.result(15) == 200
        assert ask(outside, server) == 200


def test_connections_are_shared_by_the_threads(make_outside: OutsideMaker) -> None:
    outside = make_outside(at_once=1)
    with serving(reply(200)) as server, ThreadPoolExecutor(4) as callers:
        statuses = list(callers.map(lambda _: ask(outside, server), range(2)))
        for _ in range(3):
            threading_call(lambda: ask(outside, server))
    assert statuses == [200, 200]
    assert len({seen.port for seen in server.seen}) == 1


def threading_call(call: Callable[[], object]) -> None:
    thread = threading.Thread(target=call)
    thread.start()
    thread.join(15)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _rubbish(_answer: Answer) -> int:
    raise Rubbish


@pytest.mark.parametrize(
    ("behaviour", "read"),
    [
        (reply(500), lambda answer: answer.status),
        (raw(b""), lambda answer: answer.status),
        (reply(200, b"<html>"), lambda answer: answer.json()),
        (reply(200), _rubbish),
    ],
    ids=["5xx", "lost", "HTML with 200", "read as rubbish"],
)
def test_opens_after_five_failures_in_a_row_and_tries_once(
    make_outside: OutsideMaker, behaviour: Behaviour, read: Callable[[Answer], Any]
) -> None:
    clock = Clock()
    outside = make_outside(breaker=Breaker(5, 10, clock))

    def count(how: Callable[[Answer], Any] = read) -> int:
        before = len(server.seen)
        try:
            outside.ask(Request("GET", server.url, once=True), how)
        except (Rubbish, AnswerLost, Unreachable):
            pass
        return len(server.seen) - before

    with serving(behaviour) as server:
        assert [count() for _ in range(7)] == [1, 1, 1, 1, 1, 0, 0]
        with pytest.raises(Unreachable, match="the breaker is open"):
            outside.ask(Request("GET", server.url), read)
        clock.now += 10
        assert [count(), count()] == [1, 0], "the trial failed too"
        clock.now += 10
        server.behaviour = reply(200)
        assert [count(lambda answer: answer.status) for _ in range(3)] == [1, 1, 1]


def test_a_success_between_failures_starts_the_count_again(make_outside: OutsideMaker) -> None:
    outside = make_outside(breaker=Breaker(2, 10))
    with serving(reply(200)) as server:
        for status in (500, 200, 500, 200, 500, 200):
            server.behaviour = reply(status)
            assert ask(outside, server) == status


def test_a_dead_port_opens_it(make_outside: OutsideMaker, dead_port: int) -> None:
    outside = make_outside(breaker=Breaker(2, 10))
    causes = []
    for _ in range(3):
        with pytest.raises(Unreachable) as caught:
            outside.ask(Request("GET", f"http://127.0.0.1:{dead_port}"), lambda answer: answer)
        causes.append(caught.value.cause)
    assert causes == ["COULDNT_CONNECT", "COULDNT_CONNECT", "the breaker is open"]


def test_a_refusal_never_opens_it(make_outside: OutsideMaker) -> None:
    outside = make_outside(breaker=Breaker(1, 10))

    def refuse(_answer: Answer) -> None:
        raise DependencyUnavailable(cause="refused")

    with serving(reply(403)) as server:
        for _ in range(3):
            assert ask(outside, server) == 403
            with pytest.raises(DependencyUnavailable, match="refused"):
                outside.ask(Request("GET", server.url), refuse)


def test_a_full_queue_says_nothing_about_the_outside(make_outside: OutsideMaker) -> None:
    gate = Gate()
    outside = make_outside(at_once=1, breaker=Breaker(1, 10))
    with serving(gate) as server, ThreadPoolExecutor(1) as callers:
        held = callers.submit(ask, outside, server)
        gate.arrived.get(timeout=15)
        for _ in range(3):
            with pytest.raises(Unreachable, match="no free place"):
                ask(outside, server, total=0.05)
        gate.opened.set()
        assert held.result(15) == 200
        assert ask(outside, server) == 200


def test_a_bug_in_reading_gives_place_and_trial_back(make_outside: OutsideMaker) -> None:
    clock = Clock()
    outside = make_outside(at_once=1, breaker=Breaker(1, 10, clock))
    with serving(reply(500)) as server:
        ask(outside, server)
        server.behaviour = reply(200)
        clock.now += 10
        with pytest.raises(ZeroDivisionError):
            outside.ask(Request("GET", server.url), lambda answer: 1 // 0)
        assert ask(outside, server) == 200
