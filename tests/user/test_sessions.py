"""Sessions: what a token is, how many devices there may be, and when "last seen" is written."""

import hashlib
import re

import pytest
import sqlalchemy as sa
from flask import Flask

from smartyard.sandbox import Sandbox
from smartyard.user.sessions import new_token
from tests.fixtures.world import NORMAL, SECOND
from tests.user.asking import ask, call, confirm, rows, token_of
from tests.user.conftest import Clock, MakeApp


@pytest.fixture(name="app")
def app_fixture(make_app: MakeApp) -> Flask:
    return make_app(sessions_per_phone=3)


def sign_in(app: Flask, sandbox: Sandbox, phone: str = NORMAL, **more: str) -> str:
    assert ask(app, phone).status_code == 204
    return token_of(confirm(app, phone, sandbox.code_for(phone), **more))


def statuses(app: Flask, tokens: list[str]) -> list[int]:
    return [call(app, token, "ping").status_code for token in tokens]


def test_a_token_looks_like_a_uuid_and_all_its_bits_are_random() -> None:
    tokens = [new_token() for _ in range(400)]
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", t) for t in tokens)
    bits = [int(token.replace("-", ""), 16) for token in tokens]
    ones = [sum(value >> place & 1 for value in bits) for place in range(128)]
    assert min(ones) > 100 and max(ones) < 300  # a UUID of a version has six bits that never change


def test_a_token_is_kept_hashed_and_nowhere_else(
    app: Flask, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    token = sign_in(app, sandbox)
    (kept,) = rows(clean_database, "SELECT token_hash FROM sessions")
    assert bytes(kept) == hashlib.sha256(token.encode()).digest()
    for table in ("sessions", "persons", "login_codes", "limit_counters"):
        for row in rows(clean_database, f"SELECT to_jsonb(t)::text FROM {table} t"):
            assert token not in row and token.replace("-", "") not in row


def test_several_devices_are_signed_in_side_by_side(app: Flask, sandbox: Sandbox) -> None:
    tokens = [sign_in(app, sandbox), sign_in(app, sandbox), sign_in(app, sandbox, SECOND)]
    assert statuses(app, tokens) == [204] * 3
    assert len(set(tokens)) == 3


def test_past_the_cap_the_longest_unseen_device_goes(
    app: Flask, sandbox: Sandbox, clean_database: sa.Engine, clock: Clock
) -> None:
    first, second, third = (sign_in(app, sandbox) for _ in range(3) if not clock.forward(hours=1))
    clock.forward(hours=1)
    assert statuses(app, [first, third]) == [204, 204]
    stranger = sign_in(app, sandbox, SECOND)
    fourth = sign_in(app, sandbox)
    assert statuses(app, [first, second, third, fourth, stranger]) == [204, 401, 204, 204, 204]
    assert rows(clean_database, "SELECT count(*) FROM sessions") == [4]


def test_a_device_that_signs_in_again_has_one_session(app: Flask, sandbox: Sandbox) -> None:
    old = sign_in(app, sandbox, deviceToken="device-1")
    other = sign_in(app, sandbox, deviceToken="device-2")
    neighbour = sign_in(app, sandbox, SECOND, deviceToken="device-1")
    new = sign_in(app, sandbox, deviceToken="device-1")
    assert statuses(app, [old, other, neighbour, new]) == [401, 204, 204, 204]


def test_last_seen_is_written_at_most_every_so_often(
    app: Flask, sandbox: Sandbox, clean_database: sa.Engine, clock: Clock
) -> None:
    token = sign_in(app, sandbox)
    seen = "SELECT last_seen_at, xmin::text FROM sessions"
    assert rows(clean_database, seen)[0][0] is None
    began = clock.now
    written = []
    for _ in range(7):
        assert call(app, token, "getName").status_code == 200
        written.append(rows(clean_database, seen)[0])
        clock.forward(seconds=100)
    assert written[0][0] == began
    assert len(set(written[:4])) == 1  # the row itself was not touched in between
    assert (written[4][0] - began).total_seconds() == 400
    assert len(set(written[4:])) == 1


def test_a_session_that_was_ended_lets_nobody_in(
    app: Flask, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    token, other = sign_in(app, sandbox), sign_in(app, sandbox)
    call(app, token, "ping")
    with clean_database.begin() as connection:
        connection.execute(
            sa.text("DELETE FROM sessions WHERE token_hash = :hash"),
            {"hash": hashlib.sha256(token.encode()).digest()},
        )
    assert statuses(app, [token, other]) == [401, 204]
