"""A login and a password: one pulse whatever the panel asks for, and nothing sent twice."""

import logging
from base64 import b64encode

import pytest

from smartyard.gateways.transport import Answer, AnswerLost, Request
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import Behaviour, Seen, Server, drip, hang, raw, reply, serving, whole

DIGEST = 'WWW-Authenticate: Digest realm="x", qop="auth", nonce="abc", algorithm=MD5'
BASIC = 'WWW-Authenticate: Basic realm="x"'
CHALLENGES = [DIGEST, BASIC, f"{BASIC}\r\n{DIGEST}"]


def challenging(challenge: str, then: Behaviour, *headers: str) -> Behaviour:
    """401 for who tells nothing, and `then` for who does."""
    refusal = raw(whole(401, b"who?", challenge, *headers), keep=not headers)

    def behave(seen: Seen, connection, closing) -> bool:  # type: ignore[no-untyped-def]
        first = "Authorization" not in seen.headers
        return (refusal if first else then)(seen, connection, closing)

    return behave


def pulse(server: Server, method: str = "GET", body: bytes | None = None) -> Request:
    return Request(method, server.url + "/o", once=True, auth=("admin", "sekret"), body=body)


def status(answer: Answer) -> int:
    return answer.status


def known(server: Server) -> int:
    """How many requests came with a password: only those can do anything."""
    return sum("Authorization" in seen.headers for seen in server.seen)


@pytest.mark.parametrize("closing", [(), ("Connection: close",)], ids=["kept", "closed"])
@pytest.mark.parametrize("challenge", CHALLENGES, ids=["digest", "basic", "both"])
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", b""), ("PUT", b"{}")])
def test_tells_the_password_once_it_is_asked_for(
    make_outside: OutsideMaker,
    challenge: str,
    closing: tuple[str, ...],
    method: str,
    body: bytes | None,
) -> None:
    with serving(challenging(challenge, reply(200), *closing)) as server:
        assert make_outside().ask(pulse(server, method, body), status) == 200
    assert len(server.seen) == 2 and known(server) == 1
    assert [seen.body for seen in server.seen] == [body or b""] * 2
    scheme = "Basic" if challenge == BASIC else "Digest"
    assert server.seen[1].headers["Authorization"].startswith(scheme)


def test_a_login_and_a_password_may_have_any_letters(make_outside: OutsideMaker) -> None:
    with serving(challenging(BASIC, reply(200))) as server:
        asked = Request("GET", server.url, once=True, auth=("админ", "пароль"))
        assert make_outside().ask(asked, status) == 200
    word = b64encode("админ:пароль".encode()).decode()
    assert server.seen[1].headers["Authorization"] == f"Basic {word}"


def test_who_asks_for_nothing_is_asked_once(make_outside: OutsideMaker) -> None:
    with serving(reply(200)) as server:
        assert make_outside().ask(pulse(server), status) == 200
    assert len(server.seen) == 1 and known(server) == 0


@pytest.mark.parametrize("challenge", CHALLENGES, ids=["digest", "basic", "both"])
def test_a_wrong_password_is_told_once(make_outside: OutsideMaker, challenge: str) -> None:
    with serving(reply(401, b"", challenge)) as server:
        assert make_outside().ask(pulse(server), status) == 401
    assert known(server) == 1


def test_a_panel_that_calls_every_nonce_stale_is_not_asked_again(
    make_outside: OutsideMaker,
) -> None:
    with serving(reply(401, b"", f"{DIGEST}, stale=true")) as server:
        with pytest.raises(AnswerLost):
            make_outside().ask(pulse(server), status)
    assert known(server) == 1


@pytest.mark.parametrize("challenge", CHALLENGES, ids=["digest", "basic", "both"])
@pytest.mark.parametrize(
    "then", [raw(b""), raw(b"HTTP/1.1 200 OK\r\n"), reply(302, b"", "Location: /o")]
)
def test_a_pulse_whose_answer_is_lost_is_not_repeated(
    make_outside: OutsideMaker, challenge: str, then: Behaviour
) -> None:
    """libcurl would repeat it on the connection that was kept from the 401 (next test)."""
    with serving(challenging(challenge, then)) as server:
        try:
            assert make_outside().ask(pulse(server), status) == 302
        except AnswerLost:
            pass
    assert known(server) == 1


def test_without_once_it_would_be(make_outside: OutsideMaker) -> None:
    with serving(challenging(DIGEST, raw(b""))) as server:
        request = Request("GET", server.url, auth=("admin", "sekret"))
        with pytest.raises(AnswerLost):
            make_outside().ask(request, status)
    assert known(server) == 2, "libcurl has changed: `once` may be needless"


@pytest.mark.parametrize("first", [hang, drip(whole(401, b"x" * 99, DIGEST)[:-50], b".", 0.3)])
def test_a_panel_that_asks_for_ever_gets_nothing(
    make_outside: OutsideMaker, first: Behaviour
) -> None:
    with serving(first) as server:
        with pytest.raises(AnswerLost):
            make_outside(total=0.4).ask(pulse(server), status)
    assert known(server) == 0


def test_a_password_goes_with_its_request_and_no_further(make_outside: OutsideMaker) -> None:
    outside = make_outside()
    with serving(challenging(BASIC, reply(200))) as server:
        outside.ask(pulse(server), status)
        assert outside.ask(Request("GET", server.url), status) == 401
    assert known(server) == 1


def test_logs_hold_no_password_and_no_path_that_is_one(
    make_outside: OutsideMaker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(challenging(BASIC, reply(200))) as server:
        url = f"{server.url}/sekret?k=sekret"
        request = Request("GET", url, auth=("admin", "sekret"), shown="(its address)")
        make_outside().ask(request, status)
    assert "the outside: GET (its address): 200" in caplog.text
    assert "sekret" not in caplog.text + repr(request)
