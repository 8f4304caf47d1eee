"""The OpenAPI 3.1 document, made from the routes: what the decorators of `web` and `guard` left on
each view. Nothing here knows a path, so that a new endpoint is in it as soon as it is built.

Which statuses a view has follows from its door (401 and 422 of a resident's token), its body (413,
422), `@answers` and `@refuses`; any may be 503. The examples are what the contract test got, see
tests/fixtures/documented.py.
"""

import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import click
from flask import Flask, Response
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from smartyard.guard import PROVIDER, RESIDENT, SIGNED
from smartyard.openapi.answers import answers, json_content, refusal, refusals
from smartyard.openapi.operations import Json, Operation, Shape
from smartyard.shapes import Letter, letter
from smartyard.web import public, sends

VERSION = "0.1.0"
EXAMPLES = Path(__file__).with_name("examples.json")
KINDS = {"int": "integer", "number": "integer", "float": "number"}  # of the variables in a route

_ABOUT = """The server behind the residents' apps. Every answer with a body is the envelope `code`,
`name`, `message` and, where it succeeds, `data`; a refusal has no `data`, and its `message` is a
Russian sentence that tells a person what to do. Keys without a value are left out of answers. An
empty body and `{}` are the same, whatever the content type says, and keys that are not known are
left alone. With the header `X-Dm-Api-Refresh`, billing is asked anew for what is shown of it."""

_SCHEMES: dict[str, Json] = {
    RESIDENT: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "UUID",
        "description": "`accessToken` of `/api/user/confirmCode`. None is 422; a wrong one is 401.",
    },
    PROVIDER: {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of the operator's for a program, of the scope named here, from"
        " the addresses that the key is for. None is 422, a wrong one 401, a wrong place 403.",
    },
    SIGNED: {
        "type": "apiKey",
        "in": "query",
        "name": "checksum",
        "description": "The bank's signature over all parameters.",
    },
}
_UNTOLD: Json = {"type": "http", "scheme": "bearer"}  # of a door that is new


class _Schemas(GenerateJsonSchema):
    """JSON schemas of shapes as they are on the wire."""

    def nullable_schema(self, schema: Any) -> Json:
        """An answer has no null: what is None is left out (`web.ok`)."""
        if self.mode == "serialization":
            return self.generate_inner(schema["schema"])
        return super().nullable_schema(schema)

    def default_schema(self, schema: Any) -> Json:
        """None stands for a key that is not there; a flag is a letter on the wire."""
        made = super().default_schema(schema)
        if made.get("default", ...) is None:
            del made["default"]
        elif made.get("enum") == list(get_args(Letter)):
            made["default"] = letter(made["default"])
        return made

    def field_title_should_be_set(self, schema: Any) -> bool:
        """The name of a field says it already."""
        return False


def install(app: Flask) -> None:
    """Add `GET /api/openapi.json` and `flask openapi`."""

    @cache
    def whole() -> str:
        return json.dumps(document(app), ensure_ascii=False, indent=1)

    @app.get("/api/openapi.json")
    @public
    @sends("application/json")
    def openapi() -> Response:
        """This document."""
        return Response(whole(), content_type="application/json")

    @app.cli.command("openapi")
    def _openapi() -> None:
        """Напечатать документ OpenAPI: все адреса сервера."""
        click.echo(whole())


def document(app: Flask) -> Json:
    """The document of all routes of the app."""
    operations = sorted(_operations(app), key=lambda one: (one.path, one.method))
    schemas, definitions = _schemas({shape for one in operations for shape in one.shapes})
    statuses = {status for one in operations for status in one.refuses}
    doors = {door for one in operations for way in one.security for door in way}
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    paths: dict[str, Json] = {}
    for one in operations:
        told = _told(one, schemas, examples.get(f"{one.method} {one.path}", {}))
        paths.setdefault(one.path, {})[one.method.lower()] = told
    return {
        "openapi": "3.1.0",
        "info": {"title": "SmartYard", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "tags": _tags(operations),
        "paths": paths,
        "components": {
            "schemas": definitions,
            "responses": {str(status): refusal(status) for status in sorted(statuses)},
            "securitySchemes": {door: _SCHEMES.get(door, _UNTOLD) for door in sorted(doors)},
        },
    }


def _operations(app: Flask) -> Iterator[Operation]:
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield Operation(method, rule, app.view_functions[rule.endpoint])


def _schemas(shapes: Iterable[Shape]) -> tuple[dict[Shape, Json], Json]:
    """The schema of each shape, and what they refer to."""
    maker = _Schemas(by_alias=True, ref_template="#/components/schemas/{model}")
    wanted = [(shape, mode, TypeAdapter(shape).core_schema) for shape, mode in shapes]
    wanted.sort(key=lambda one: (str(one[0]), one[1]))
    made, definitions = maker.generate_definitions(wanted)
    return dict(made), {str(name): schema for name, schema in definitions.items()}


def _tags(operations: Iterable[Operation]) -> list[Json]:
    """Each with what its module says of itself first."""
    modules = {one.tag: inspect.unwrap(one.view).__module__ for one in operations}
    return [
        {"name": tag, "description": str(inspect.getdoc(sys.modules[module])).partition("\n\n")[0]}
        for tag, module in sorted(modules.items())
    ]


def _told(one: Operation, schemas: dict[Shape, Json], example: Json) -> Json:
    """The operation as the document tells it."""
    several = len((one.rule.methods or set()) - {"HEAD", "OPTIONS"}) > 1
    told: Json = {
        "operationId": (
            f"{one.rule.endpoint}.{one.method.lower()}" if several else one.rule.endpoint
        ),
        "tags": [one.tag],
        "security": one.security,
        "responses": answers(one, schemas, example.get("answer")) | refusals(one),
    }
    summary, _, more = (inspect.getdoc(one.view) or "").partition("\n\n")
    if summary:
        told["summary"] = " ".join(summary.split())
    if more:
        told["description"] = more
    if parameters := list(_parameters(one, example.get("parameters", {}))):
        told["parameters"] = parameters
    if one.takes is not None:
        required = any(field.is_required() for field in one.takes.model_fields.values())
        sent = example.get("request", None if required else {})
        content = json_content(schemas[one.takes, "validation"], sent)
        told["requestBody"] = {"required": required, "content": content}
    told["responses"] = dict(sorted(told["responses"].items()))
    return told


def _parameters(one: Operation, examples: Json) -> Iterator[Json]:
    def told(name: str, kind: str, **more: Any) -> Json:
        illustrated = {"example": examples[name]} if name in examples else {}
        return {"name": name, "schema": {"type": kind}, **more, **illustrated}

    for name in sorted(one.rule.arguments):
        converter = re.search(rf"<(?:([a-z]+)(?:\([^)]*\))?:)?{name}>", one.rule.rule)
        kind = KINDS.get(converter[1] if converter else "", "string")
        yield told(name, kind, **{"in": "path", "required": True})
    for name, word in (one.mark("asks") or {}).items():
        yield told(name, "string", **{"in": "query", "description": word})
