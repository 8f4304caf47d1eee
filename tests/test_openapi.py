"""The OpenAPI document: valid, whole, true, and illustrated.

The contract test holds that each answer which it gets is as the document says.
"""

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.test import TestResponse

from smartyard import openapi
from smartyard.guard import PUBLIC, RESIDENT, door_of, public
from smartyard.sandbox import Sandbox
from smartyard.shapes import ContractId, Nothing, Shape
from smartyard.web import answers, asks, knows_residents, refuses, sends, takes
from tests.beside_cases import CASES
from tests.fixtures.database import ROOT
from tests.fixtures.documented import Documented, tidy
from tests.fixtures.world import NORMAL, SignIn
from tests.sent import Sent
from tests.test_contract import call, fill
from tests.test_guard import routes

EACH = [(path, sent) for path, cases in CASES.items() for sent in cases]


def operations(documented: Documented) -> dict[str, dict[str, Any]]:
    """Each by `METHOD path`."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in documented.document["paths"].items()
        for method, operation in methods.items()
    }


def test_it_is_a_valid_document_of_openapi_3_1(documented: Documented) -> None:
    assert documented.document["openapi"].startswith("3.1.")
    assert [
        str(wrong) for wrong in OpenAPIV31SpecValidator(documented.document).iter_errors()
    ] == []


def test_every_route_is_in_it_with_its_door_and_nothing_else(
    documented: Documented, app: Flask
) -> None:
    told = operations(documented)
    for method, _, rule in routes(app):
        key, operation = documented.operation(
            method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        )
        door = door_of(app.view_functions[rule.endpoint])
        doors = {name for one in operation["security"] for name in one}
        assert doors == {door} - {PUBLIC} or door == PUBLIC and doors == {RESIDENT}, key
        assert operation["responses"], key
        del told[key]
    assert not told


def test_it_is_served_to_everybody_and_printed_by_a_command(
    documented: Documented, app: Flask, client: FlaskClient
) -> None:
    answer = client.get("/api/openapi.json")
    assert answer.get_json() == documented.document
    assert documented.problems("GET", "/api/openapi.json", answer) == []
    printed = app.test_cli_runner().invoke(args=["openapi"])
    assert json.loads(printed.output) == documented.document


def test_every_door_is_described(documented: Documented) -> None:
    schemes = documented.document["components"]["securitySchemes"]
    assert schemes and all(told.get("description") for told in schemes.values())


def test_its_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == openapi.VERSION


def test_every_operation_says_in_a_sentence_what_it_is_for(documented: Documented) -> None:
    silent = [key for key, told in operations(documented).items() if not told.get("summary")]
    assert not silent, "these views need a docstring of one sentence"


def places(documented: Documented) -> dict[str, tuple[list[str], dict[str, Any]]]:
    """Where an example belongs: the schema's place, and what stands beside it."""
    found = {}
    for key, told in operations(documented).items():
        method, _, path = key.partition(" ")
        here = ["paths", path, method.lower()]
        content = told.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            where = [*here, "requestBody", "content", "application/json"]
            found[f"{key}, request"] = (where, content["application/json"])
        content = told["responses"].get("200", {}).get("content", {})
        if "data" in content.get("application/json", {}).get("schema", {}).get("properties", {}):
            where = [*here, "responses", "200", "content", "application/json"]
            found[f"{key}, answer"] = (where, content["application/json"])
    return found


def test_every_operation_has_examples(documented: Documented) -> None:
    without = [key for key, (_, told) in places(documented).items() if "example" not in told]
    for key, told in operations(documented).items():
        parameters = told.get("parameters", [])
        without += [f"{key}, {one['name']}" for one in parameters if "example" not in one]
    assert not without, (
        "their cases belong into tests/contract_cases.py or beside_cases.py; then"
        " `make examples`"
    )


def test_every_example_is_what_its_schema_says(documented: Documented) -> None:
    checked = 0
    for key, (place, told) in places(documented).items():
        if "example" in told:
            assert documented.wrong(told["example"], *place, "schema") == [], key
            checked += 1
    for status, told in documented.document["components"]["responses"].items():
        content = told["content"]["application/json"]
        place = ["components", "responses", status, "content", "application/json", "schema"]
        assert documented.wrong(content["example"], *place) == [], status
    assert checked > 30


@pytest.mark.parametrize("path, sent", EACH, ids=[path[5:] for path, _ in EACH])
def test_what_no_app_of_the_contract_calls_answers_as_documented_too(  # pylint: disable=too-many-positional-arguments
    path: str,
    sent: Sent,
    connected_app: Flask,
    sandbox: Sandbox,
    sign_in: SignIn,
    documented: Documented,
) -> None:
    client, token = connected_app.test_client(), sign_in(NORMAL).token
    filled = {name: fill(client, sandbox, path, sent, token, name) for name in sent.body or {}}
    answer = call(client, path, replace(sent, body=filled), token)
    assert answer.status_code == sent.status, answer.text
    documented.check("POST", path, filled, answer)


