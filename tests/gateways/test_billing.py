"""The gateway to billing: how it asks, within what time, and what it makes of refusals."""

import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from socket import socket
from typing import Any

import pytest

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.billing import (
    BilledFlat,
    BilledHouse,
    BillingGateway,
    BillingLacks,
    BillingRefused,
    Homes,
)
from smartyard.gateways.breaker import Breaker
from smartyard.gateways.transport import AnswerLost, Outside, Rubbish, Unreachable
from smartyard.phones import Phone
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import Behaviour, Seen, hang, reply, serving, whole

PHONE = Phone.parse("89001234567")


def billing(outside: Outside, url: str, **changed: Any) -> BillingGateway:
    return BillingGateway(outside, **({"url": url, "token": "sekret", "zone": UTC} | changed))


def said(data: object, code: object = 200) -> bytes:
    return json.dumps({"code": code, "name": "OK", "message": "", "data": data}).encode()


def by_method(**answers: Behaviour) -> Behaviour:
    """Each method its own behaviour."""

    def behave(seen: Seen, connection: socket, closing: threading.Event) -> bool:
        return answers[seen.path.rpartition("/")[2]](seen, connection, closing)

    return behave


def empty_but(**answers: Behaviour) -> Behaviour:
    nothing = {name: reply(200, said([])) for name in ("getaddresslist", "getsettingslist")}
    return by_method(**(nothing | answers))


@pytest.mark.parametrize("slash", ["", "/"])
def test_asks_both_methods_as_the_page_says(make_outside: OutsideMaker, slash: str) -> None:
    with serving(reply(200, said([]))) as server:
        assert billing(make_outside(), server.url + "/api" + slash).homes(PHONE) == Homes()
    assert {s.target for s in server.seen} == {"/api/getaddresslist", "/api/getsettingslist"}
    for seen in server.seen:
        assert seen.method == "POST" and json.loads(seen.body) == {"phone": 79001234567}
        assert seen.headers["Content-Type"] == "application/json"
        assert seen.headers["Authorization"] == "Bearer sekret"


def test_sends_no_authorization_without_a_token(make_outside: OutsideMaker) -> None:
    with serving(reply(200, said([]))) as server:
        billing(make_outside(), server.url, token="").homes(PHONE)
    assert "Authorization" not in server.seen[0].headers


def test_both_methods_are_under_way_at_once(make_outside: OutsideMaker) -> None:
    both = threading.Barrier(2, timeout=15)

    def behave(_seen: Seen, connection: socket, _closing: threading.Event) -> bool:
        both.wait()
        connection.sendall(whole(200, said([])))
        return True

    with serving(behave) as server:
        assert billing(make_outside(), server.url).homes(PHONE) == Homes()


@pytest.mark.parametrize("silent", ["getaddresslist", "getsettingslist"])
def test_one_deadline_covers_both(make_outside: OutsideMaker, silent: str) -> None:
    with serving(empty_but(**{silent: hang})) as server:
        started = time.monotonic()
        with pytest.raises(AnswerLost):
            billing(make_outside(total=0.5), server.url).homes(PHONE)
        assert 0.4 < time.monotonic() - started < 10


@pytest.mark.parametrize("broken", ["getaddresslist", "getsettingslist"])
def test_half_an_answer_is_none(make_outside: OutsideMaker, broken: str) -> None:
    with serving(empty_but(**{broken: reply(200, b"<html>")})) as server:
        with pytest.raises(Rubbish):
            billing(make_outside(), server.url).homes(PHONE)


def test_many_callers_of_a_silent_billing_all_end_in_time(make_outside: OutsideMaker) -> None:
    with serving(hang) as server, ThreadPoolExecutor(32) as callers:
        gateway = billing(make_outside(total=0.5, at_once=4), server.url)

        def call(_number: int) -> float:
            started = time.monotonic()
            with pytest.raises(DependencyUnavailable):
                gateway.homes(PHONE)
            return time.monotonic() - started

        assert max(callers.map(call, range(32))) < 10
        assert len(server.seen) < 32


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (reply(200, said(None, 403)), BillingRefused),
        (reply(200, said(None, "500")), BillingRefused),
        (reply(200, said(None, 404)), BillingLacks),
        (reply(404, b"<html>"), BillingLacks),
        (reply(404, said(None, 404)), BillingLacks),
        (reply(401, b"who are you"), BillingRefused),
        (reply(403, said([], 200)), BillingRefused),
        (reply(301, said([]), "Location: /x"), Rubbish),
        (reply(500, said([])), Rubbish),
        (reply(503, b"<html>"), Rubbish),
    ],
)
def test_refusals_and_faults_are_told_apart(
    make_outside: OutsideMaker, behaviour: Behaviour, error: type[Exception]
) -> None:
    with serving(empty_but(getaddresslist=behaviour)) as server:
        with pytest.raises(DependencyUnavailable) as caught:
            billing(make_outside(), server.url).homes(PHONE)
    assert caught.type is error


@pytest.mark.parametrize("behaviour", [reply(200, said(None, 403)), reply(401), reply(404)])
def test_refusals_never_open_the_breaker(make_outside: OutsideMaker, behaviour: Behaviour) -> None:
    with serving(behaviour) as server:
        gateway = billing(make_outside(breaker=Breaker(1, 10)), server.url)
        for _ in range(3):
            with pytest.raises((BillingRefused, BillingLacks)):
                gateway.homes(PHONE)


