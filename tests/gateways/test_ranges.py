"""The spans of an archive, as a media server tells them."""

import json
from typing import Any

import pytest

from smartyard.gateways.flussonic.download import MediaRefused, NoRecording
from smartyard.gateways.flussonic.ranges import EVER, MOST, RangesGateway, Span, joined
from smartyard.gateways.transport import Rubbish
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import reply, serving


def spans(make_outside: OutsideMaker, status: int, answer: Any) -> list[Span]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    with serving(reply(status, body)) as server:
        return RangesGateway(make_outside).spans(f"{server.url}/house/a%20b", "T&=")


def test_asks_for_all_that_there_is(make_outside: OutsideMaker) -> None:
    with serving(reply(200, b"[]")) as server:
        assert not RangesGateway(make_outside).spans(f"{server.url}/house/a%20b", "T&=")
        seen, *others = server.seen
    asked = f"/house/a%20b/recording_status.json?from={EVER}&request=ranges&token=T%26%3D"
    assert (seen.method, seen.target, others) == ("GET", asked, [])


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