class Wanted(Shape):
    contract: ContractId


class Row(Shape):
    name: str
    note: str | None = None


def view() -> Callable[..., Response]:
    """A new one, for decorators leave their marks on it."""

    def answering(*_: Any, **__: Any) -> Response:
        return Response()

    return answering


def imagined() -> Flask:
    """A small application with a view of every kind."""
    app = Flask("imagined", static_folder=None)
    views: dict[str, Any] = {
        "/list": answers(list[Row])(view()),
        "/one": answers(Row, or_nothing=True)(takes(Wanted)(view())),
        "/done": answers(None)(refuses(429)(takes(Nothing)(view()))),
        "/page/<int:number>": sends("text/html")(public(view())),
        "/bare": sends("")(refuses(403)(asks(token="whose")(public(view())))),
        "/all": answers(list[Row], or_nothing=False)(view()),
        "/who": answers(Row)(knows_residents(public(view()))),
    }
    for path, one in views.items():
        app.add_url_rule(path, path[1:4], one)
    return app


def test_the_statuses_of_a_view_follow_from_its_decorators() -> None:
    told = operations(Documented(openapi.document(imagined())))
    statuses = {key: " ".join(sorted(one["responses"])) for key, one in told.items()}
    assert statuses == {
        "GET /list": "200 204 401 422 503",
        "GET /one": "200 204 401 402 403 404 413 422 429 503",
        "GET /done": "204 401 413 422 429 503",
        "GET /page/{number}": "200 402 403 404 429 503",
        "GET /bare": "200 403 503",
        "GET /all": "200 401 422 503",
        "GET /who": "200 401 503",
    }
    assert told["GET /page/{number}"]["parameters"][0]["schema"] == {"type": "integer"}
    assert told["GET /bare"]["parameters"][0]["in"] == "query"
    assert told["GET /bare"]["responses"]["403"].keys() == {"description"}, "no body"
    assert told["GET /who"]["security"] == [{}, {RESIDENT: []}]


ROW = {"name": "a row"}
OK = {"code": 200, "name": "OK", "message": "OK"}
WRONG: dict[str, tuple[int, Any]] = {
    "a status that is not documented": (404, {"code": 404, "name": "Not Found", "message": "No."}),
    "another code in the envelope": (200, {**OK, "code": 201, "data": [ROW]}),
    "no data": (200, OK),
    "an object for a list": (200, {**OK, "data": ROW}),
    "a null": (200, {**OK, "data": [{**ROW, "note": None}]}),
    "a key that is missing": (200, {**OK, "data": [{}]}),
    "a number for a text": (200, {**OK, "data": [{"name": 1}]}),
    "data in a refusal": (401, {"code": 401, "name": "Unauthorized", "message": "No.", "data": 1}),
}


def given(status: int, body: Any) -> TestResponse:
    """An answer that some server could give."""
    app = Flask("another")
    text = json.dumps(body)
    app.add_url_rule("/", "it", lambda: Response(text, status, content_type="application/json"))
    return app.test_client().get("/")


@pytest.mark.parametrize("status, body", WRONG.values(), ids=WRONG)
def test_the_check_itself_notices(status: int, body: Any) -> None:
    imagination = Documented(openapi.document(imagined()))
    assert imagination.problems("GET", "/list", given(200, {**OK, "data": [ROW]})) == []
    assert imagination.problems("GET", "/list", given(status, body)) != []


def test_the_check_itself_notices_a_wrong_request() -> None:
    imagination = Documented(openapi.document(imagined()))
    assert imagination.request_problems("GET", "/one", {"contract": "1001", "more": 1}) == []
    assert imagination.request_problems("GET", "/one", {"contract": 1001}) == []
    assert imagination.request_problems("GET", "/one", {"contract": True}) != []
    assert imagination.request_problems("GET", "/one", {}) != []


def test_an_example_is_short_and_alike_in_each_run() -> None:
    body = {
        "token": "0f8fad5b-d9cb-469f-a165-000000000000",
        "url": "http://127.0.0.1:40313/cam1",
        "rows": [{"at": "2025-12-01 03:04:05"}] * 5,
        "order": "INV-1795554802",
        "pdf": "x" * 5000,
    }
    assert tidy(body) == {
        "token": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "url": "https://example.org/cam1",
        "rows": [{"at": "2026-01-31 12:00:00"}] * 2,
        "order": "INV-1",
        "pdf": "x" * 40,
    }