def test_rubbish_opens_the_breaker(make_outside: OutsideMaker) -> None:
    with serving(reply(200, said("nonsense"))) as server:
        gateway = billing(make_outside(breaker=Breaker(2, 60)), server.url)
        for _ in range(4):
            with pytest.raises((Rubbish, Unreachable)):
                gateway.homes(PHONE)
        with pytest.raises(Unreachable, match="the breaker is open"):
            gateway.homes(PHONE)
    assert len(server.seen) <= 4


@pytest.mark.parametrize(
    "answer", [reply(204), reply(200, said(None)), reply(200, b'{"code": "200"}')]
)
def test_nothing_is_an_empty_list(make_outside: OutsideMaker, answer: Behaviour) -> None:
    with serving(answer) as server:
        gateway = billing(make_outside(), server.url)
        assert gateway.homes(PHONE) == Homes()
        cameras = gateway.cameras([1])[1]
    assert not isinstance(cameras, DependencyUnavailable)
    assert (cameras.state, cameras.cameras) == ("listed", ())


def test_homes_are_what_billing_said(make_outside: OutsideMaker) -> None:
    houses = [{"houseId": "5", "address": "ул. «Мира», 1", "hasPlog": "t"}]
    flats = [{"houseId": 5, "flatId": "7", "flatNumber": 12, "services": ["cctv"], "x": {}}]
    answers = empty_but(
        getaddresslist=reply(200, said(houses)), getsettingslist=reply(200, said(flats))
    )
    with serving(answers) as server:
        homes = billing(make_outside(), server.url).homes(PHONE)
    assert homes.houses == (BilledHouse(house_id=5, address="ул. «Мира», 1"),)
    assert homes.flats == (BilledFlat(house_id=5, flat_id=7, flat_number="12", services=("cctv",)),)


def test_a_method_that_the_settings_do_without_is_not_asked(make_outside: OutsideMaker) -> None:
    with serving(reply(200, said([]))) as server:
        gateway = billing(make_outside(), server.url, without=frozenset({"getcctvlist"}))
        assert isinstance(gateway.cameras([1])[1], BillingLacks)
    assert not server.seen


def test_each_house_has_its_own_answer(make_outside: OutsideMaker) -> None:
    camera = {"id": "3", "name": "Двор", "lat": 52.5, "lon": "39,6", "url": "http://m/двор"}
    answers = {
        1: said([camera]), 2: said(402), 3: said(None, 404), 4: b"<html>", 5: said("404"),
        6: said(None, 500),
    }  # fmt: skip

    def behave(seen: Seen, connection: socket, closing: threading.Event) -> bool:
        return reply(200, answers[json.loads(seen.body)["houseId"]])(seen, connection, closing)

    with serving(behave) as server:
        found = billing(make_outside(), server.url).cameras([1, 2, 3, 4, 5, 6, 1])
    assert len(server.seen) == 6
    states = {house: getattr(answer, "state", type(answer)) for house, answer in found.items()}
    assert states == {
        1: "listed", 2: "unpaid", 3: "absent", 4: Rubbish, 5: "absent", 6: BillingRefused,
    }  # fmt: skip


def test_a_missing_page_does_not_say_that_a_house_has_no_camera(
    make_outside: OutsideMaker,
) -> None:
    with serving(reply(404, b"<html>")) as server:
        found = billing(make_outside(), server.url).cameras([1])
        assert isinstance(found[1], BillingLacks)
        server.behaviour = reply(404, said(None, 404))
        found = billing(make_outside(), server.url).cameras([1])
        assert getattr(found[1], "state") == "absent"


def test_asks_of_eight_houses_at_once_and_no_more(make_outside: OutsideMaker) -> None:
    eight = threading.Barrier(8, timeout=15)
    now, most = [0], [0]
    lock = threading.Lock()

    def behave(_seen: Seen, connection: socket, _closing: threading.Event) -> bool:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        eight.wait()
        with lock:
            now[0] -= 1
        connection.sendall(whole(200, said([])))
        return True

    with serving(behave) as server:
        found = billing(make_outside(), server.url).cameras(range(16))
    assert [getattr(answer, "state") for answer in found.values()] == ["listed"] * 16
    assert most[0] == 8


def test_houses_that_did_not_answer_in_time_have_an_error(make_outside: OutsideMaker) -> None:
    with serving(hang) as server:
        started = time.monotonic()
        found = billing(make_outside(total=0.5, at_once=2), server.url).cameras(range(5))
        assert time.monotonic() - started < 10
    assert all(isinstance(answer, DependencyUnavailable) for answer in found.values())
    assert list(found) == [0, 1, 2, 3, 4]


def test_without_a_url_it_says_so(make_outside: OutsideMaker) -> None:
    gateway = billing(make_outside(), "")
    assert not gateway.configured
    with pytest.raises(DependencyUnavailable, match="BILLING_URL is not set"):
        gateway.homes(PHONE)
    with pytest.raises(DependencyUnavailable, match="BILLING_URL is not set"):
        gateway.cameras([1])


def test_logs_hold_neither_token_nor_number_nor_name(
    make_outside: OutsideMaker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    flats = [{"houseId": 1, "flatId": "sekret", "clientName": "sekret"}]
    with serving(empty_but(getsettingslist=reply(200, said(flats)))) as server:
        with pytest.raises(Rubbish) as caught:
            billing(make_outside(), server.url).homes(PHONE)
    assert caught.value.cause == "billing: unreadable 0.flatId"
    assert "POST /getsettingslist" in caplog.text
    assert "sekret" not in caplog.text and "9001234567" not in caplog.text
