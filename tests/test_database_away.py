"""A database that is away is a fast 503 in the envelope, and its return needs no restart."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from smartyard.config import Settings
from smartyard.db import db
from smartyard.flussonic import tokens
from smartyard.launcher.postgres import Cluster
from smartyard.sandbox import Sandbox
from smartyard.secret import Keys
from smartyard.wiring import create_app
from tests.fixtures.database import SECRET_KEY
from tests.fixtures.proxy import DatabaseProxy
from tests.fixtures.world import NORMAL, connected, sign_in_by

FAST = 15  # seconds; what we promise is less, and a noisy machine needs some more


@pytest.fixture(name="proxy")
def proxy_fixture(database_cluster: Cluster) -> Iterator[DatabaseProxy]:
    proxy = DatabaseProxy(database_cluster.socket_dir / ".s.PGSQL.5432")
    yield proxy
    proxy.close()


@pytest.fixture(name="app")
def app_fixture(
    settings: Settings, sandbox: Sandbox, proxy: DatabaseProxy, clean_database: sa.Engine
) -> Iterator[Flask]:
    assert clean_database is not None
    told = connected(settings, sandbox, pg_host="127.0.0.1", pg_port=proxy.port)
    app = create_app(told.model_copy(update={"db_connect_timeout": 2, "db_pool_wait": 1.0}))
    yield app
    with app.app_context():
        db.engine.dispose()


def statuses(app: Flask, token: str) -> dict[str, int]:
    """What each kind of caller gets; those that are errors must come in the envelope."""
    client = app.test_client()
    video = tokens.new_token(Keys(SECRET_KEY.encode()))
    bearer = {"Authorization": f"Bearer {token}"}
    code = {"userPhone": NORMAL, "smsCode": "0000"}
    answers: dict[str, Any] = {
        "resident": client.post("/api/user/ping", headers=bearer),
        "confirmCode": client.post("/api/user/confirmCode", json=code),
        "requestCode": client.post("/api/user/requestCode", json={"userPhone": NORMAL}),
        "accessfl": client.get(f"/api/accessfl?name=a&token={video}"),
        "phonePattern": client.post("/api/user/phonePattern"),
        "unknown path": client.post("/api/nothing"),
    }
    for name, answer in answers.items():
        if answer.status_code >= 400 and name != "accessfl":
            assert answer.get_json()["code"] == answer.status_code, name
            assert answer.get_json()["message"], name
    return {name: answer.status_code for name, answer in answers.items()}


AWAY = {"resident": 503, "confirmCode": 503, "requestCode": 503, "accessfl": 503,
        "phonePattern": 200, "unknown path": 404}  # fmt: skip


@pytest.mark.parametrize("how", ["down", "silent"])
def test_everybody_who_needs_it_gets_503_and_all_is_well_when_it_is_back(
    app: Flask, proxy: DatabaseProxy, sandbox: Sandbox, how: str
) -> None:
    token = sign_in_by(app.test_client(), sandbox, NORMAL).token
    assert statuses(app, token)["resident"] == 204
    sent = len(sandbox.calls("kannel"))
    getattr(proxy, how)()
    began = time.monotonic()
    assert statuses(app, token) == AWAY
    assert time.monotonic() - began < FAST
    assert len(sandbox.calls("kannel")) == sent  # no code that nobody could check
    proxy.down()
    proxy.up()
    back = statuses(app, token)
    assert (back["resident"], back["accessfl"]) == (204, 403)
    assert back["requestCode"] == 204


def test_a_server_that_starts_before_its_database_serves_once_it_is_there(
    settings: Settings, sandbox: Sandbox, proxy: DatabaseProxy, clean_database: sa.Engine
) -> None:
    assert clean_database is not None
    proxy.down()
    early = create_app(connected(settings, sandbox, pg_host="127.0.0.1", pg_port=proxy.port))
    assert statuses(early, "0" * 8 + "-0000" * 3 + "-" + "0" * 12) == AWAY
    proxy.up()
    assert sign_in_by(early.test_client(), sandbox, NORMAL).post("user/ping").status_code == 204
    with early.app_context():
        db.engine.dispose()
