"""Keys of the provider's programs: who comes in by one, from where, and until when."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask, Response, jsonify
from werkzeug.test import TestResponse

from smartyard.config import Settings
from smartyard.guard import SCOPES, Provider, provider
from smartyard.sandbox import Sandbox
from smartyard.web import provider_caller
from smartyard.wiring import create_app
from tests.fixtures.money import Clock
from tests.fixtures.world import NORMAL, connected, sign_in_by

KEY = re.compile(r"sy_[A-Za-z0-9_-]{43}")
HERE = "127.0.0.1"


def told() -> Response:
    who = provider_caller()
    return jsonify(who.actor)


@pytest.fixture(name="app")
def app_fixture(
    settings: Settings, sandbox: Sandbox, clean_database: sa.Engine, clock: Clock
) -> Flask:
    """The application, with a route of ours behind the provider's door."""
    assert clean_database is not None
    app = create_app(connected(settings, sandbox), clock=clock)
    app.add_url_rule("/told", view_func=provider("billing")(told), methods=["POST"])
    return app


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["tokens", *words])


def added(app: Flask, name: str = "billing-1", scope: str = "billing", source: str = HERE) -> str:
    done = run(app, "add", name, "--scope", scope, "--from", source)
    assert done.exit_code == 0, done.output
    (key,) = KEY.findall(done.stdout)
    return str(key)


def ask(app: Flask, key: str | None, source: str = HERE, **headers: str) -> TestResponse:
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    environ: dict[str, Any] = {"REMOTE_ADDR": source}
    return app.test_client().post("/told", headers=headers, environ_base=environ)


def rows(engine: sa.Engine, statement: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.text(statement)))


def test_a_key_lets_its_program_in_by_its_name(app: Flask) -> None:
    answer = ask(app, added(app))
    assert (answer.status_code, answer.get_json()) == (200, "token:billing-1")


def test_no_key_is_422_and_a_wrong_one_401(app: Flask) -> None:
    key = added(app)
    assert ask(app, None).status_code == 422
    for wrong in ("", "x", key[:-1], key + "0", "sy_" + "0" * 43, key.swapcase(), "a" * 5000):
        answer = ask(app, wrong)
        assert (answer.status_code, answer.get_json()["code"]) == (401, 401), wrong
        assert "Ключ доступа" in answer.get_json()["message"]


@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope != "billing"])
def test_a_key_of_another_scope_is_403(app: Flask, scope: str) -> None:
    answer = ask(app, added(app, scope=scope))
    assert (answer.status_code, answer.get_json()["code"]) == (403, 403)


@pytest.mark.parametrize(
    ("networks", "source", "status"),
    [
        ("192.0.2.7", "192.0.2.7", 200),
        ("192.0.2.7", "192.0.2.8", 403),
        ("192.0.2.0/24", "192.0.2.200", 200),
        ("192.0.2.0/24", "::ffff:192.0.2.200", 200),
        ("192.0.2.0/24", "192.0.3.1", 403),
        ("2001:db8::/32", "2001:db8::7", 200),
        ("2001:db8::/32", "192.0.2.7", 403),
        ("0.0.0.0/0", "192.0.2.7", 200),
        ("0.0.0.0/0", "2001:db8::7", 403),
    ],
)
def test_a_key_works_from_its_addresses_alone(
    app: Flask, networks: str, source: str, status: int
) -> None:
    assert ask(app, added(app, source=networks), source).status_code == status


def test_who_does_not_come_through_our_proxy_cannot_write_its_own_address(app: Flask) -> None:
    key = added(app, source="192.0.2.7")
    forged = {"X-Forwarded-For": "192.0.2.7"}
    assert ask(app, key, "198.51.100.1", **forged).status_code == 403
    assert ask(app, key, HERE, **forged).status_code == 200  # told by the proxy
    assert ask(app, key, HERE, **{"X-Forwarded-For": "192.0.2.7, 198.51.100.1"}).status_code == 403


