"""Each way to break, at billing for all of them, since they are below any protocol."""

import socket
import threading
import time
from collections.abc import Callable

import pytest
import requests

from smartyard.sandbox import Sandbox

PHONE = 79000000001
SOON = 10.0  # seconds that a busy machine is given


def ask(sandbox: Sandbox, timeout: float = SOON) -> requests.Response:
    url = sandbox.billing_url + "getaddresslist"
    return requests.post(url, json={"phone": PHONE}, timeout=timeout)


def once_it_waits(sandbox: Sandbox, service: str, act: Callable[[], object]) -> threading.Thread:
    """Does `act` as soon as a request hangs at the service, so never before it has come."""

    def watch() -> None:
        deadline = time.monotonic() + SOON
        while not sandbox.faults.waiting(service) and time.monotonic() < deadline:
            time.sleep(0.01)
        act()

    watcher = threading.Thread(target=watch)
    watcher.start()
    return watcher


def test_refuses_in_the_words_of_each_protocol(sandbox: Sandbox) -> None:
    for service in ("kannel", "billing", "media"):
        sandbox.faults.set(service, "refuse")
    sms = requests.get(sandbox.kannel_url + "/cgi-bin/sendsms", timeout=SOON)
    assert (sms.status_code, sms.text) == (403, "Authorization failed for sendsms")
    assert (ask(sandbox).status_code, ask(sandbox).json()["code"]) == (200, 403)
    assert requests.get(sandbox.media_url + "/a/index.m3u8", timeout=SOON).status_code == 403


def test_error_is_500(sandbox: Sandbox) -> None:
    sandbox.faults.set("billing", "error")
    assert ask(sandbox).status_code == 500


def test_a_hanging_call_ends_when_the_fault_is_cleared(sandbox: Sandbox) -> None:
    sandbox.faults.set("billing", "hang")
    with pytest.raises(requests.ReadTimeout):
        ask(sandbox, timeout=0.2)
    healer = once_it_waits(sandbox, "billing", sandbox.faults.clear)
    assert ask(sandbox).json()["code"] == 200
    healer.join()


def test_a_hanging_call_ends_when_its_service_is_mended(sandbox: Sandbox) -> None:
    sandbox.faults.set("billing", "hang", times=1)
    sandbox.faults.set("media", "hang")
    healer = once_it_waits(sandbox, "billing", lambda: sandbox.faults.set("billing", "ok"))
    assert ask(sandbox).json()["code"] == 200
    healer.join()
    assert [fault["service"] for fault in sandbox.faults.listed()] == ["media"]


@pytest.mark.parametrize("mode", ["hang", "slow"])
def test_waits_the_seconds_it_was_told(sandbox: Sandbox, mode: str) -> None:
    sandbox.faults.set("billing", mode, seconds=0.3)
    began = time.monotonic()
    assert ask(sandbox).json()["code"] == 200
    assert time.monotonic() - began >= 0.3


def test_a_reset_abandons_who_waits() -> None:
    with Sandbox() as sandbox:
        sandbox.faults.set("kannel", "hang")
        resetter = once_it_waits(sandbox, "kannel", sandbox.reset)
        sms = {"user": "demo", "pass": "demo", "to": str(PHONE), "text": "1234"}
        with pytest.raises(requests.ConnectionError):
            requests.get(sandbox.kannel_url + "/cgi-bin/sendsms", params=sms, timeout=SOON)
        resetter.join()
        assert not sandbox.messages and not sandbox.faults.listed()


def test_stopping_lets_nobody_hang() -> None:
    sandbox = Sandbox().start()
    sandbox.faults.set("billing", "hang")
    stopper = once_it_waits(sandbox, "billing", sandbox.stop)
    with pytest.raises(requests.ConnectionError):
        ask(sandbox)
    stopper.join(SOON)
    assert not stopper.is_alive()


def test_html_nan_and_a_wrong_json_come_with_200(sandbox: Sandbox) -> None:
    for kind, holds in (("html", "<html>"), ("nan", "NaN"), ("array", "[1,")):
        sandbox.faults.set("billing", "rubbish", kind=kind)
        answer = ask(sandbox)
        assert answer.status_code == 200 and holds in answer.text


