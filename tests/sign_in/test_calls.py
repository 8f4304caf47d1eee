"""Signing in by a call: which call confirms whose request, who learns of it, and how often."""

from typing import Any

import pytest

from smartyard.phones import Phone
from smartyard.sandbox import Sandbox
from smartyard.sign_in.calling import CallSignInService
from tests.fixtures.town import Town, together
from tests.fixtures.world import NORMAL, SECOND
from tests.sign_in.conftest import FIRST, HERE, Line, opened

OTHER, ELSEWHERE = "78000000002", "203.0.113.9"
SESSIONS = "SELECT count(*) FROM sessions"


def test_a_call_signs_in_whoever_asked_and_costs_no_sms(
    line: Line, town: Town, sandbox: Sandbox
) -> None:
    assert line.number() == FIRST
    assert line.check().status_code == 404
    assert line.call() == 204
    answer = line.check("8" + NORMAL[1:])
    assert answer.get_json()["data"]["names"] == {"name": "", "patronymic": ""}
    assert line.ping(answer.get_json()["data"]["accessToken"]) == 204
    assert town.rows("SELECT phone FROM persons") == [(NORMAL,)]
    assert not sandbox.messages


def test_a_flash_call_is_a_call_of_ones_own_for_nobody_here_calls_people(
    line: Line, sandbox: Sandbox
) -> None:
    told = line.ask(method="flashCall").get_json()["data"]
    assert told == {"method": "outgoingCall", "confirmationNumbers": [FIRST]}
    assert line.call() == 204 and line.check().status_code == 200
    assert not sandbox.messages


@pytest.mark.parametrize("method", ["outgoingCall", "flashCall"])
def test_without_numbers_a_call_that_is_asked_for_is_an_sms(
    town: Town, sandbox: Sandbox, method: str
) -> None:
    line = opened(town, confirm_numbers=())
    assert line.ask(method=method).get_json()["data"] == {"method": "sms"}
    assert len(sandbox.messages) == 1


@pytest.mark.parametrize("method", ["sms", "smsCode", "pigeon"])
def test_every_other_method_is_an_sms_and_says_so(
    line: Line, sandbox: Sandbox, method: str
) -> None:
    assert line.ask(method=method).get_json()["data"] == {"method": "sms"}
    assert len(sandbox.messages) == 1


def test_apps_that_leave_it_to_us_call_where_the_operator_wants_it_and_they_can(
    town: Town, sandbox: Sandbox
) -> None:
    line = opened(town)
    newer = {"X-System-Info": "any"}
    assert line.ask(method=None, **newer).status_code == 204 and len(sandbox.messages) == 1
    town.change("TRUNCATE login_codes")
    line.app = town.open(confirm_method="outgoingCall")
    assert line.ask(method=None).status_code == 204 and len(sandbox.messages) == 2
    told = line.ask(method=None, **newer).get_json()["data"]
    assert told == {"method": "outgoingCall", "confirmationNumbers": [FIRST]}


@pytest.mark.parametrize("caller, to", [
    (SECOND, FIRST), (NORMAL, OTHER), ("anonymous", FIRST), ("", FIRST), (NORMAL, "112"),
    ("442071234567", FIRST), (FIRST, NORMAL),
])  # fmt: skip
def test_another_call_confirms_nothing(line: Line, caller: str, to: str) -> None:
    line.ask()
    assert line.call(caller, to) == 404
    assert line.check().status_code == 404


@pytest.mark.parametrize("caller", ["+7 900 000-00-01", "89000000001", 79000000001])
def test_the_pbx_may_spell_numbers_as_it_likes(line: Line, caller: Any) -> None:
    line.ask()
    assert line.call(caller, 88000000001) == 204
    assert line.check().status_code == 200


def test_a_call_is_awaited_five_minutes_and_confirms_once(line: Line, town: Town) -> None:
    line.ask()
    town.clock.forward(seconds=299)
    assert [line.call(), line.call()] == [204, 404]
    town.clock.forward(seconds=50)  # the app has the time to ask again
    assert line.check().status_code == 200
    line.ask(SECOND)
    town.clock.forward(seconds=300)
    assert line.call(SECOND) == 404


def test_a_new_request_needs_a_new_call(line: Line) -> None:
    line.ask()
    line.call()
    line.ask()
    assert line.check().status_code == 404
    assert line.call() == 204
    assert line.check().status_code == 200


def test_a_repeat_within_a_minute_is_the_same_request(line: Line, town: Town) -> None:
    line.ask()
    before = town.rows("SELECT * FROM login_calls")
    town.clock.forward(seconds=59)
    assert line.number() == FIRST and town.rows("SELECT * FROM login_calls") == before
    town.clock.forward(seconds=2)
    assert line.number() == FIRST and town.rows("SELECT * FROM login_calls") != before


def test_who_asks_from_elsewhere_learns_nothing(line: Line, town: Town) -> None:
    line.ask()
    line.call()
    assert line.check(address=ELSEWHERE).status_code == 404
    assert town.one(SESSIONS) == 0
    assert line.check().status_code == 200
    assert line.check(address=ELSEWHERE).status_code == 404


