"""`user/requestCode` when Kannel fails: an honest 503, and a code that may still come lives on."""

import socket
import time
from typing import Any

import pytest
import sqlalchemy as sa

from smartyard.sandbox import Sandbox
from tests.fixtures.world import LATE, LOST, NORMAL, REFUSED
from tests.user.asking import ask, confirm, hits, rows
from tests.user.conftest import MakeApp

STATE = "SELECT sms_state FROM login_codes"


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"mode": "refuse"}, []),
        ({"mode": "down"}, ["unknown"]),
        ({"mode": "drop"}, ["unknown"]),
        ({"mode": "error"}, ["unknown"]),
        ({"mode": "hang"}, ["unknown"]),
        ({"mode": "rubbish", "kind": "html"}, ["unknown"]),
        ({"mode": "rubbish", "kind": "huge"}, ["unknown"]),
        ({"mode": "rubbish", "kind": "drip"}, ["unknown"]),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
def test_a_failing_kannel_is_an_honest_503(
    make_app: MakeApp,
    sandbox: Sandbox,
    clean_database: sa.Engine,
    fault: dict[str, Any],
    state: list[str],
) -> None:
    app = make_app(kannel_timeout=1.0)
    sandbox.faults.set("kannel", **fault)
    answer = ask(app, NORMAL)
    assert answer.status_code == 503
    assert answer.get_json()["code"] == 503 and answer.get_json()["message"]
    # What may have been sent counts and can be confirmed; what was surely not sent is nothing.
    assert rows(clean_database, STATE) == state
    assert bool(hits(clean_database)) == bool(state)


def test_nobody_at_kannels_port_is_a_503_and_no_code(
    make_app: MakeApp, clean_database: sa.Engine
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert ask(make_app(kannel_port=port), NORMAL).status_code == 503
    assert not rows(clean_database, STATE) and not hits(clean_database)


def test_without_a_kannel_there_is_a_503(make_app: MakeApp, clean_database: sa.Engine) -> None:
    assert ask(make_app(kannel_host=""), NORMAL).status_code == 503
    assert not rows(clean_database, STATE) and not hits(clean_database)


def test_a_mended_kannel_is_asked_again_at_once(make_app: MakeApp, sandbox: Sandbox) -> None:
    app = make_app()
    assert ask(app, REFUSED).status_code == 503
    sandbox.faults.set("kannel", "refuse", times=1)
    assert ask(app, NORMAL).status_code == 503
    assert ask(app, NORMAL).status_code == 204
    assert confirm(app, NORMAL, sandbox.code_for(NORMAL)).status_code == 200


def test_queued_for_later_is_success(
    make_app: MakeApp, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    sandbox.faults.set("kannel", "queued")
    assert ask(make_app(), NORMAL).status_code == 204
    assert rows(clean_database, STATE) == ["taken"]


def test_after_a_time_out_a_repeat_sends_nothing_and_the_late_code_works(
    make_app: MakeApp, sandbox: Sandbox
) -> None:
    app = make_app(kannel_timeout=1.0)
    began = time.monotonic()
    assert ask(app, LATE).status_code == 503
    assert time.monotonic() - began < 10  # far below what Kannel would have taken
    assert [ask(app, LATE).status_code for _ in range(3)] == [204] * 3
    assert len(sandbox.calls("kannel")) == 1 and not sandbox.messages
    sandbox.faults.clear()  # Kannel wakes up, and delivers after all
    assert confirm(app, LATE, sandbox.code_for(LATE, within=10)).status_code == 200
    assert len(sandbox.messages) == 1


def test_a_lost_sms_looks_like_a_sent_one_until_a_new_code_is_asked_for(
    make_app: MakeApp, sandbox: Sandbox
) -> None:
    app = make_app()
    assert [ask(app, LOST).status_code for _ in range(2)] == [204, 204]
    assert len(sandbox.calls("kannel")) == 1 and not sandbox.messages


def test_a_silent_kannel_holds_up_nobody_else_once_the_breaker_is_open(
    make_app: MakeApp, sandbox: Sandbox
) -> None:
    app = make_app(kannel_timeout=0.5, breaker_failures=3)
    sandbox.faults.set("kannel", "hang")
    phones = [f"7900111000{number}" for number in range(5)]
    assert [ask(app, phone).status_code for phone in phones] == [503] * 5
    assert len(sandbox.calls("kannel")) == 3
