"""The transport against servers that keep the protocol, bend it, or break it."""

import logging
import ssl
import time
from pathlib import Path

import pytest

from smartyard.gateways.transport import Answer, AnswerLost, Request, Rubbish, Unreachable
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import Behaviour, drip, hang, raw, reply, serving, whole


def same(answer: Answer) -> Answer:
    return answer


def test_passes_method_query_headers_and_body_byte_for_byte(make_outside: OutsideMaker) -> None:
    pairs = [("text", "«Код» 12+3 & ещё=да #😀\n"), ("a", "1"), ("a", "")]
    with serving(reply(201, b"\xff\x00ok", "X-One: 1", "x-two: a: b")) as server:
        request = Request("POST", server.url + "/p?q=0", pairs, {"X-Key": "v"}, b"\x00\xd0")
        answer = make_outside().ask(request, same)
    seen = server.seen[0]
    assert (seen.method, seen.path, seen.body) == ("POST", "/p", b"\x00\xd0")
    assert seen.query == [("q", "0"), *pairs]
    assert seen.headers["X-Key"] == "v" and "Expect" not in seen.headers
    assert (answer.status, answer.body) == (201, b"\xff\x00ok")
    assert answer.fields[:2] == (("X-One", "1"), ("x-two", "a: b"))
    assert answer.headers["x-one"] == "1"


def test_sends_no_expect_with_a_large_body(make_outside: OutsideMaker) -> None:
    with serving(reply(200)) as server:
        make_outside().ask(Request("POST", server.url, body=b"x" * 2_000_000), same)
    assert "Expect" not in server.seen[0].headers
    assert len(server.seen[0].body) == 2_000_000


@pytest.mark.parametrize(
    "behaviour",
    [
        drip(b"HTTP/1.1 200 OK\r\n", b"X-Drop: 1\r\n"),
        drip(b"HTTP/1.1 200 OK\r\n\r\n", b"."),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"."),
        drip(b"", b"HTTP/1.1 103 Early\r\n\r\n"),
        hang,
    ],
    ids=["headers", "endless body", "counted body", "early answers", "silence"],
)
def test_total_deadline_holds(make_outside: OutsideMaker, behaviour: Behaviour) -> None:
    with serving(behaviour) as server:
        started = time.monotonic()
        with pytest.raises(AnswerLost, match="OPERATION_TIMEDOUT"):
            make_outside(total=0.5).ask(Request("GET", server.url), same)
        assert 0.4 < time.monotonic() - started < 10


def test_a_call_may_ask_for_less_time_but_not_for_more(make_outside: OutsideMaker) -> None:
    with serving(hang) as server:
        started = time.monotonic()
        with pytest.raises(AnswerLost):
            make_outside().ask(Request("GET", server.url), same, total=0.3)
        with pytest.raises(AnswerLost):
            make_outside(total=0.3).ask(Request("GET", server.url), same, total=60)
        assert time.monotonic() - started < 15
        with pytest.raises(Unreachable, match="no time left"):
            make_outside().ask(Request("GET", server.url), same, total=0)
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    "behaviour",
    [
        reply(200, b"x" * 1001),
        drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 300),
        drip(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"64\r\n" + b"x" * 100 + b"\r\n",
        ),
    ],
    ids=["announced", "endless", "chunked"],
)
def test_refuses_an_answer_that_is_too_large(
    make_outside: OutsideMaker, behaviour: Behaviour
) -> None:
    with serving(behaviour) as server, pytest.raises(Rubbish, match="more than 1000 bytes"):
        make_outside(max_bytes=1000).ask(Request("GET", server.url), same)


def test_takes_an_answer_of_just_the_size(make_outside: OutsideMaker) -> None:
    with serving(reply(200, b"x" * 1000)) as server:
        answer = make_outside(max_bytes=1000).ask(Request("GET", server.url), same)
    assert len(answer.body) == 1000


def test_follows_no_redirect(make_outside: OutsideMaker) -> None:
    with serving(reply(302, b"", "Location: /elsewhere")) as server:
        assert make_outside().ask(Request("GET", server.url + "/here"), same).status == 302
    assert [seen.path for seen in server.seen] == ["/here"]


def test_keeps_a_connection_for_the_next_call(make_outside: OutsideMaker) -> None:
    outside = make_outside()
    with serving(reply(200, b"{}")) as server:
        for _ in range(3):
            outside.ask(Request("GET", server.url), same)
    assert len({seen.port for seen in server.seen}) == 1


def test_a_kept_handle_remembers_nothing_of_the_last_request(make_outside: OutsideMaker) -> None:
    outside = make_outside()
    with serving(reply(200, b"", "Set-Cookie: a=b; Path=/")) as server:
        outside.ask(Request("POST", server.url, headers={"X-Secret": "1"}, body=b"b"), same)
        outside.ask(Request("GET", server.url), same)
    second = server.seen[1]
    assert (second.method, second.body) == ("GET", b"")
    assert not {"x-secret", "cookie", "content-type"} & {name.lower() for name in second.headers}


@pytest.mark.parametrize(("once", "asked"), [(False, 3), (True, 2)])
def test_once_is_never_repeated_on_a_connection_that_died(
    make_outside: OutsideMaker, once: bool, asked: int
) -> None:
    """libcurl repeats a call by itself when a kept connection ends before the answer."""
    outside = make_outside()
    with serving(reply(200)) as server:
        outside.ask(Request("GET", server.url), same)
        server.behaviour = raw(b"")
        with pytest.raises(AnswerLost):
            outside.ask(Request("GET", server.url, once=once), same)
    assert len(server.seen) == asked


