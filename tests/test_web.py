"""What a route may use: how bodies are read, how answers are written, whose address it is."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, Response
from pydantic import Field

from smartyard import web
from smartyard.config import Settings
from smartyard.shapes import FOREVER, Flag, Id, Line, Name, Shape, letter, moment
from smartyard.wiring import create_app


class Told(Shape):
    house_id: Id | None = Field(default=None, alias="houseId")
    line: Line | None = None
    name: Name | None = None
    flag: Flag | None = None


@pytest.fixture(name="small")
def small_fixture(settings: Settings) -> Flask:
    """The application with one more view, which says back what it was told."""
    app = create_app(settings.model_copy(update={"trusted_proxies": ("10.0.0.1", "::1")}))

    @web.public
    @web.takes(Told)
    def view(body: Told) -> Response:
        return web.ok(body)

    app.add_url_rule("/it", view_func=view, methods=["POST"])
    return app


@pytest.fixture(name="in_request")
def in_request_fixture(small: Flask) -> Iterator[Flask]:
    with small.test_request_context():
        yield small


@pytest.mark.parametrize(("body", "data"), [
    ("", {}), ("{}", {}), ('{"houseId": 7}', {"houseId": 7}), ('{"houseId": "7"}', {"houseId": 7}),
    ('{"houseId": "007"}', {"houseId": 7}), ('{"houseId": null}', {}),
    (f'{{"houseId": {2**63 - 1}}}', {"houseId": 2**63 - 1}),
    ('{"line": " a b "}', {"line": "a b"}), ('{"line": 12}', {"line": "12"}),
    ('{"flag": "f"}', {"flag": False}), ('{"other": {"deep": [1]}}', {}),
    ('{"line": "\\u00ab\\ud83d\\udc4d\\u00bb"}', {"line": "«👍»"}),
])  # fmt: skip
def test_a_shape_is_read_as_the_apps_send_it(small: Flask, body: str, data: object) -> None:
    answer = small.test_client().post("/it", data=body)
    assert (answer.status_code, answer.get_json()["data"]) == (200, data)


@pytest.mark.parametrize("body", [
    '{"houseId": -1}', '{"houseId": "-1"}', '{"houseId": 1.5}', '{"houseId": true}',
    '{"houseId": "1_0"}', '{"houseId": "+1"}', '{"houseId": " 1"}', '{"houseId": "1\\n"}',
    '{"houseId": "\u0661"}', '{"houseId": ""}', '{"houseId": [1]}', '{"houseId": {"a": 1}}',
    f'{{"houseId": {2**63}}}', f'{{"houseId": "{2**63}"}}', '{"houseId": 1e400}',
    '{"houseId": NaN}', '{"houseId": ' + "9" * 6000 + "}", '{"houseId": "' + "9" * 6000 + '"}',
    '{"line": true}', '{"line": ["a"]}', '{"line": "a\\u0000"}', '{"line": "\\ud800"}',
    '{"line": "' + "a" * 4097 + '"}', '{"name": "' + "a" * 101 + '"}',
    '{"flag": true}', '{"flag": "true"}', '{"flag": 1}',
])  # fmt: skip
def test_anything_else_is_a_wrong_shape(small: Flask, body: str) -> None:
    answer = small.test_client().post("/it", data=body.encode())
    assert (answer.status_code, answer.get_json()["code"]) == (422, 422)


@pytest.mark.parametrize(("data", "wire"), [
    ("текст", '"текст"'), ([], "[]"), (False, "false"),
    (Told(house_id=1, line="«Ы»"), '{"houseId":1,"line":"«Ы»"}'),
    ([Told(house_id=1), Told()], '[{"houseId":1},{}]'),
])  # fmt: skip
def test_an_answer_leaves_out_what_is_none(in_request: Flask, data: object, wire: str) -> None:
    answer = web.ok(data, 'a "word"')
    assert in_request and answer.status_code == 200
    assert answer.content_type == "application/json"
    text = answer.get_data(as_text=True)
    assert text.endswith(f'"data":{wire}}}')
    whole = json.loads(text)
    assert whole.pop("data", None) == json.loads(wire)
    assert whole == {"code": 200, "name": "OK", "message": 'a "word"'}


def test_an_empty_list_is_204_and_has_no_body(in_request: Flask) -> None:
    assert in_request and web.listed([]).status_code == 204 and web.listed([]).data == b""
    assert web.listed([Told(house_id=1)]).get_json()["data"] == [{"houseId": 1}]


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9,rubbish", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1,", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "2001:DB8::0001", "2001:db8::1"),
        ("::1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1", "127.0.0.1"),
        ("", "198.51.100.1", "198.51.100.1"),
        ("", None, ""),
    ],
)
def test_the_clients_address_is_what_our_own_proxy_added(
    small: Flask, peer: str, told: str | None, address: str
) -> None:
    headers = {} if told is None else {"X-Forwarded-For": told}
    environ = {"REMOTE_ADDR": peer}
    with small.test_request_context(headers=headers, environ_base=environ):
        assert web.client_address() == address


def test_of_several_headers_the_last_entry_of_the_last_one_counts(small: Flask) -> None:
    headers = [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "198.51.100.1")]
    with small.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": "10.0.0.1"}):
        assert web.client_address() == "198.51.100.1"


@pytest.mark.parametrize("value", ["", " ", "1"])
def test_the_mere_presence_of_the_refresh_header_counts(small: Flask, value: str) -> None:
    with small.test_request_context(headers={"X-Dm-Api-Refresh": value}):
        assert web.wants_fresh()
    with small.test_request_context():
        assert not web.wants_fresh()


def test_time_on_the_wire_is_the_operators_clock_and_forever_is_the_same_everywhere() -> None:
    moscow, kamchatka = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Kamchatka")
    noon = datetime(2026, 1, 2, 12, 0, 0, 999999, tzinfo=UTC)
    assert moment(noon, moscow) == "2026-01-02 15:00:00"
    assert moment(noon + timedelta(hours=12), kamchatka) == "2026-01-03 12:00:00"
    for zone in (UTC, moscow, kamchatka, ZoneInfo("America/New_York")):
        assert moment(FOREVER, zone) == "3001-01-01 00:00:00"
    assert (letter(True), letter(False)) == ("t", "f")
