"""The spans of an archive, as a media server tells them."""

import json
import time
from typing import Any

import pytest

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.flussonic.download import MediaRefused, NoRecording
from smartyard.gateways.flussonic.ranges import (
    EVER,
    MOST,
    Api,
    Archive,
    RangesGateway,
    Span,
    joined,
)
from smartyard.gateways.transport import Rubbish
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import Behaviour, Server, reply, serving

NAMED = "/streamer/api/v3/streams/house%2Fa%20b/dvr/ranges"


def archive(server: Server, *, api: bool = False) -> Archive:
    told = Api(server.url, "house/a b", "viewer", "pass:word") if api else None
    return Archive(f"{server.url}/house/a%20b", "T&=", told)


def spans(make_outside: OutsideMaker, status: int, answer: Any) -> list[Span]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    with serving(reply(status, body)) as server:
        return RangesGateway(make_outside).spans(archive(server))


def speaking(*, status: Any = None, api: Any = None) -> Behaviour:
    """A media server of one version: None is a question that it has not."""

    def behave(seen: Any, connection: Any, closing: Any) -> bool:
        told = api if seen.path == NAMED else status
        if isinstance(told, list) and told and isinstance(told[0], bytes):  # page by page
            told = told[int(dict(seen.query).get("cursor", 0))]
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        return reply(404 if told is None else 200, body)(seen, connection, closing)

    return behave


def asked(server: Server) -> list[str]:
    """Which questions came, in order; and no more of them afterwards."""
    found = ["api" if one.path == NAMED else one.path.rpartition("/")[2] for one in server.seen]
    server.seen.clear()
    return found


def test_asks_for_all_that_there_is(make_outside: OutsideMaker) -> None:
    with serving(reply(200, b"[]")) as server:
        assert not RangesGateway(make_outside).spans(archive(server))
        seen, *others = server.seen
    target = f"/house/a%20b/recording_status.json?from={EVER}&request=ranges&token=T%26%3D"
    assert (seen.method, seen.target, others) == ("GET", target, [])


def test_reads_the_spans_of_the_one_stream(make_outside: OutsideMaker) -> None:
    told = [{"from": 1483970675, "duration": 3687}, {"from": 1483974376, "duration": 56758}]
    assert spans(make_outside, 200, [{"stream": "cam1", "ranges": told, "locks": []}]) == [
        Span(1483970675, 3687),
        Span(1483974376, 56758),
    ]


@pytest.mark.parametrize("status", [404, 410])
def test_a_stream_that_is_not_there_has_no_recording(
    make_outside: OutsideMaker, status: int
) -> None:
    with pytest.raises(NoRecording):
        spans(make_outside, status, b"")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_one(make_outside: OutsideMaker, status: int) -> None:
    with pytest.raises(MediaRefused):
        spans(make_outside, status, b"")


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, b""),
        (302, b""),
        (200, b"<html>"),
        (200, b""),
        (200, {"stream": "cam1", "ranges": []}),
        (200, [{"stream": "cam1"}]),
        (200, [None]),
        (200, "ranges"),
        (200, None),
        (200, [{"ranges": {"from": 1, "to": 2}}]),
        (200, [{"ranges": [{"from": None, "duration": 1}]}]),
        (200, [{"ranges": [{"from": "x", "duration": 1}]}]),
        (200, [{"ranges": [[1, 2]]}]),
        (200, [{"ranges": [1]}]),
    ],
)
def test_what_nobody_can_read_is_rubbish(
    make_outside: OutsideMaker, status: int, answer: Any
) -> None:
    with pytest.raises(Rubbish):
        spans(make_outside, status, answer)


STATUS, API = "recording_status.json", "api"
OLD = [{"stream": "x", "ranges": [{"from": 10, "duration": 5}]}]
NEW = {"ranges": [{"from": 20, "duration": 5}], "estimated_count": 1}


def test_the_question_that_a_server_answers_is_found_and_kept(make_outside: OutsideMaker) -> None:
    gateway = RangesGateway(make_outside)
    with serving(speaking(api=NEW)) as new, serving(speaking(status=OLD)) as old:
        for questions in ([STATUS, API], [API], [API]):
            assert gateway.spans(archive(new, api=True)) == [Span(20, 5)]
            assert asked(new) == questions
        for _ in range(2):
            assert gateway.spans(archive(old, api=True)) == [Span(10, 5)]
            assert asked(old) == [STATUS], "each server by itself"
        new.behaviour = speaking(status=OLD)
        for questions in ([API, STATUS], [STATUS]):
            assert gateway.spans(archive(new, api=True)) == [Span(10, 5)]
            assert asked(new) == questions


