"""The answers of an operation as the document tells them."""

import inspect
from http import HTTPStatus
from typing import Any

from smartyard import errors
from smartyard.openapi.operations import Json, Operation, Shape

_REFUSALS: dict[int, tuple[str, str]] = {
    kind.status: (inspect.getdoc(kind) or "", kind.message)
    for kind in errors.AppError.__subclasses__()
    if kind.__module__ == errors.__name__ and kind is not errors.NoToken
}
_REFUSALS[413] = ("413: the body is too big.", errors.FRAMEWORK[413])
_REFUSALS[422] = (
    "422: a wrong shape, or no token where one is needed.",
    errors.Malformed.message,
)


def answers(one: Operation, schemas: dict[Shape, Json], example: Any) -> Json:
    """The successes, by status."""
    media, shape = one.mark("sends"), one.answers
    nothing = {"204": {"description": "Done, or there is nothing to show."}}
    if media is not None:
        return {str(status): _plain(status, media) for status in (200, *one.mark("sends_also"))}
    if shape is None:
        return nothing if hasattr(one.view, "answers") else {}
    schema = _envelope(HTTPStatus.OK, {"data": schemas[shape, "serialization"]})
    found: Json = {"200": {"description": "OK", "content": json_content(schema, example)}}
    return found | nothing if one.mark("or_nothing") else found


def _plain(status: int, media: str) -> Json:
    """An answer without the envelope; only successes have a body."""
    said: Json = {"description": HTTPStatus(status).phrase}
    if not media or status >= HTTPStatus.MULTIPLE_CHOICES:
        return said
    schema = {"type": "object" if media == "application/json" else "string"}
    return said | {"content": {media: {"schema": schema}}}


def refusals(one: Operation) -> Json:
    """Those of a view without bodies have none either."""
    if one.mark("sends") == "":
        return {str(status): {"description": _said_of(status)[0]} for status in one.refuses}
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in one.refuses}


def refusal(status: int) -> Json:
    """The envelope of a refusal, for all operations that may refuse so."""
    description, message = _said_of(status)
    known = HTTPStatus(status)
    example = {"code": status, "name": known.phrase, "message": message}
    return {"description": description, "content": json_content(_envelope(known, {}), example)}


def _said_of(status: int) -> tuple[str, str]:
    unknown = (f"{status}: {HTTPStatus(status).phrase}.", errors.AppError.message)
    return _REFUSALS.get(status, unknown)


def _envelope(status: HTTPStatus, more: Json) -> Json:
    fixed = {"code": {"const": status.value}, "name": {"const": status.phrase}}
    properties = fixed | {"message": {"type": "string", "minLength": 1}} | more
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def json_content(schema: Json, example: Any) -> Json:
    """JSON of this schema, with its example where there is one."""
    illustrated = {} if example is None else {"example": example}
    return {"application/json": {"schema": schema, **illustrated}}
