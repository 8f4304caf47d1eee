"""Who may come in: the routes of every open door by heart, and all others closed."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from smartyard.config import Settings
from smartyard.guard import RESIDENT, door_of
from smartyard.wiring import create_app
from tests.fixtures.world import NORMAL, SignIn

BILL = {
    f"POST /bill/api/{name}"
    for name in (
        *("types_list", "address_devices_list", "address_devices_update"),
        *("devices_list", "devices_add", "devices_mod", "devices_del"),
        *("doors_list", "doors_add", "doors_mod", "doors_del"),
        *("keys_list", "keys_add", "keys_del"),
        *("rights_list", "rights_add", "rights_del"),
    )
}
# Each line here is a decision. A route that is missing is open to nobody but residents.
DOORS = {
    "public": {
        "POST /api/user/requestCode",
        "POST /api/user/confirmCode",
        "POST /api/user/checkPhone",
        "POST /api/user/phonePattern",
        "GET /api/accessfl",
        "POST /api/pay/register",  # iOS sends no token; the order number names the payer
        "GET /api/pay/return",
        "GET /api/call/camshot/<hash_>",  # 128 bits that live three minutes
        "GET /api/call/live/<hash_>",
        "GET /api/clips/<name>.mp4",  # 128 bits of a name, told to its owner alone
        # the link carries its own right
        "GET /api/address/plogPicture/<event:event>/<number:until>/<seal:seal>.jpg",
        "GET /api/frs/face/<number:flat>/<number:face>/<number:until>/<seal:seal>.jpg",  # the same
        "POST /api/hooks/frs/<stream>/<secret>",  # FALPRS, from its own host alone
        "GET /api/hooks/frs/picture/<event:event>/<number:until>/<seal:seal>.jpg",
        "POST /bill/api/auth",  # name and key in the body, as earlier servers were asked
        "GET /api/ext/lanta.js",  # the same few letters for everybody
        "GET /api/openapi.json",
    },
    "provider": {
        "POST /api/hooks/events",
        "POST /api/hooks/ring",  # the PBX
        *BILL,
        "PUT /bill/v1/contracts:batch",
        "PUT /bill/v1/rights:batch",
        "POST /api/hooks/call",
    },
    "signed": {
        "GET /api/pay/callback",
        "POST /api/pay/callback",
        "GET /api/spaysuccess",
        "POST /api/spaysuccess",
    },
}
UNKNOWN = "0123abcd-0123-0123-0123-0123456789ab"


def routes(app: Flask) -> Iterator[tuple[str, str, Rule]]:
    """Method, an address that meets the rule, and the rule."""
    for rule in app.url_map.iter_rules():
        address = rule.rule
        for name in rule.arguments:
            address = address.replace(f"<{name}>", "x")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, address, rule


@pytest.fixture(name="shut")
def shut_fixture(settings: Settings) -> Flask:
    """The application without a database: whatever asks it would answer 503."""
    return create_app(settings.model_copy(update={"pg_host": "/nowhere"}))


def test_the_open_doors_are_these_and_no_others(shut: Flask) -> None:
    found: dict[str, set[str]] = {}
    for method, _, rule in routes(shut):
        door = door_of(shut.view_functions[rule.endpoint])
        if door != RESIDENT:
            found.setdefault(door, set()).add(f"{method} {rule.rule}")
    assert found == DOORS


def test_every_other_route_refuses_who_shows_no_token(shut: Flask) -> None:
    client, closed = shut.test_client(), 0
    for method, address, rule in routes(shut):
        if f"{method} {rule.rule}" in set().union(*DOORS.values()):
            continue
        for verb in (method, "HEAD") if method == "GET" else (method,):
            answer = client.open(address, method=verb, data=b"{not json")
            assert (address, answer.status_code) == (address, 422)
            if verb != "HEAD":
                assert "Войдите" in answer.get_json()["message"]
        closed += 1
    assert closed > 40


def test_every_other_route_asks_the_database_about_a_token(shut: Flask) -> None:
    client = shut.test_client()
    for method, address, rule in routes(shut):
        if f"{method} {rule.rule}" in set().union(*DOORS.values()):
            continue
        answer = client.open(address, method=method, headers={"Authorization": f"Bearer {UNKNOWN}"})
        assert (address, answer.status_code) == (address, 503)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer rubbish",
        UNKNOWN,
        f"Basic {UNKNOWN}",
        f"Token {UNKNOWN}",
        f"Bearer {UNKNOWN.upper()}",
        f"Bearer {UNKNOWN.replace('-', '')}",
        f"Bearer {{{UNKNOWN}}}",
        f"Bearer urn:uuid:{UNKNOWN}",
        f"Bearer {UNKNOWN}0",
        f"Bearer {UNKNOWN}, Bearer {UNKNOWN}",
        f"Bearer {UNKNOWN} {UNKNOWN}",
        "Bearer ٠١٢٣abcd-0123-0123-0123-0123456789ab",
        "Bearer " + "a" * 5000,
    ],
)
def test_a_malformed_token_is_401_before_anybody_is_asked(shut: Flask, header: str) -> None:
    wire = header.encode().decode("latin-1")
    answer = shut.test_client().post("/api/user/ping", headers={"Authorization": wire})
    assert answer.status_code == 401
    assert answer.get_json()["code"] == 401 and "Войдите" in answer.get_json()["message"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "  "}])
def test_no_token_is_422_which_logs_nobody_out(shut: Flask, headers: dict[str, str]) -> None:
    assert shut.test_client().post("/api/user/ping", headers=headers).status_code == 422


def test_an_unknown_token_is_401(client: FlaskClient) -> None:
    answer = client.post("/api/user/ping", headers={"Authorization": f"Bearer {UNKNOWN}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("spelling", ["Bearer {}", "bearer {}", "BEARER {}", " Bearer  {} "])
def test_the_word_before_a_token_may_be_written_in_any_case(sign_in: SignIn, spelling: str) -> None:
    person = sign_in(NORMAL)
    answer = person.client.post(
        "/api/user/ping", headers={"Authorization": spelling.format(person.token)}
    )
    assert answer.status_code == 204
    shouted = {"Authorization": f"Bearer {person.token.upper()}"}
    if person.token.upper() != person.token:
        assert person.client.post("/api/user/ping", headers=shouted).status_code == 401


def test_options_is_answered_without_running_a_view(shut: Flask) -> None:
    client = shut.test_client()
    parts = {"event": str(UUID(int=7)), "number": "7", "seal": "7" * 32}
    for method, address, _ in routes(shut):
        address = re.sub(r"<(\w+):\w+>", lambda found: parts[found[1]], address)
        answer = client.options(address)
        assert (address, answer.status_code, answer.data) == (address, 200, b"")
        assert method in answer.headers["Allow"]


@pytest.mark.parametrize("path", [
    "/", "/api", "/api/", "/api/nothing", "/api/user", "/api/user/nothing", "/api/user/ping/",
    "//api//user//ping", "/api//user/ping", "/api/user/Ping", "/api/./user/ping", "/static/x",
    "/api/accessfl/", "//api/accessfl", "/api/user/ping%00", "/%d1%8b",
])  # fmt: skip
def test_an_unknown_path_is_404_in_the_envelope_and_never_a_redirect(
    shut: Flask, path: str
) -> None:
    for method in ("GET", "POST"):
        answer = shut.test_client().open(path, method=method)
        assert (answer.status_code, answer.get_json()["code"]) == (404, 404)
        assert answer.get_json()["message"] and "Location" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "FOO"])
def test_a_wrong_method_is_405_in_the_envelope_and_says_which_is_right(
    shut: Flask, method: str
) -> None:
    answer = shut.test_client().open("/api/user/ping", method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    if method != "HEAD":
        assert answer.get_json()["code"] == 405 and answer.get_json()["message"]


def test_no_rule_can_ever_answer_with_a_redirect(shut: Flask) -> None:
    assert not shut.url_map.merge_slashes
    for rule in shut.url_map.iter_rules():
        assert not rule.rule.endswith("/") and rule.redirect_to is None
        answer = shut.test_client().get(rule.rule + "/")
        assert (rule.rule, answer.status_code // 100) != (rule.rule, 3)
