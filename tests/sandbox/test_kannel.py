"""Kannel's sendsms: the answers and what arrives on the phone, as `protocols.md` 2 has them."""

import threading

import pytest
import requests

from smartyard.sandbox import Sandbox

CODE = "РОСТЕЛЕСЕТЬ код подтверждения: 1234"


def send(sandbox: Sandbox, method: str = "GET", path: str = "/cgi-bin/sendsms", **other: object):
    """A right request, with what a test changes; None leaves a parameter out."""
    right = {"user": "demo", "password": "demo", "to": "79000000001", "from": "YARD"}
    right |= {"text": CODE, "coding": "2", "charset": "UTF-8"}
    given = {name: value for name, value in (right | other).items() if value is not None}
    return requests.request(method, sandbox.kannel_url + path, params=given, timeout=10)


def test_takes_a_message_and_delivers_it_letter_by_letter(sandbox: Sandbox) -> None:
    answer = send(sandbox)
    assert (answer.status_code, answer.text) == (202, "0: Accepted for delivery")
    (message,) = sandbox.messages
    assert (message["to"], message["from"], message["text"]) == ("79000000001", "YARD", CODE)
    assert message["coding"] == 2


def test_knows_the_newest_code_of_a_number(sandbox: Sandbox) -> None:
    send(sandbox)
    send(sandbox, text="Код: 5678\n@example.com #5678")
    send(sandbox, to="79000000002", text="Код: 9999")
    assert sandbox.code_for("79000000001") == sandbox.code_for("89000000001") == "5678"
    with pytest.raises(LookupError):
        sandbox.code_for("79000000003")


def test_waits_for_a_code_that_is_on_its_way(sandbox: Sandbox) -> None:
    sender = threading.Timer(0.2, send, [sandbox])
    sender.start()
    assert sandbox.code_for("79000000001", within=10) == "1234"
    sender.join()


@pytest.mark.parametrize(
    ("given", "arrives"),
    [
        ({"charset": None, "text": CODE.encode("utf-16-be")}, CODE),
        ({"coding": None}, "??????????? ??? ?????????????: 1234"),
        ({"coding": "0", "charset": None, "text": "Code: 1234 [~]"}, "Code: 1234 [~]"),
        ({"text": "«ё» 🙂"}, "«ё» 🙂"),
        ({"text": "я" * 107}, "я" * 70),
        ({"coding": "0", "text": "x" * 200}, "x" * 160),
        ({"text": ""}, ""),
        ({"text": "a+b & c=d%"}, "a+b & c=d%"),
    ],
)
def test_what_arrives_depends_on_coding_and_charset(
    sandbox: Sandbox, given: dict[str, object], arrives: str
) -> None:
    assert send(sandbox, **given).status_code == 202
    assert sandbox.messages[0]["text"] == arrives


def test_a_wrong_charset_for_the_coding_arrives_broken_with_202(sandbox: Sandbox) -> None:
    assert send(sandbox, charset=None).status_code == 202
    assert "1234" not in sandbox.messages[0]["text"]


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"to": None}, 400, "Missing receiver number, rejected"),
        ({"to": ""}, 400, "Empty receiver number not allowed, rejected"),
        (
            {"to": "abc"},
            400,
            "Number(s) has/have been denied by white- and/or black-lists.",
        ),
        ({"coding": "7"}, 400, "Coding field misformed, rejected"),
        ({"charset": "no-such"}, 400, "Charset or body misformed, rejected"),
        ({"password": "wrong"}, 403, "Authorization failed for sendsms"),
        ({"user": None}, 403, "Authorization failed for sendsms"),
        ({"path": "/sendsms"}, 404, "Unknown request."),
        ({"method": "POST"}, 403, "Authorization failed for sendsms"),
        ({"to": "79000000008"}, 403, "Not routable. Do not try again."),
    ],
)
def test_refuses_and_delivers_nothing(
    sandbox: Sandbox, given: dict[str, object], status: int, words: str
) -> None:
    answer = send(sandbox, **given)
    assert (answer.status_code, answer.text) == (status, words)
    assert not sandbox.messages


def test_sends_on_head_and_under_the_other_names_too(sandbox: Sandbox) -> None:
    other = {"user": None, "password": None, "username": "demo", "pass": "demo"}
    assert send(sandbox, "HEAD", **other).status_code == 202
    assert sandbox.code_for("79000000001") == "1234"


def test_several_receivers_are_split_by_blanks(sandbox: Sandbox) -> None:
    send(sandbox, to="79000000001 +79000000002")
    assert [message["to"] for message in sandbox.messages] == ["79000000001", "+79000000002"]
    assert sandbox.code_for("79000000002") == "1234"


def test_the_late_number_is_silent_past_a_time_out_and_then_delivered(sandbox: Sandbox) -> None:
    with pytest.raises(requests.ReadTimeout):
        requests.get(
            sandbox.kannel_url + "/cgi-bin/sendsms",
            params={"user": "demo", "pass": "demo", "to": "79000000007", "text": "Code: 1234"},
            timeout=0.3,
        )
    assert not sandbox.messages
    sandbox.faults.clear()
    assert sandbox.code_for("79000000007", within=10) == "1234"


def test_the_lost_number_is_accepted_and_never_delivered(sandbox: Sandbox) -> None:
    assert send(sandbox, to="79000000009").status_code == 202
    assert not sandbox.messages


def test_a_queue_answers_success_too(sandbox: Sandbox) -> None:
    sandbox.faults.set("kannel", "queued")
    answer = send(sandbox)
    assert (answer.status_code, answer.text) == (202, "3: Queued for later delivery")
    assert send(sandbox, to="").status_code == 400


def test_keeps_no_password_in_its_records(sandbox: Sandbox) -> None:
    send(sandbox)
    assert "password" not in sandbox.calls("kannel")[0][1]
