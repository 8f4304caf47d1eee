"""`user/confirmCode`: few guesses, one use, and a second chance for an answer that was lost."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from smartyard.phones import Phone
from smartyard.sandbox import Sandbox
from tests.fixtures.world import NOBODY, NORMAL, SECOND
from tests.user.asking import ask, at_once, call, confirm, rows, token_of, wait_until_blocked, wrong
from tests.user.conftest import Clock, MakeApp

SESSIONS = "SELECT count(*) FROM sessions"


@pytest.fixture(name="asked")
def asked_fixture(make_app: MakeApp, sandbox: Sandbox) -> tuple[Any, str]:
    """An application that has just sent a code to NORMAL, and that code."""
    app = make_app()
    assert ask(app, NORMAL).status_code == 204
    return app, sandbox.code_for(NORMAL)


def test_a_right_code_begins_a_session(asked: tuple[Any, str], clean_database: sa.Engine) -> None:
    app, code = asked
    answer = confirm(app, "8" + NORMAL[1:], code)
    assert answer.get_json()["data"]["names"] == {"name": "", "patronymic": ""}
    assert call(app, token_of(answer), "ping").status_code == 204
    assert rows(clean_database, "SELECT phone FROM persons") == [NORMAL]
    assert rows(clean_database, SESSIONS) == [1]


def test_names_told_before_come_back_at_the_next_sign_in(
    asked: tuple[Any, str], sandbox: Sandbox
) -> None:
    app, code = asked
    call(app, token_of(confirm(app, NORMAL, code)), "sendName", {"name": "Иван", "patronymic": "О"})
    ask(app, NORMAL)
    answer = confirm(app, NORMAL, sandbox.code_for(NORMAL))
    assert answer.get_json()["data"]["names"] == {"name": "Иван", "patronymic": "О"}


def test_five_guesses_and_then_the_right_code_is_too_late(
    asked: tuple[Any, str], clean_database: sa.Engine
) -> None:
    app, code = asked
    assert [confirm(app, NORMAL, wrong(code)).status_code for _ in range(5)] == [403] * 5
    assert confirm(app, NORMAL, wrong(code)).status_code == 429
    assert confirm(app, NORMAL, code).status_code == 429
    assert rows(clean_database, SESSIONS) == [0]


def test_the_fifth_guess_may_still_be_right(asked: tuple[Any, str]) -> None:
    app, code = asked
    for _ in range(4):
        confirm(app, NORMAL, wrong(code))
    assert confirm(app, NORMAL, code).status_code == 200


def test_guesses_that_come_at_once_are_counted_before_they_are_compared(
    asked: tuple[Any, str], clean_database: sa.Engine
) -> None:
    app, code = asked
    guesses = [f"{number:04d}" for number in range(10000) if f"{number:04d}" != code][:20]
    answers = at_once(lambda number: confirm(app, NORMAL, guesses[number]).status_code, 20)
    assert (answers.count(403), answers.count(429)) == (5, 15)
    assert confirm(app, NORMAL, code).status_code == 429
    assert rows(clean_database, SESSIONS) == [0]


def test_a_code_dies_after_five_minutes(asked: tuple[Any, str], clock: Clock) -> None:
    app, code = asked
    clock.forward(seconds=299)
    assert confirm(app, NORMAL, wrong(code)).status_code == 403
    clock.forward(seconds=1)
    assert confirm(app, NORMAL, code).status_code == 404


def test_no_code_was_asked_for(asked: tuple[Any, str]) -> None:
    app, code = asked
    answer = confirm(app, SECOND, code)
    assert (answer.status_code, answer.get_json()["code"]) == (404, 404)


def test_two_people_may_have_the_same_code(make_app: MakeApp, sandbox: Sandbox) -> None:
    ask(make_app(), NORMAL)
    code = sandbox.code_for(NORMAL)
    app = make_app(test_user=Phone(NOBODY), test_pass=SecretStr(code))
    assert ask(app, NOBODY).status_code == 204
    tokens = [token_of(confirm(app, phone, code)) for phone in (NORMAL, NOBODY)]
    call(app, tokens[0], "sendName", {"name": "Иван"})
    assert call(app, tokens[1], "getName").get_json()["data"]["name"] == ""


def test_a_code_is_worth_nothing_under_another_secret_key(
    asked: tuple[Any, str], make_app: MakeApp
) -> None:
    _, code = asked
    assert confirm(make_app(secret_key=SecretStr("another" * 8)), NORMAL, code).status_code == 403


@pytest.mark.parametrize("same", [{}, {"deviceToken": "device-1"}], ids=["address", "device"])
def test_a_lost_answer_is_given_again_as_a_fresh_token_of_the_same_session(
    asked: tuple[Any, str], clean_database: sa.Engine, clock: Clock, same: dict[str, str]
) -> None:
    app, code = asked
    lost = token_of(confirm(app, NORMAL, code, **same))
    before = rows(clean_database, "SELECT id FROM sessions")
    clock.forward(seconds=29)
    again = token_of(confirm(app, NORMAL, code, **same))
    assert again != lost and rows(clean_database, "SELECT id FROM sessions") == before
    assert call(app, lost, "ping").status_code == 401
    assert call(app, again, "ping").status_code == 204


def test_a_lost_answer_may_be_lost_four_times(asked: tuple[Any, str]) -> None:
    app, code = asked
    tokens = [token_of(confirm(app, NORMAL, code)) for _ in range(5)]
    assert [call(app, token, "ping").status_code for token in tokens] == [401] * 4 + [204]


def test_a_lost_answer_is_given_again_after_the_fifth_guess_too(asked: tuple[Any, str]) -> None:
    app, code = asked
    for _ in range(4):
        confirm(app, NORMAL, wrong(code))
    assert [confirm(app, NORMAL, code).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("first", "second", "later"),
    [
        ({}, {}, 30),
        ({}, {"address": "203.0.113.9"}, 0),
        ({"deviceToken": "one"}, {"deviceToken": "two"}, 0),
        ({"deviceToken": "one"}, {}, 0),
        ({}, {"deviceToken": "one"}, 0),
    ],
    ids=["too late", "another address", "another device", "no device", "a device suddenly"],
)
def test_a_used_code_is_gone_for_everybody_else(
    asked: tuple[Any, str],
    clean_database: sa.Engine,
    clock: Clock,
    first: dict[str, str],
    second: dict[str, str],
    later: int,
) -> None:
    app, code = asked
    token = token_of(confirm(app, NORMAL, code, **first))
    clock.forward(seconds=later)
    assert confirm(app, NORMAL, code, **second).status_code == 404
    assert rows(clean_database, SESSIONS) == [1]
    assert call(app, token, "ping").status_code == 204


def test_a_used_code_is_gone_once_its_token_was_seen(
    asked: tuple[Any, str], clean_database: sa.Engine
) -> None:
    app, code = asked
    token = token_of(confirm(app, NORMAL, code))
    assert call(app, token, "ping").status_code == 204
    assert confirm(app, NORMAL, code).status_code == 404
    assert call(app, token, "ping").status_code == 204
    assert rows(clean_database, SESSIONS) == [1]


def test_a_wrong_code_after_the_right_one_gives_nothing(asked: tuple[Any, str]) -> None:
    app, code = asked
    token_of(confirm(app, NORMAL, code))
    assert confirm(app, NORMAL, wrong(code)).status_code == 403


def test_the_right_code_sent_five_times_at_once_makes_one_session(
    asked: tuple[Any, str], clean_database: sa.Engine
) -> None:
    app, code = asked
    tokens = [token_of(answer) for answer in at_once(lambda _: confirm(app, NORMAL, code), 5)]
    assert rows(clean_database, SESSIONS) == [1]
    assert [call(app, token, "ping").status_code for token in tokens].count(204) == 1


def test_the_right_code_from_five_addresses_at_once_lets_one_in(
    asked: tuple[Any, str], clean_database: sa.Engine
) -> None:
    app, code = asked
    answers = at_once(lambda n: confirm(app, NORMAL, code, f"203.0.113.{n}").status_code, 5)
    assert sorted(answers) == [200, 404, 404, 404, 404]
    assert rows(clean_database, SESSIONS) == [1]


def test_ended_codes_are_deleted_and_live_ones_stay(
    asked: tuple[Any, str], clean_database: sa.Engine, clock: Clock
) -> None:
    from smartyard.sign_in.service import SignInService  # pylint: disable=import-outside-toplevel

    app, _ = asked
    clock.forward(minutes=12)
    ask(app, SECOND)
    clock.forward(minutes=4)
    with app.app_context():
        app.extensions["smartyard"][SignInService].forget_ended(clock())
    assert rows(clean_database, "SELECT phone FROM login_codes") == [SECOND]


def test_a_sign_in_while_the_account_goes_is_a_new_account(
    asked: tuple[Any, str], clean_database: sa.Engine, sandbox: Sandbox
) -> None:
    app, code = asked
    call(app, token_of(confirm(app, NORMAL, code)), "sendName", {"name": "Иван"})
    ask(app, NORMAL)
    answers: list[Any] = []
    late = sandbox.code_for(NORMAL)
    thread = threading.Thread(target=lambda: answers.append(confirm(app, NORMAL, late)))
    with clean_database.connect() as leaving:
        leaving.execute(sa.text("DELETE FROM persons"))
        thread.start()
        wait_until_blocked(clean_database)
        leaving.commit()
    thread.join(30)
    assert call(app, token_of(answers[0]), "getName").get_json()["data"]["name"] == ""
