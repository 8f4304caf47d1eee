"""How any error becomes the envelope, and what the log says of it."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa
from flask import Flask, abort
from flask.testing import FlaskClient

from smartyard import errors
from smartyard.db import db, transaction

FAMILY = {
    errors.Malformed: 422,
    errors.NoToken: 422,
    errors.TokenRefused: 401,
    errors.NotYours: 403,
    errors.NotFound: 404,
    errors.PaymentRequired: 402,
    errors.TooOften: 429,
    errors.DependencyUnavailable: 503,
    errors.AppError: 500,
}


def raising(error: Callable[[], Any]) -> FlaskClient:
    """A client of an application whose one view raises."""
    app = Flask("raising")
    errors.install(app)

    def view() -> NoReturn:
        raise error()

    app.add_url_rule("/it", view_func=view)
    return app.test_client()


def is_envelope(answer: Any, status: int) -> bool:
    """Status, code, the status's name and a Russian sentence, and nothing more."""
    body = answer.get_json()
    return bool(
        answer.status_code == status == body["code"]
        and body["name"] == HTTPStatus(status).phrase
        and any("а" <= letter <= "я" for letter in body["message"])
        and set(body) == {"code", "name", "message"}
        and answer.content_type == "application/json"
    )


@pytest.mark.parametrize(
    ("kind", "status"), FAMILY.items(), ids=lambda v: getattr(v, "__name__", "")
)
def test_each_error_has_its_one_status(kind: type[errors.AppError], status: int) -> None:
    assert is_envelope(raising(kind).get("/it"), status)


def test_only_these_statuses_are_ever_an_error_of_ours() -> None:
    def of(kind: type[errors.AppError]) -> set[int]:
        return {kind.status}.union(*(of(child) for child in kind.__subclasses__()))

    assert of(errors.AppError) == set(FAMILY.values())


def test_an_expected_error_logs_its_cause_and_never_its_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    answer = raising(lambda: errors.NotYours(cause="the cause")).get("/it")
    assert "the cause" not in answer.text
    (record,) = [r for r in caplog.records if r.name == "smartyard.errors"]
    assert (record.levelno, record.exc_info) == (logging.INFO, None)
    assert "the cause" in record.getMessage()


def test_a_bug_answers_a_constant_and_logs_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    answer = raising(lambda: KeyError("what nobody shall see")).get("/it")
    assert is_envelope(answer, 500) and "nobody" not in answer.text
    (record,) = [r for r in caplog.records if r.name == "smartyard.errors"]
    assert record.levelno == logging.ERROR and record.exc_info


@pytest.mark.parametrize("status", [400, 406, 410, 415, 417, 424])
def test_the_frameworks_odd_refusals_are_a_wrong_shape(status: int) -> None:
    client = Flask("aborting")
    errors.install(client)
    client.add_url_rule("/it", view_func=lambda: abort(status))
    assert is_envelope(client.test_client().get("/it"), 422)


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ("SELECT pg_sleep(30)", 503),
        ("SELECT pg_terminate_backend(pg_backend_pid())", 503),
        ("DO $$ BEGIN RAISE EXCEPTION 'met' USING ERRCODE = 'deadlock_detected'; END $$", 503),
        ("DO $$ BEGIN RAISE EXCEPTION 'met' USING ERRCODE = 'serialization_failure'; END $$", 503),
        ("SELECT nothing FROM nowhere", 500),
        ("INSERT INTO persons (phone, name, patronymic, notify, notify_money, created_at)"
         " VALUES (:phone, '', '', true, true, now()), (:phone, '', '', true, true, now())", 500),
    ],
    ids=["too slow", "cut off", "a deadlock", "out of order", "no such table", "a broken rule"],
)  # fmt: skip
def test_a_database_that_fails_is_503_and_a_wrong_statement_a_bug(
    app_of: Callable[..., Flask],
    caplog: pytest.LogCaptureFixture,
    statement: str,
    status: int,
) -> None:
    app = app_of(db_statement_timeout=0.3)

    def view() -> str:
        with transaction() as session:
            bound = {"phone": "79000000001"} if ":phone" in statement else {}
            session.execute(sa.text(statement), bound)
        return ""

    view.door = "public"  # type: ignore[attr-defined]
    app.add_url_rule("/it", view_func=view)
    assert is_envelope(app.test_client().get("/it"), status)
    assert "79000000001" not in caplog.text
    assert app.test_client().get("/api/nothing").status_code == 404


@pytest.fixture(name="app_of")
def app_of_fixture(settings: Any, clean_database: sa.Engine) -> Any:
    """Makes applications of changed settings over the test database."""
    from smartyard.wiring import create_app  # pylint: disable=import-outside-toplevel

    assert clean_database is not None
    made: list[Flask] = []

    def make(**changes: Any) -> Flask:
        made.append(create_app(settings.model_copy(update=changes)))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


def test_waiting_for_a_lock_too_long_is_a_503(
    app_of: Callable[..., Flask], clean_database: sa.Engine
) -> None:
    app = app_of(db_lock_timeout=0.2)
    with clean_database.connect() as connection:
        connection.execute(sa.text("LOCK TABLE sessions"))
        answer = app.test_client().post(
            "/api/user/ping", headers={"Authorization": f"Bearer {'0' * 8}{'-0000' * 3}-{'0' * 12}"}
        )
        connection.rollback()
    assert is_envelope(answer, 503)


def test_a_full_pool_is_a_503(app_of: Callable[..., Flask]) -> None:
    app = app_of(db_pool=1, db_pool_wait=0.2)
    bearer = {"Authorization": f"Bearer {'0' * 8}{'-0000' * 3}-{'0' * 12}"}
    with app.app_context(), db.engine.connect():
        answer = app.test_client().post("/api/user/ping", headers=bearer)
    assert is_envelope(answer, 503)
    assert app.test_client().post("/api/user/ping", headers=bearer).status_code == 401
