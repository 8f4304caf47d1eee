"""The gateway to Kannel, against what smsbox answers (tried; protocols.md, section 2.2)."""

import logging

import pytest

from smartyard.gateways.breaker import Breaker
from smartyard.gateways.kannel import KannelGateway, SmsNotSent, SmsRefused, SmsUnknown
from smartyard.gateways.transport import Outside
from smartyard.phones import Phone
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import Behaviour, hang, raw, reply, serving

PHONE = Phone.parse("89001234567")
TEXT = "РОСТЕЛЕСЕТЬ код «подтверждения»: 1234\n@example.com #1234"


def kannel(outside: Outside, port: int, host: str = "127.0.0.1") -> KannelGateway:
    return KannelGateway(
        outside,
        host=host,
        port=port,
        path="/cgi-bin/sendsms",
        user="tester",
        password="foo&bar sekret",
        sender="SmartYard",
        coding=2,
    )


@pytest.mark.parametrize("body", [b"0: Accepted for delivery", b"3: Queued for later delivery"])
def test_hands_the_text_over_untouched(make_outside: OutsideMaker, body: bytes) -> None:
    with serving(reply(202, body)) as server:
        kannel(make_outside(), server.port).send(PHONE, TEXT)
    assert len(server.seen) == 1
    seen = server.seen[0]
    assert (seen.method, seen.path, seen.body) == ("GET", "/cgi-bin/sendsms", b"")
    assert dict(seen.query) == {
        "user": "tester",
        "pass": "foo&bar sekret",
        "from": "SmartYard",
        "to": "79001234567",
        "text": TEXT,
        "charset": "UTF-8",
        "coding": "2",
    }
    assert len(seen.query) == 7


def test_without_a_sender_kannel_takes_its_own(make_outside: OutsideMaker) -> None:
    with serving(reply(202)) as server:
        outside = make_outside()
        KannelGateway(
            outside, host="127.0.0.1", port=server.port, path="/s", user="u", password="p",
            sender="", coding=0,
        ).send(PHONE, "1")  # fmt: skip
    assert "from" not in dict(server.seen[0].query)
    assert dict(server.seen[0].query)["coding"] == "0"


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (reply(400, b"Missing receiver number, rejected"), SmsRefused),
        (reply(403, b"Authorization failed for sendsms"), SmsRefused),
        (reply(404, b"Unknown request."), SmsRefused),
        (reply(503, b"Temporal failure, try again later."), SmsNotSent),
        (reply(500), SmsUnknown),
        (reply(502), SmsUnknown),
        (reply(200, b"<html>It works!</html>"), SmsUnknown),
        (reply(302, b"", "Location: /"), SmsUnknown),
        (reply(202, b"x" * 5000), SmsUnknown),
        (raw(b""), SmsUnknown),
        (raw(b"HTTP/1.1 202 Acc"), SmsUnknown),
    ],
)
def test_anything_but_202_is_a_failure(
    make_outside: OutsideMaker, behaviour: Behaviour, error: type[Exception]
) -> None:
    with serving(behaviour) as server:
        with pytest.raises((SmsNotSent, SmsUnknown)) as caught:
            kannel(make_outside(max_bytes=4096), server.port).send(PHONE, TEXT)
    assert caught.type is error
    assert len(server.seen) == 1, "sent once, whatever came of it"


def test_a_silent_kannel_is_unknown(make_outside: OutsideMaker) -> None:
    with serving(hang) as server, pytest.raises(SmsUnknown):
        kannel(make_outside(total=0.3), server.port).send(PHONE, TEXT)
    assert len(server.seen) == 1


def test_a_kept_connection_that_died_sends_no_second_message(make_outside: OutsideMaker) -> None:
    with serving(reply(202)) as server:
        gateway = kannel(make_outside(), server.port)
        gateway.send(PHONE, TEXT)
        server.behaviour = raw(b"")
        with pytest.raises(SmsUnknown):
            gateway.send(PHONE, TEXT)
    assert len(server.seen) == 2


def test_surely_not_sent_when_nobody_listens_or_the_breaker_is_open(
    make_outside: OutsideMaker, dead_port: int
) -> None:
    gateway = kannel(make_outside(breaker=Breaker(1, 10)), dead_port)
    for cause in ("COULDNT_CONNECT", "the breaker is open"):
        with pytest.raises(SmsNotSent, match=cause):
            gateway.send(PHONE, TEXT)


def test_without_a_host_it_says_so(make_outside: OutsideMaker) -> None:
    gateway = kannel(make_outside(), 1, host="")
    assert not gateway.configured
    with pytest.raises(SmsNotSent, match="KANNEL_HOST is not set"):
        gateway.send(PHONE, TEXT)


@pytest.mark.parametrize("status", [202, 403, 500])
def test_logs_hold_neither_password_nor_text_nor_number(
    make_outside: OutsideMaker, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(reply(status)) as server:
        try:
            kannel(make_outside(), server.port).send(PHONE, TEXT)
        except (SmsNotSent, SmsUnknown) as error:
            assert "sekret" not in f"{error} {error.message}"
    assert "GET /cgi-bin/sendsms" in caplog.text
    for secret in ("sekret", "1234", "9001234567"):
        assert secret not in caplog.text
