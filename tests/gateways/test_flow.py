"""A body that passes through: within limits of size, time and stall, and never in memory."""

import errno
import socket
import ssl
import threading
import tracemalloc
from pathlib import Path

import pytest

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.breaker import Breaker
from smartyard.gateways.flussonic.download import ArchiveGateway, MediaRefused, NoRecording
from smartyard.gateways.incoming import Flow
from smartyard.gateways.transport import AnswerLost, LeftOff, Request, Rubbish, Unreachable
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import Behaviour, Seen, drip, raw, reply, serving


@pytest.fixture(name="parts")
def _parts() -> list[bytes]:
    return []


def flow_to(parts: list[bytes], stall: float = 30) -> Flow:
    return Flow(parts.append, lambda: False, stall)


def archive(make_outside: OutsideMaker, **limits: object) -> ArchiveGateway:
    return ArchiveGateway(lambda: make_outside(**limits))


def test_asks_for_the_span_and_passes_the_file_on(
    make_outside: OutsideMaker, parts: list[bytes]
) -> None:
    with serving(reply(200, b"\x00\x01mp4")) as server:
        told = archive(make_outside).download(
            f"{server.url}/house/a%20b", "T&=", 1710010000, 900, flow_to(parts)
        )
    assert told and b"".join(parts) == b"\x00\x01mp4"
    assert server.seen[0].path == "/house/a%20b/archive-1710010000-900.mp4"
    assert server.seen[0].query == [("token", "T&=")]


def test_a_file_without_a_length_passes_and_is_told_apart(
    make_outside: OutsideMaker, parts: list[bytes]
) -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nmp4\r\n0\r\n\r\n"
    with serving(raw(chunks)) as server:
        assert not archive(make_outside).download(server.url, "T", 1, 1, flow_to(parts))
    assert b"".join(parts) == b"mp4"


@pytest.mark.parametrize(
    "status, kind",
    [(404, NoRecording), (410, NoRecording), (403, MediaRefused), (401, MediaRefused)]
    + [(500, MediaRefused), (503, MediaRefused), (302, Rubbish), (204, Rubbish), (206, Rubbish)],
)
def test_of_another_answer_nothing_passes(
    make_outside: OutsideMaker, parts: list[bytes], status: int, kind: type[DependencyUnavailable]
) -> None:
    location = "Location: http://127.0.0.1:1/"
    with serving(reply(status, b"page" if status != 204 else b"", location)) as server:
        with pytest.raises(kind):
            archive(make_outside).download(server.url, "T", 1, 1, flow_to(parts))
    assert not parts and len(server.seen) == 1


CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"


@pytest.mark.parametrize(
    "behaviour, cause",
    [
        (raw(CUT), "PARTIAL_FILE"),
        (
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf"),
            "PARTIAL_FILE|RECV",
        ),
        (drip(CUT, b"", every=1), "TIMEDOUT"),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"."), "TIMEDOUT"),
    ],
    ids=["cut", "cut chunk", "frozen", "dripping"],
)
def test_a_file_that_is_cut_or_stands_still_is_lost(
    make_outside: OutsideMaker, parts: list[bytes], behaviour: Behaviour, cause: str
) -> None:
    with serving(behaviour) as server, pytest.raises(AnswerLost, match=cause):
        archive(make_outside, total=60).download(server.url, "T", 1, 1, flow_to(parts, stall=1))


def flood(_seen: Seen, connection: socket.socket, closing: threading.Event) -> bool:
    """Blocks without end and without a length."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not closing.is_set():
        connection.sendall(bytes(65536))
    return False


@pytest.mark.parametrize("behaviour", [flood, reply(200, bytes(2_000_000))])
def test_more_than_is_taken_is_broken_off(
    make_outside: OutsideMaker, parts: list[bytes], behaviour: Behaviour
) -> None:
    with serving(behaviour) as server, pytest.raises(Rubbish, match="more than 1000000 bytes"):
        gateway = archive(make_outside, max_bytes=1_000_000)
        gateway.download(server.url, "T", 1, 1, flow_to(parts))
    assert sum(map(len, parts)) <= 1_000_000


def test_what_is_asked_to_end_ends_and_the_breaker_counts_nothing(
    make_outside: OutsideMaker, parts: list[bytes]
) -> None:
    asked = threading.Event()

    def take(chunk: bytes) -> None:
        parts.append(chunk)
        asked.set()

    outside = make_outside(breaker=Breaker(1, 60), max_bytes=10**12)
    gateway = ArchiveGateway(lambda: outside)
    with serving(flood) as server:
        for _ in range(2):
            with pytest.raises(LeftOff, match="asked to end"):
                gateway.download(server.url, "T", 1, 1, Flow(take, asked.is_set, 30))
        with pytest.raises(LeftOff, match="No space left"):
            gateway.download(server.url, "T", 1, 1, Flow(full, lambda: False, 30))
        server.behaviour = reply(200, b"whole")
        assert gateway.download(server.url, "T", 1, 1, flow_to(parts))


def full(_chunk: bytes) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_large_body_is_never_in_memory(make_outside: OutsideMaker) -> None:
    seen = 0

    def take(chunk: bytes) -> None:
        nonlocal seen
        seen += len(chunk)

    tracemalloc.start()
    try:
        with serving(flood) as server, pytest.raises(Rubbish):
            outside = make_outside(max_bytes=100_000_000)
            flow = Flow(take, lambda: False, 30)
            outside.ask(Request("GET", server.url, flow=flow), lambda answer: answer)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seen > 90_000_000 and peak < 5_000_000


def test_a_certificate_that_nobody_signed_is_refused(
    make_outside: OutsideMaker, certificate: Path, parts: list[bytes]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(reply(200, b"file"), tls=context) as server:
        with pytest.raises(Unreachable):
            archive(make_outside).download(server.url, "T", 1, 1, flow_to(parts))
        trusting = archive(make_outside, ca_file=str(certificate))
        assert trusting.download(server.url, "T", 1, 1, flow_to(parts))


def test_a_slow_media_server_takes_no_place_of_another(
    make_outside: OutsideMaker, parts: list[bytes]
) -> None:
    gateway = archive(make_outside, at_once=1, may_wait=0)
    entered, leave = threading.Event(), threading.Event()

    def holding(seen: Seen, connection: socket.socket, closing: threading.Event) -> bool:
        entered.set()
        leave.wait(30)
        return reply(200, b"late")(seen, connection, closing)

    with serving(holding) as slow, serving(reply(200, b"quick")) as quick:
        held = threading.Thread(target=gateway.download, args=(slow.url, "T", 1, 1, flow_to(parts)))
        held.start()
        assert entered.wait(30)
        with pytest.raises(Unreachable, match="too many are waiting"):
            gateway.download(slow.url, "T", 1, 1, flow_to(parts))
        assert gateway.download(quick.url, "T", 1, 1, flow_to(parts))
        leave.set()
        held.join(30)
    assert parts == [b"quick", b"late"]