def test_ignores_the_proxies_of_the_environment(
    make_outside: OutsideMaker, monkeypatch: pytest.MonkeyPatch, dead_port: int
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{dead_port}")
    with serving(reply(200)) as server:
        assert make_outside().ask(Request("GET", server.url), same).status == 200


def test_headers_are_those_of_the_last_answer(make_outside: OutsideMaker) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
    trailing = (
        b"HTTP/1.1 200 OK\r\nX-Last: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nok\r\n0\r\nX-Last: forged\r\n\r\n"
    )
    with serving(raw(early + trailing)) as server:
        answer = make_outside().ask(Request("GET", server.url), same)
    assert (answer.status, answer.body, answer.headers["x-last"]) == (200, b"ok", "2")
    assert "x-early" not in answer.headers


def test_nothing_was_sent_where_nobody_listens(make_outside: OutsideMaker, dead_port: int) -> None:
    with pytest.raises(Unreachable, match="COULDNT_CONNECT"):
        make_outside().ask(Request("GET", f"http://127.0.0.1:{dead_port}/"), same)


NO_ADDRESSES = (
    "http://nowhere.invalid/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://домофон/",
    "http://127.0.0.1/открыть", "http://127.0.0.1/\0", "http://127.0.0.1/\ud800",
)  # fmt: skip


@pytest.mark.parametrize("url", NO_ADDRESSES, ids=ascii)
def test_nothing_was_sent_to_an_address_that_is_none(
    make_outside: OutsideMaker, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Unreachable):
        make_outside(connect=2).ask(Request("GET", url), same)
    (line,) = (record.getMessage() for record in caplog.records)
    assert line.isascii() and line.isprintable()


@pytest.mark.parametrize(
    "behaviour",
    [
        raw(b""),
        raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
        raw(b"HTTP/1.1 200 OK\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal"),
        raw(b"no protocol at all\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n"),
    ],
    ids=[
        "closed",
        "cut head",
        "cut after a line",
        "cut body",
        "cut chunk",
        "other protocol",
        "bad chunk",
    ],
)
def test_an_answer_that_is_cut_is_lost(make_outside: OutsideMaker, behaviour: Behaviour) -> None:
    with serving(behaviour) as server, pytest.raises(AnswerLost):
        make_outside().ask(Request("GET", server.url), same)


def test_a_lost_answer_is_not_told_by_what_the_handle_sent_before(
    make_outside: OutsideMaker, dead_port: int
) -> None:
    outside = make_outside()
    with serving(reply(200)) as server:
        outside.ask(Request("GET", server.url), same)
    with pytest.raises(Unreachable):
        outside.ask(Request("GET", f"http://127.0.0.1:{dead_port}/"), same)


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_refuses_a_certificate_that_nobody_signed(
    make_outside: OutsideMaker, certificate: Path
) -> None:
    with serving(reply(200), tls=_tls(certificate)) as server:
        with pytest.raises(Unreachable, match="PEER_FAILED_VERIFICATION"):
            make_outside().ask(Request("GET", server.url, [("secret", "1")]), same)
    assert not server.seen


def test_takes_a_certificate_that_it_is_told_to_trust(
    make_outside: OutsideMaker, certificate: Path
) -> None:
    with serving(reply(200), tls=_tls(certificate)) as server:
        outside = make_outside(ca_file=str(certificate))
        assert outside.ask(Request("GET", server.url), same).status == 200


def test_refuses_a_trusted_certificate_of_another_name(
    make_outside: OutsideMaker, certificate: Path
) -> None:
    with serving(reply(200), tls=_tls(certificate)) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(Unreachable):
            make_outside(ca_file=str(certificate)).ask(Request("GET", url), same)
    assert not server.seen


def test_a_header_cannot_carry_another(make_outside: OutsideMaker) -> None:
    with serving(reply(200)) as server, pytest.raises(ValueError, match="line break"):
        make_outside().ask(Request("GET", server.url, headers={"A": "b\r\nC: d"}), same)
    assert not server.seen


@pytest.mark.parametrize(
    "behaviour", [reply(200, b"sekret"), raw(b"HTTP/1.1 200 OK\r\n"), raw(b"")]
)
def test_logs_name_the_call_and_none_of_its_secrets(
    make_outside: OutsideMaker, behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(behaviour) as server:
        request = Request(
            "POST", server.url + "/path?k=sekret", [("p", "sekret")], {"A": "sekret"}, b"sekret"
        )
        try:
            make_outside().ask(request, same)
        except AnswerLost as error:
            assert "sekret" not in str(error)
    assert "the outside: POST /path: " in caplog.text
    assert "sekret" not in caplog.text + repr(request)


def test_logs_tell_of_a_failure_in_words(
    make_outside: OutsideMaker, dead_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Unreachable):
        make_outside().ask(Request("GET", f"http://127.0.0.1:{dead_port}/a"), same)
    assert "Unreachable (COULDNT_CONNECT)" in caplog.text
    assert caplog.records[-1].levelno == logging.WARNING


def test_whole_answers_are_what_they_say() -> None:
    """Of the test's own server: a wrong length there would make tests above pass for nothing."""
    assert whole(200, b"ok", "A: b") == b"HTTP/1.1 200 Said\r\nA: b\r\nContent-Length: 2\r\n\r\nok"
