"""What may come as a body, for every method of `/api/user`: nothing that comes is a 500."""

import gzip
import json

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from smartyard.config import Settings
from smartyard.wiring import create_app
from tests.fixtures.world import SignIn
from tests.user.asking import rows

PUBLIC = ("requestCode", "confirmCode", "phonePattern")
WITHOUT_FIELDS = {"ping": 204, "getName": 200, "pushTokens": 200, "notification": 200,
                  "phonePattern": 200, "deleteAccount": 204}  # fmt: skip
WITH_FIELDS = ("requestCode", "confirmCode", "sendName", "appVersion", "registerPushToken")

UNREADABLE = {
    "malformed": b'{"userPhone": ',
    "a word": b"hello",
    "a form": b"userPhone=79000000001",
    "an array": b"[]",
    "a string": b'"79000000001"',
    "a number": b"1",
    "null": b"null",
    "deep": b'{"a":' * 50000 + b"1" + b"}" * 50000,
    "deep arrays": b"[" * 100000,
    "gzip": gzip.compress(b'{"userPhone": "79000000001"}'),
    "not UTF-8": '{"userPhone": "Ы"}'.encode("cp1251"),
    "UTF-16": '{"userPhone": "79000000001"}'.encode("utf-16"),
    "a lone surrogate": rb'{"userPhone": "\ud800", "name": "\ud800"}',
    "a bare NUL": b'{"name": "\x00"}',
    "two documents": b"{}{}",
    "trailing rubbish": b'{"userPhone": "79000000001"} x',
}


@pytest.fixture(name="token")
def token_fixture(reviewer: tuple[Flask, str]) -> str:
    return reviewer[1]


def post(
    app: Flask, method: str, body: bytes, token: str, content_type: str | None = None
) -> TestResponse:
    headers = {} if method in PUBLIC else {"Authorization": f"Bearer {token}"}
    return app.test_client().post(
        f"/api/user/{method}", data=body, headers=headers, content_type=content_type
    )


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_nobody_can_read_is_422_everywhere_and_does_nothing(
    reviewer: tuple[Flask, str], clean_database: sa.Engine, kind: str
) -> None:
    app, token = reviewer
    state = "SELECT to_jsonb(t)::text FROM {0} t ORDER BY 1"
    tables = ("persons", "login_codes", "limit_counters")
    before = [rows(clean_database, state.format(table)) for table in tables]
    for method in (*WITHOUT_FIELDS, *WITH_FIELDS):
        if kind == "a lone surrogate" and method in WITHOUT_FIELDS:
            continue
        answer = post(app, method, UNREADABLE[kind], token, "application/json")
        body = answer.get_json()
        assert (method, answer.status_code, body and body["code"]) == (method, 422, 422)
        assert body["name"] and "Обновите" in body["message"]
    assert [rows(clean_database, state.format(table)) for table in tables] == before


@pytest.mark.parametrize("content_type", [None, "application/json; charset=UTF-8", "text/plain"])
@pytest.mark.parametrize("body", [b"", b"{}", b"  \r\n", b'{"unknown": [1, {"a": null}]}'])
def test_an_empty_body_is_fine_where_no_field_is_required(
    reviewer: tuple[Flask, str], body: bytes, content_type: str | None
) -> None:
    app, token = reviewer
    for method, status in WITHOUT_FIELDS.items():
        answer = post(app, method, body, token, content_type)
        assert (method, answer.status_code) == (method, status)


@pytest.mark.parametrize("body", [b"", b"{}", b"  ", b'{"unknown": 1}'])
def test_an_empty_body_is_a_wrong_shape_where_a_field_is_required(
    reviewer: tuple[Flask, str], body: bytes
) -> None:
    app, token = reviewer
    for method in WITH_FIELDS:
        answer = post(app, method, body, token)
        assert (method, answer.status_code) == (method, 422)


WRONG_PHONES = ["", " ", "7900000000", "790000000011", "9000000001", "٧٩٠٠٠٠٠٠٠٠١", "79000000001\n",
                "7900000000１", "79000000001;", "phone", None, True, 7.9e10, 10**4000, -79000000001,
                ["79000000001"], {"phone": "79000000001"}, "79000000001\x00"]  # fmt: skip


@pytest.mark.parametrize("phone", WRONG_PHONES, ids=lambda value: repr(value)[:20])
def test_a_phone_that_is_none_is_refused(reviewer: tuple[Flask, str], phone: object) -> None:
    app, token = reviewer
    for method in ("requestCode", "confirmCode"):
        body = _unbounded({"userPhone": phone, "smsCode": "1234"})
        answer = post(app, method, body, token)
        assert (method, answer.status_code) == (method, 422)


WRONG_CODES = ["", "123", "123456789", "12 34", "1234\n", "١٢٣٤", "abcd", "-123", None, True, 12.5,
               -1234, 10**4000, ["1234"], "1234\x00"]  # fmt: skip


@pytest.mark.parametrize("code", WRONG_CODES, ids=lambda value: repr(value)[:20])
def test_a_code_that_is_none_is_refused_and_is_no_guess(
    reviewer: tuple[Flask, str], clean_database: sa.Engine, code: object
) -> None:
    app, token = reviewer
    guesses = "SELECT guesses FROM login_codes"
    before = rows(clean_database, guesses)
    body = _unbounded({"userPhone": "79000000099", "smsCode": code})
    assert post(app, "confirmCode", body, token).status_code == 422
    assert rows(clean_database, guesses) == before


def _unbounded(body: dict[str, object]) -> bytes:
    """JSON with whole numbers of any size, which Python itself refuses to write."""
    big = body.copy()
    for key, value in body.items():
        if isinstance(value, int) and value == 10**4000:
            big[key] = "BIG"
    return json.dumps(big).replace('"BIG"', "1" + "0" * 9000).encode()


@pytest.mark.parametrize("field", ["name", "patronymic"])
@pytest.mark.parametrize("text", [r"\u0000", r"a\u0000b", r"\ud83d", r"\udc00\ud83d"])
def test_text_that_postgresql_cannot_keep_is_refused(
    reviewer: tuple[Flask, str], field: str, text: str
) -> None:
    app, token = reviewer
    body = '{"name": "<name>", "patronymic": "<patronymic>"}'.replace(f"<{field}>", text)
    assert post(app, "sendName", body.encode(), token).status_code == 422


def test_text_of_any_other_kind_is_kept_as_it_came(sign_in: SignIn) -> None:
    person = sign_in("79000000001")
    name = "Ёжик «👍🏽» O'Neil \\ % {} <b>"
    assert person.post("user/sendName", {"name": name}).status_code == 204
    assert person.post("user/getName").get_json()["data"]["name"] == name


def test_a_body_over_the_limit_is_413_in_the_envelope(
    reviewer: tuple[Flask, str], settings: Settings
) -> None:
    _, token = reviewer
    app = create_app(settings.model_copy(update={"max_body": 1000}))
    fits = b'{"unknown": "' + b"x" * (1000 - 15) + b'"}'
    assert len(fits) == 1000
    for method, status in WITHOUT_FIELDS.items():
        if method == "deleteAccount":
            continue
        assert (method, post(app, method, fits, token).status_code) == (method, status)
    for method in (*WITHOUT_FIELDS, *WITH_FIELDS):
        answer = post(app, method, fits + b" ", token)
        body = answer.get_json()
        assert (method, answer.status_code, body["code"]) == (method, 413, 413)
        assert body["name"] and body["message"]
