"""Web clients on other origins: only those the operator lists."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from smartyard.config import Settings, SettingsError, load
from smartyard.wiring import create_app

OURS, ALSO, STRANGE = "https://my.example", "http://localhost:8080", "https://evil.example"


@pytest.fixture(name="web")
def web_fixture(settings: Settings) -> FlaskClient:
    """Nothing here reaches the database."""
    return create_app(settings.model_copy(update={"cors_origins": (OURS, ALSO)})).test_client()


def preflight(client: FlaskClient, origin: str, path: str = "/api/user/ping") -> Any:
    return client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-dm-api-refresh",
        },
    )


@pytest.mark.parametrize("origin", [OURS, ALSO])
def test_a_listed_origin_may_send_what_the_web_client_sends(web: FlaskClient, origin: str) -> None:
    answer = preflight(web, origin)
    assert answer.status_code in (200, 204)
    headers = answer.headers
    assert headers["Access-Control-Allow-Origin"] == origin
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert "POST" in headers["Access-Control-Allow-Methods"]
    allowed = headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"authorization", "content-type", "x-dm-api-refresh"} <= set(allowed)


def test_errors_can_be_read_by_the_web_client_too(web: FlaskClient) -> None:
    for path, status in (("/api/user/ping", 422), ("/api/nothing", 404), ("/api/user", 404)):
        answer = web.post(path, headers={"Origin": OURS})
        assert (path, answer.status_code) == (path, status)
        assert answer.headers["Access-Control-Allow-Origin"] == OURS


@pytest.mark.parametrize(
    "origin",
    [STRANGE, "null", "", OURS + ".evil.example", OURS + "/", OURS.upper(), "http://my.example",
     f"{OURS}, {STRANGE}"],
)  # fmt: skip
def test_nobody_else_is_let_in(web: FlaskClient, origin: str) -> None:
    for answer in (preflight(web, origin), web.post("/api/user/ping", headers={"Origin": origin})):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert answer.headers["Vary"] == "Origin"


def test_without_the_setting_no_origin_is_told(settings: Settings) -> None:
    answer = preflight(create_app(settings).test_client(), OURS)
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_no_answer_ever_lets_everybody_in(web: FlaskClient) -> None:
    for origin in (OURS, STRANGE, "*"):
        assert preflight(web, origin).headers.get("Access-Control-Allow-Origin") != "*"


def test_the_setting_is_a_list_without_wildcards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", f"{OURS}/, {ALSO}")
    assert load(None).cors_origins == (OURS, ALSO)
    monkeypatch.setenv("CORS_ORIGINS", f"{OURS},*")
    with pytest.raises(SettingsError, match="CORS_ORIGINS"):
        load(None)