def test_a_second_asker_is_sent_an_sms_and_gets_nothing_of_the_call(
    line: Line, sandbox: Sandbox
) -> None:
    line.ask()
    assert line.ask(address=ELSEWHERE).get_json()["data"] == {"method": "sms"}
    assert len(sandbox.messages) == 1
    assert line.call() == 204
    assert line.check(address=ELSEWHERE).status_code == 404
    assert line.check().status_code == 200


def test_a_call_that_comes_late_signs_nobody_else_in(line: Line, town: Town) -> None:
    line.ask()
    town.clock.forward(seconds=301)
    assert line.ask(address=ELSEWHERE).get_json()["data"] == {"method": "sms"}
    assert line.call() == 404
    town.clock.forward(seconds=300)
    assert line.number(address=ELSEWHERE) == FIRST


def test_a_number_stays_that_of_its_asker(town: Town) -> None:
    numbers = tuple(Phone(f"7800000{n:04d}") for n in range(50))
    line = opened(town, confirm_numbers=numbers, sms_per_phone_hour=1000, sms_per_phone_day=1000)
    seen = set()
    for last in range(1, 9):
        address = f"198.51.100.{last}"
        told = line.number(address=address)
        town.clock.forward(minutes=2)
        assert line.number(address=address) == told
        town.clock.forward(minutes=20)
        seen.add(told)
    assert len(seen) > 2


def test_two_checks_at_once_are_one_session_and_one_token(line: Line, town: Town) -> None:
    line.ask()
    line.call()
    tokens = set(together(4, lambda _: line.token()))
    assert len(tokens) == 1 and town.one(SESSIONS) == 1
    assert line.ping(tokens.pop()) == 204


def test_checks_at_once_from_everywhere_let_in_the_asker_alone(line: Line, town: Town) -> None:
    line.ask()
    line.call()
    addresses = [HERE, *(f"203.0.113.{n}" for n in range(1, 5))]
    told = together(5, lambda n: line.check(address=addresses[n]).status_code)
    assert told == [200, 404, 404, 404, 404] and town.one(SESSIONS) == 1


def test_a_lost_answer_is_told_again_for_half_a_minute(line: Line, town: Town) -> None:
    line.ask()
    line.call()
    lost = line.token()
    town.clock.forward(seconds=29)
    assert line.token() == lost
    town.clock.forward(seconds=2)
    assert line.check().status_code == 404
    assert line.ping(lost) == 204


def test_a_token_that_was_used_is_told_no_more(line: Line) -> None:
    line.ask()
    line.call()
    token = line.token()
    assert line.ping(token) == 204
    assert line.check().status_code == 404 and line.ping(token) == 204


def test_a_device_that_signs_in_again_has_one_session(line: Line, town: Town) -> None:
    for _ in range(2):
        line.ask()
        line.call()
        line.token(deviceToken="a browser")
    assert town.one(SESSIONS) == 1


def test_who_leaves_is_awaited_no_more(line: Line, town: Town) -> None:
    line.ask()
    line.call()
    token = line.token()
    line.ask()
    headers = {"Authorization": f"Bearer {token}"}
    line.app.test_client().post("/api/user/deleteAccount", headers=headers)
    assert line.call() == 404 and town.one("SELECT count(*) FROM login_calls") == 0


def test_asking_by_call_is_limited_as_codes_are(town: Town) -> None:
    line = opened(town, sms_per_phone_hour=2)
    for _ in range(2):
        line.number()
        town.clock.forward(seconds=61)
    assert line.ask().status_code == 429
    assert line.call() == 204  # what was asked for before still holds


def test_checking_has_room_for_an_app_that_asks_each_second_and_no_more(
    line: Line,
) -> None:
    line.ask()
    told = [line.check().status_code for _ in range(201)]
    assert set(told[:200]) == {404} and told[200] == 429
    assert line.check(address=ELSEWHERE).status_code == 404
    assert line.check(SECOND).status_code == 404


def test_only_the_pbx_may_tell_of_calls(line: Line, town: Town) -> None:
    line.ask()
    other = opened(town, scope="events")
    assert line.call(key=other.key) == 403
    assert line.app.test_client().post("/api/hooks/call", json={}).status_code == 422
    assert line.check().status_code == 404


@pytest.mark.parametrize("body", [{}, {"from": NORMAL}, {"to": FIRST}, {"from": [], "to": {}},
                                  {"from": "7\x00", "to": FIRST}])  # fmt: skip
def test_a_wrong_shape_is_422(line: Line, body: dict[str, Any]) -> None:
    answer = line.app.test_client().post(
        "/api/hooks/call", json=body, headers={"Authorization": f"Bearer {line.key}"}
    )
    assert answer.status_code == 422


def test_the_log_holds_no_number_and_no_token(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    line.ask()
    line.ask(address=ELSEWHERE)
    line.call()
    line.call(SECOND)
    token = line.token()
    assert "confirmed" in caplog.text
    for secret in (NORMAL, SECOND, token, line.key):
        assert secret not in caplog.text


def test_requests_that_ended_are_deleted(line: Line, town: Town) -> None:
    line.ask()
    town.clock.forward(minutes=12)
    line.ask(SECOND)
    town.clock.forward(minutes=4)
    with line.app.app_context():
        line.app.extensions["smartyard"][CallSignInService].forget_ended(town.clock())
    assert town.rows("SELECT phone FROM login_calls") == [(SECOND,)]
