"""Holds a real answer against `client-contract.json`: what the published apps decode.

The file is a copy of the reference's machine-readable twin. A field's `type` is the JSON type that
satisfies every app at once, `accept` names others it may have, `nullable: false` means that an
explicit null breaks an app, so that the key must be left out instead.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

Field = Mapping[str, Any]
Endpoint = Mapping[str, Any]

_DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_FORMATS = {
    "numeric": re.compile(r"[0-9]+"),
    "decimal": re.compile(r"-?[0-9]+(\.[0-9]+)?"),
    "YYYY-MM-DD": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}


def endpoints() -> dict[str, Endpoint]:
    """Every endpoint of the contract, by its path with `/api`."""
    text = Path(__file__).with_name("client-contract.json").read_text(encoding="utf-8")
    return {endpoint["path"]: endpoint for endpoint in json.loads(text)}


def types_of(field: Field) -> list[str]:
    """The JSON types that a field may have."""
    accepted: list[str] = field.get("accept") or [field["type"]]
    return accepted


def problems(endpoint: Endpoint, answer: TestResponse) -> list[str]:
    """Whatever would break an app in a successful answer; empty when nothing would."""
    if answer.status_code == 204:
        wrong = [] if endpoint["empty_status"] == 204 else ["204 where an app needs a body"]
        return wrong + (["204 with a body"] if answer.data else [])
    if answer.status_code != 200:
        return [f"status {answer.status_code}"]
    body = answer.get_json(silent=True)
    if not isinstance(body, dict):
        return ["no JSON object"]
    wrong = envelope_problems(body, 200)
    if body.get("data") is None:
        return [*wrong, "data is missing or null"]
    return wrong + _data_problems(endpoint, body["data"])


def envelope_problems(body: Mapping[str, Any], status: int) -> list[str]:
    """What is wrong around `data`: code, name and message are mandatory in every body."""
    wrong = []
    if body.get("code") != status or isinstance(body.get("code"), bool):
        wrong.append(f"code is {body.get('code')!r}")
    if body.get("name") != HTTPStatus(status).phrase:
        wrong.append(f"name is {body.get('name')!r}")
    if not isinstance(body.get("message"), str) or not body["message"]:
        wrong.append("message is no text")
    if status >= 400 and "data" in body:
        wrong.append("data in an error: iOS then loses the message")
    return wrong


def _data_problems(endpoint: Endpoint, data: Any) -> list[str]:
    kind, fields = endpoint["response_kind"], endpoint["response"]
    if kind == "empty":
        return []
    if kind == "object":
        return _object_problems("data", fields, data)
    if kind == "list":
        return _list_problems("data", fields, data, endpoint["empty_status"])
    field = {"type": kind, "enum": endpoint.get("data_enum")}
    return _value_problems("data", field, data)


def _list_problems(where: str, fields: list[Field], data: Any, empty_status: int) -> list[str]:
    if not isinstance(data, list):
        return [f"{where} is no list"]
    if not data and empty_status == 204:
        return [f"{where} is empty: that is 204"]
    return [
        problem
        for number, item in enumerate(data)
        for problem in _object_problems(f"{where}[{number}]", fields, item)
    ]


def _object_problems(where: str, fields: list[Field], data: Any) -> list[str]:
    if not isinstance(data, dict):
        return [f"{where} is no object"]
    wrong = []
    for field in fields:
        name = f"{where}.{field['name']}"
        if field["name"] not in data:
            wrong += [f"{name} is missing"] if field["required"] else []
        elif data[field["name"]] is None:
            wrong += [] if field["nullable"] else [f"{name} is null"]
        else:
            wrong += _value_problems(name, field, data[field["name"]])
    return wrong


def _value_problems(where: str, field: Field, value: Any) -> list[str]:
    types = types_of(field)
    if not any(_is_a(kind, value) for kind in types):
        return [f"{where} is {json.dumps(value, ensure_ascii=False)}, no {' or '.join(types)}"]
    wrong = []
    allowed = field.get("enum")
    for one in value if isinstance(value, list) else [value]:
        if allowed and one not in allowed:
            wrong.append(f"{where} is {one!r}, none of {allowed}")
        if field.get("format") and not _FORMATS[field["format"]].fullmatch(str(one)):
            wrong.append(f"{where} is {one!r}, not {field['format']}")
    for number, child in enumerate(value if isinstance(value, list) else [value]):
        if field.get("children") and isinstance(child, dict):
            place = f"{where}[{number}]" if isinstance(value, list) else where
            wrong += _object_problems(place, field["children"], child)
    return wrong


def _is_a(kind: str, value: Any) -> bool:
    if kind.startswith("list<"):
        return isinstance(value, list) and all(_is_a(kind[5:-1], item) for item in value)
    return {
        "string": isinstance(value, str),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, (int, float)) and not isinstance(value, bool),
        "bool": isinstance(value, bool),
        "object": isinstance(value, dict),
        "tf": value in ("t", "f") and isinstance(value, str),
        "datetime": isinstance(value, str) and bool(_DATETIME.fullmatch(value)),
    }[kind]
