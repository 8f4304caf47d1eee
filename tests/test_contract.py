"""Our real answers against what the published apps send and decode, for every endpoint built.

The cases are in `contract_cases.py`, the comparison is `contract.py`.
"""

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from smartyard.db import db, transaction
from smartyard.sandbox import Sandbox
from tests import camera_cases, contract, face_cases, geo_cases
from tests.camera_cases import RANGES
from tests.clip_cases import CAMERA, CLIP, told_by
from tests.contract_cases import BESIDE, CASES, ORDER
from tests.door_cases import DOOR
from tests.event_cases import BUSY, TODAY, everything_happens
from tests.fixtures.documented import Documented
from tests.fixtures.media import asking
from tests.fixtures.world import SignIn
from tests.inbox_cases import MESSAGE
from tests.intercom_cases import INTERCOM, RESET_CODE, with_panel
from tests.issue_cases import TICKET
from tests.sent import CODE, Sent
from tests.sign_in_cases import CALLED, called, code_of

CONTRACT = contract.endpoints()
PICTURES = {"/api/call/live/{hash}", "/api/call/camshot/{hash}"}  # see tests/calls
TOKEN_OR_NONE = {"/api/pay/register"}  # iOS leaves it out
_PANEL = sa.text(
    "INSERT INTO panels (id, name, model, address, method, dtmf)"
    " VALUES (:id, '', 'url', :url, 'GET', '1')"
)
EACH = [(path, sent) for path, cases in CASES.items() for sent in cases]


def call(client: FlaskClient, path: str, sent: Sent, token: str | None) -> TestResponse:
    """As the app does it: the token where it has one, and a body or none at all."""
    headers = dict(sent.headers)
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if sent.body is None:
        return client.post(path, headers=headers)
    return client.post(path, headers=headers, json=sent.body)


def built(app: Flask) -> set[str]:
    """The paths under /api, as the contract writes them."""
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api")}
    return {rule.replace("<hash_>", "{hash}") for rule in rules}


def test_the_whole_contract_is_built(connected_app: Flask) -> None:
    assert built(connected_app) - set(BESIDE) == set(CONTRACT)


def test_every_endpoint_that_is_built_has_its_cases(connected_app: Flask) -> None:
    assert built(connected_app) == set(CASES) | set(BESIDE) | PICTURES


@pytest.mark.parametrize("path", sorted(CASES))
def test_the_cases_send_every_field_in_each_of_its_types(path: str) -> None:
    sent = [case.body or {} for case in CASES[path] if case.status < 400]
    for told in CONTRACT[path]["request"]:
        each_is_sent(told, sent)
        held = [body[told["name"]] for body in sent if told["name"] in body]
        inner = [one for item in held for one in (item if isinstance(item, list) else [item])]
        for child in told.get("children", []):
            each_is_sent(child, inner)


def each_is_sent(told: contract.Field, bodies: list[Any]) -> None:
    """The field in each type and word that it may have, and left out where it may be."""
    name = told["name"]
    values = [body[name] for body in bodies if name in body]
    assert values, f"no case sends {name}"
    if "accept" in told:
        kinds = {"int" if isinstance(value, int) else "string" for value in values}
        assert kinds == set(told["accept"]), name
    if "enum" in told:
        assert set(map(str, told["enum"])) == set(map(str, values)), name
    if not told["required"]:
        assert any(name not in body for body in bodies), f"{name} is optional"


# pylint: disable-next=too-many-positional-arguments,too-many-return-statements  # all that is known
def fill(
    client: FlaskClient, sandbox: Sandbox, path: str, sent: Sent, token: str | None, name: str
) -> Any:
    """A field of the body, with what only the steps before this one can tell."""
    value = (sent.body or {})[name]
    if name == "flatId" and path in (INTERCOM, RESET_CODE):
        with_panel(client.application)
    if path in geo_cases.CASES:
        geo_cases.with_book(client.application)
    if path in face_cases.CASES and name in ("event", "flatId"):
        return face_cases.with_face(client.application, value)
    if value == ORDER:
        wanted = {"clientId": "1001", "amount": "15002"}
        return call(client, "/api/pay/prepare", Sent("", wanted), token).get_json()["data"]
    if value in (BUSY, TODAY):
        day = everything_happens(client.application)
        return day if value == TODAY else "10101"
    if value == TICKET:
        courier = Sent("", {"type": "requestQRCodeCourier"})
        return call(client, "/api/issues/createV2", courier, token).get_json()["data"]
    if value in (CAMERA, CLIP):
        return told_by(lambda to, body: call(client, to, Sent("", body), token).get_json(), value)
    if value == MESSAGE:
        wanted = {"msg": "Привет", "action": "inbox"}
        assert call(client, "/api/inbox/alert", Sent("", wanted), token).status_code == 204
        with client.application.app_context():
            return str(db.session.scalar(sa.text("SELECT max(id) FROM messages")))
    if name == "domophoneId" and value in (DOOR, str(DOOR)):
        with client.application.app_context(), transaction() as session:
            told = {"id": DOOR, "url": f"{sandbox.relay_url}/open"}
            session.execute(_PANEL, told)
    if value == CODE and path == "/api/user/restore":
        wanted = {"contract": (sent.body or {})["contract"], "contact_id": "1"}
        assert call(client, path, Sent("", wanted), token).status_code == 204
        return sandbox.billing.access.codes[-1]["code"]
    if value == CALLED:
        return called(client)
    if value == CODE:
        return code_of(client, sandbox, (sent.body or {})["userPhone"])
    return value