def test_a_server_that_speaks_neither_has_no_recording_and_nothing_is_kept(
    make_outside: OutsideMaker,
) -> None:
    gateway = RangesGateway(make_outside)
    with serving(speaking()) as server:
        for _ in range(2):
            with pytest.raises(NoRecording):
                gateway.spans(archive(server, api=True))
            assert asked(server) == [STATUS, API]


def test_without_a_login_the_api_is_not_asked(make_outside: OutsideMaker) -> None:
    with serving(speaking(api=NEW)) as server:
        with pytest.raises(NoRecording):
            RangesGateway(make_outside).spans(archive(server))
        assert asked(server) == [STATUS]


def test_the_api_is_asked_page_by_page_by_its_login(make_outside: OutsideMaker) -> None:
    pages = [
        {"ranges": [{"from": 10 * page, "duration": 1}], "next": str(page + 1)} for page in range(3)
    ]
    pages[2]["next"] = None
    with serving(speaking(api=[json.dumps(page).encode() for page in pages])) as server:
        found = RangesGateway(make_outside).spans(archive(server, api=True))
        requests = server.seen[1:]
    assert found == [Span(0, 1), Span(10, 1), Span(20, 1)]
    assert [one.query for one in requests] == [
        [("limit", "1000")],
        [("limit", "1000"), ("cursor", "1")],
        [("limit", "1000"), ("cursor", "2")],
    ]
    assert {one.headers["Authorization"] for one in requests} == {"Basic dmlld2VyOnBhc3M6d29yZA=="}
    assert not any("viewer" in one.target or "word" in one.target for one in requests)


def test_pages_without_end_are_not_read_without_end(make_outside: OutsideMaker) -> None:
    endless = {"ranges": [{"from": 1, "duration": 1}], "next": "0"}
    with serving(speaking(api=endless)) as server:
        assert RangesGateway(make_outside).spans(archive(server, api=True)) == [Span(1, 1)]
        assert len(asked(server)) == 11


def test_all_pages_together_take_no_longer_than_one_question_may(
    make_outside: OutsideMaker,
) -> None:
    def slow(seen: Any, connection: Any, closing: Any) -> bool:
        closing.wait(0.2)
        endless = {"ranges": [{"from": 1, "duration": 1}], "next": "0"}
        return speaking(api=endless)(seen, connection, closing)

    with serving(slow) as server:
        began = time.monotonic()
        with pytest.raises(DependencyUnavailable):
            RangesGateway(lambda: make_outside(total=0.7)).spans(archive(server, api=True))
        assert time.monotonic() - began < 1.5
        assert 2 <= len(asked(server)) <= 4


@pytest.mark.parametrize("answer", [[], [1], "x", 1, {}, {"ranges": 1}, {"ranges": [{"from": 1}]}])
def test_what_nobody_can_read_of_the_api_is_rubbish(
    make_outside: OutsideMaker, answer: Any
) -> None:
    with serving(speaking(api=json.dumps(answer).encode())) as server, pytest.raises(Rubbish):
        RangesGateway(make_outside).spans(archive(server, api=True))


def test_an_api_that_knows_another_login_is_a_refusal(make_outside: OutsideMaker) -> None:
    def behave(seen: Any, connection: Any, closing: Any) -> bool:
        return reply(401 if seen.path == NAMED else 404, b"")(seen, connection, closing)

    with serving(behave) as server, pytest.raises(MediaRefused):
        RangesGateway(make_outside).spans(archive(server, api=True))


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([(10, 5), (0, 5)], [(0, 5), (10, 5)]),
        ([(0, 5), (5, 5), (10, 1)], [(0, 11)]),
        ([(0, 9), (2, 3)], [(0, 9)]),
        ([(0, 5), (3, 5)], [(0, 8)]),
        ([(-1, 5), (0, 0), (7, -1)], []),
    ],
)
def test_spans_are_in_order_and_do_not_touch(
    told: list[tuple[int, int]], kept: list[tuple[int, int]]
) -> None:
    assert joined(Span(*one) for one in told) == [Span(*one) for one in kept]


def test_of_a_torn_archive_the_newest_is_kept() -> None:
    found = joined(Span(10 * number, 1) for number in range(MOST + 5))
    assert (len(found), found[0], found[-1].begin) == (MOST, Span(50, 1), 10 * (MOST + 4))