def test_a_revoked_key_opens_nothing_and_its_name_is_not_given_again(app: Flask) -> None:
    key, other = added(app), added(app, "billing-2")
    done = run(app, "revoke", "billing-1")
    assert (done.exit_code, done.output) == (0, "Ключ «billing-1» отозван.\n")
    assert ask(app, key).status_code == 401
    assert ask(app, other).status_code == 200
    again = run(app, "add", "billing-1", "--scope", "billing", "--from", HERE)
    assert again.exit_code == 1 and "уже был" in again.output
    for name in ("billing-1", "unknown"):
        failed = run(app, "revoke", name)
        assert failed.exit_code == 1 and "Действующего ключа" in failed.output


def test_neither_a_residents_token_nor_a_key_opens_the_others_door(
    app: Flask, sandbox: Sandbox
) -> None:
    key = added(app)
    resident = sign_in_by(app.test_client(), sandbox, NORMAL)
    assert ask(app, resident.token).status_code == 401
    resident.token = key
    for path in ("user/ping", "address/getAddressList", "cctv/all", "pay/prepare"):
        assert resident.post(path).status_code == 401


def test_the_key_is_shown_once_and_kept_nowhere(
    app: Flask, clean_database: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        key = added(app)
        ask(app, key)
        ask(app, key, "192.0.2.1")
    assert key not in caplog.text and "billing-1" in caplog.text
    assert key not in run(app, "list").output
    for table in ("provider_tokens", "audit"):
        assert key not in str(rows(clean_database, f"SELECT * FROM {table}"))


def test_the_list_tells_scopes_addresses_last_use_and_end(app: Flask, clock: Clock) -> None:
    assert run(app, "list").output == "Ключей нет.\n"
    key = added(app, source="192.0.2.0/24")
    (line,) = run(app, "list").output.splitlines()
    assert line == "billing-1  billing  192.0.2.0/24  действует  последний раз: не пользовались"
    ask(app, key, "192.0.2.1")
    used = clock.now.astimezone(app.config["SMARTYARD"].timezone)
    assert f"последний раз: {used:%d.%m.%Y %H:%M}" in run(app, "list").output
    run(app, "revoke", "billing-1")
    assert "отозван" in run(app, "list").output


def test_the_last_use_is_written_seldom(
    app: Flask, clean_database: sa.Engine, clock: Clock
) -> None:
    key = added(app)
    first = clock.now
    query = "SELECT last_used_at FROM provider_tokens"
    for seconds, seen in ((0, first), (200, first)):
        clock.forward(seconds=seconds)
        ask(app, key)
        assert rows(clean_database, query) == [(seen,)]
    clock.forward(seconds=101)
    ask(app, key)
    assert rows(clean_database, query) == [(clock.now,)]


@pytest.mark.parametrize(
    ("words", "told_back"),
    [
        (["Биллинг", "--scope", "billing", "--from", HERE], "строчные латинские"),
        (["billing", "--from", HERE], "Области ключа"),
        (["billing", "--scope", "billing"], "Укажите адреса"),
        (["billing", "--scope", "billing", "--from", "192.0.2.7/24"], "не адрес и не сеть"),
        (["billing", "--scope", "billing", "--from", "example.com"], "не адрес и не сеть"),
    ],
)
def test_a_key_that_cannot_be_made_is_explained(
    app: Flask, clean_database: sa.Engine, words: list[str], told_back: str
) -> None:
    done = run(app, "add", *words)
    assert done.exit_code == 1 and told_back in done.output
    assert not rows(clean_database, "SELECT * FROM provider_tokens")


def test_who_made_and_revoked_a_key_is_in_the_audit(app: Flask, clean_database: sa.Engine) -> None:
    added(app)
    run(app, "revoke", "billing-1")
    kept = rows(clean_database, "SELECT actor, action, subject, detail FROM audit ORDER BY id")
    assert [(row.action, row.subject) for row in kept] == [
        ("token.add", "token:billing-1"),
        ("token.revoke", "token:billing-1"),
    ]
    assert all(re.fullmatch(r"cli:\S+", row.actor) for row in kept)
    assert kept[0].detail == {"scopes": ["billing"], "networks": ["127.0.0.1/32"]}


def test_a_door_for_a_scope_that_nobody_can_have_is_not_made() -> None:
    with pytest.raises(ValueError):
        provider("biling")


def test_an_address_that_is_none_comes_from_nowhere() -> None:
    assert not Provider("x", frozenset(), ()).comes_from("")