@pytest.mark.parametrize(
    "path, sent", EACH, ids=[f"{path[5:]}-{sent.app}-{sent.body}" for path, sent in EACH]
)
def test_the_answer_is_what_every_app_decodes_and_what_is_documented(
    path: str,
    sent: Sent,
    connected_app: Flask,
    sandbox: Sandbox,
    sign_in: SignIn,
    documented: Documented,
) -> None:
    client = connected_app.test_client()
    if path in camera_cases.CASES:
        camera_cases.with_cameras(connected_app)
    token = sign_in(sent.who).token if CONTRACT[path]["auth"] else None
    filled = {name: fill(client, sandbox, path, sent, token, name) for name in sent.body or {}}
    sent = replace(sent, body=filled if sent.body else sent.body)
    token = None if sent.bare else token
    with asking(sandbox, lambda: connected_app) if path == RANGES else nullcontext():
        answer = call(client, path, sent, token)
    assert answer.status_code == sent.status, answer.text
    if sent.status < 400:
        assert contract.problems(CONTRACT[path], answer) == []
    else:
        assert not contract.envelope_problems(answer.get_json(), sent.status)
        assert any("а" <= letter <= "я" for letter in answer.get_json()["message"])
    documented.check("POST", path, sent.body, answer)


@pytest.mark.parametrize("path", sorted(CASES))
def test_a_token_is_asked_for_where_the_apps_send_one(path: str, connected_app: Flask) -> None:
    answer = connected_app.test_client().post(path)
    if CONTRACT[path]["auth"] and path not in TOKEN_OR_NONE:
        assert answer.status_code == 422  # 401 would log the person out
        assert "Войдите" in answer.get_json()["message"]
    else:
        assert "Войдите" not in answer.text


WRONG = {
    "a number where iOS wants text": ("houseId", 101),
    "text that is no number": ("houseId", "сто один"),
    "an explicit null": ("houseId", None),
    "a key that is missing": ("address", ...),
    "a truth value that is none": ("hasPlog", True),
    "another letter": ("hasPlog", "y"),
    "a quoted count": ("cctv", "2"),
    "a true count": ("cctv", True),
    "a list that is none": ("doors", {}),
    "an unknown icon": ("doors", [{"domophoneId": "1", "doorId": 0, "icon": "lift", "name": ""}]),
    "a child without its key": ("doors", [{"domophoneId": "1", "doorId": 0, "icon": "gate"}]),
}


def answer_of(data: Any, **changed: Any) -> TestResponse:
    """An answer that some server could give, read as a test client reads it."""
    app = Flask("an imagined server")
    body = {"code": 200, "name": "OK", "message": "OK", "data": data} | changed
    app.add_url_rule("/", "whole", lambda: body)
    app.add_url_rule("/204", "empty", lambda: Response(status=204))
    return app.test_client().get("/204" if data is ... else "/")


@pytest.mark.parametrize("name, value", WRONG.values(), ids=WRONG)
def test_the_check_itself_notices(name: str, value: Any) -> None:
    endpoint = CONTRACT["/api/address/getAddressList"]
    row = {"houseId": "101", "address": "д. 1", "doors": [], "cctv": 2, "hasPlog": "f"}
    assert contract.problems(endpoint, answer_of([row])) == []
    row[name] = value
    if value is ...:
        del row[name]
    assert len(contract.problems(endpoint, answer_of([row]))) == 1


def test_the_check_itself_notices_a_wrong_frame() -> None:
    address, name = CONTRACT["/api/address/getAddressList"], CONTRACT["/api/user/notification"]
    version = CONTRACT["/api/user/appVersion"]
    for endpoint, answer in (
        (address, answer_of([])),
        (address, answer_of({})),
        (address, answer_of(None)),
        (name, answer_of(...)),
        (version, answer_of("perhaps")),
        (version, answer_of("none", code=201)),
        (version, answer_of("none", code="200")),
        (version, answer_of("none", message=None)),
        (version, answer_of("none", name="Ok")),
    ):
        assert contract.problems(endpoint, answer) != [], answer.text