def test_a_huge_answer_tells_no_length_and_goes_on(sandbox: Sandbox) -> None:
    sandbox.faults.set("billing", "rubbish", kind="huge")
    url = sandbox.billing_url + "getaddresslist"
    with requests.post(url, json={"phone": PHONE}, stream=True, timeout=SOON) as answer:
        assert "Content-Length" not in answer.headers
        got = 0
        for block in answer.iter_content(1024 * 1024):
            got += len(block)
            if got > 5 * 1024 * 1024:
                break
    assert got > 5 * 1024 * 1024


def test_a_cut_answer_ends_before_its_length(sandbox: Sandbox) -> None:
    sandbox.faults.set("billing", "rubbish", kind="cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(sandbox)


def test_a_drip_outlives_any_read_time_out(sandbox: Sandbox) -> None:
    sandbox.faults.set("billing", "rubbish", kind="drip")
    url = sandbox.billing_url + "getaddresslist"
    with requests.post(url, json={"phone": PHONE}, stream=True, timeout=SOON) as answer:
        drops = answer.iter_content(1)
        assert [next(drops) for _ in range(3)] == [b"{", b'"', b"c"]


def test_drop_does_the_work_and_tells_nobody(sandbox: Sandbox) -> None:
    sandbox.faults.set("kannel", "drop")
    sms = {"user": "demo", "pass": "demo", "to": str(PHONE), "text": "Code: 1234"}
    with pytest.raises(requests.ConnectionError):
        requests.get(sandbox.kannel_url + "/cgi-bin/sendsms", params=sms, timeout=SOON)
    assert sandbox.code_for(str(PHONE)) == "1234"


def test_down_closes_new_and_kept_connections(sandbox: Sandbox) -> None:
    url = sandbox.billing_url + "getaddresslist"
    with requests.Session() as kept:
        assert kept.post(url, json={"phone": PHONE}, timeout=SOON).status_code == 200
        sandbox.faults.set("billing", "down")
        with pytest.raises(requests.ConnectionError):
            kept.post(url, json={"phone": PHONE}, timeout=SOON)
    with pytest.raises(requests.ConnectionError):
        ask(sandbox)
    sandbox.faults.set("billing", "ok")
    assert ask(sandbox).status_code == 200


def test_a_fault_of_one_method_leaves_the_others(sandbox: Sandbox) -> None:
    sandbox.faults.set("billing", "error", method="getsettingslist")
    assert ask(sandbox).status_code == 200
    url = sandbox.billing_url + "getsettingslist"
    assert requests.post(url, json={"phone": PHONE}, timeout=SOON).status_code == 500


def test_a_fault_ends_after_its_times(sandbox: Sandbox) -> None:
    sandbox.faults.set("billing", "error", times=2)
    assert [ask(sandbox).status_code for _ in range(3)] == [500, 500, 200]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda faults: faults.set("post", "error"),
        lambda faults: faults.set("billing", "explode"),
        lambda faults: faults.set("billing", "queued"),
        lambda faults: faults.set("billing", "rubbish", kind="pdf"),
        lambda faults: faults.set("billing", "hang", seconds=-1),
        lambda faults: faults.set("billing", "hang", seconds=float("nan")),
        lambda faults: faults.set("billing", "error", times=0),
    ],
)
def test_what_is_not_known_is_not_set(sandbox: Sandbox, wrong: Callable[..., None]) -> None:
    with pytest.raises(ValueError):
        wrong(sandbox.faults)
    assert not sandbox.faults.listed()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Content-Length: 99999999", b"413"),
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Content-Length: -5", b"411"),
    ],
)
def test_a_body_without_a_sane_length_is_not_read(
    sandbox: Sandbox, head: bytes, status: bytes
) -> None:
    port = int(sandbox.billing_url.rstrip("/").rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=SOON) as raw:
        raw.sendall(b"POST /getlist HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        assert raw.makefile("rb").readline().split()[1] == status
