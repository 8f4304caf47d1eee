"""What a route may use: the shape of the body, the caller, the answers.

The decorators of a view are its contract: `@takes(Shape)` reads the body, `@answers(Shape)` says
what comes back. The view itself is a few lines that call one service method.
"""

import ipaddress
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import tzinfo
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, get_origin
from uuid import UUID

from flask import Flask, Response, current_app, g, json, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import BaseConverter

from smartyard.config import Settings
from smartyard.errors import Malformed
from smartyard.guard import Caller, Provider, provider, public, resident, signed

__all__ = [
    "answers",
    "bare",
    "asks",
    "caller",
    "caller_if_any",
    "client_address",
    "knows_residents",
    "listed",
    "no_content",
    "ok",
    "provide",
    "provider",
    "provider_caller",
    "public",
    "query_and_form",
    "refuses",
    "sends",
    "service",
    "signed",
    "takes",
    "wants_fresh",
    "zone",
]

P = ParamSpec("P")
S = TypeVar("S")
B = TypeVar("B", bound=BaseModel)
V = TypeVar("V", bound=Callable[..., Response])
_JSON = "application/json"
_UNREAD = 4 * 1024 * 1024  # bytes taken in at most, above what nginx lets through


def takes(
    shape: type[B],
) -> Callable[[Callable[Concatenate[B, P], Response]], Callable[P, Response]]:
    """Read the body as `shape`, whatever its content type. No bytes are an empty object; bytes
    that cannot be read are 422, which `get_json(silent=True)` would not tell apart."""

    def decorate(view: Callable[Concatenate[B, P], Response]) -> Callable[P, Response]:
        @wraps(view)
        def reading(*args: P.args, **kwargs: P.kwargs) -> Response:
            return view(_read(shape), *args, **kwargs)

        setattr(reading, "takes", shape)
        return reading

    return decorate


def answers(shape: Any, *, or_nothing: bool | None = None) -> Callable[[V], V]:
    """Say what `data` holds (for the OpenAPI document); None for an empty 204. `or_nothing` says
    whether it may be 204 too, as a list may by itself."""
    is_list = get_origin(shape) is list
    return _says(answers=shape, or_nothing=is_list if or_nothing is None else or_nothing)


def sends(media_type: str, *others: int) -> Callable[[V], V]:
    """Say that a 200 is of this kind and has no envelope; "": that nothing here has a body.
    `others` are more statuses without the envelope, such as those of a part of a file."""
    return _says(sends=media_type, sends_also=others)


def refuses(*statuses: int) -> Callable[[V], V]:
    """Say which refusals there are beside those of the door and of the body. A view that says
    nothing, and is told what it acts on, may give each of 402, 403, 404 and 429."""
    return _says(refuses=statuses)


def knows_residents(view: V) -> V:
    """Say that a public route likes to know who comes (`caller_if_any`): a token may be shown."""
    return _says(knows_residents=True)(view)


def asks(**fields: str) -> Callable[[V], V]:
    """Say what is read of the query, each with a word on it."""
    return _says(asks=fields)


def _says(**marks: Any) -> Callable[[V], V]:
    def decorate(view: V) -> V:
        for name, mark in marks.items():
            setattr(view, name, mark)
        return view

    return decorate


def _read(shape: type[B]) -> B:
    data = request.get_data(cache=False)  # raises 413 past MAX_BODY
    if request.content_length is None and len(data) == request.max_content_length:
        raise RequestEntityTooLarge()  # in chunks: werkzeug stops at the limit and says nothing
    if not data.strip():
        data = b"{}"
    try:
        return shape.model_validate_json(data)
    except ValidationError as wrong:
        fields = sorted({".".join(map(str, error["loc"])) or "body" for error in wrong.errors()})
        raise Malformed(cause="wrong shape: " + ", ".join(fields)[:200]) from None


def ok(data: Any, message: str = "OK") -> Response:
    """200 with the envelope. Shapes are written by alias, and what is None is left out."""
    head = f'{{"code":200,"name":"OK","message":{json.dumps(message, ensure_ascii=False)},"data":'
    return Response(head.encode() + _dump(data) + b"}", content_type=_JSON)


def _dump(data: Any) -> bytes:
    if isinstance(data, BaseModel):
        return data.model_dump_json(by_alias=True, exclude_none=True).encode()
    if isinstance(data, list):
        return b"[" + b",".join(_dump(item) for item in data) + b"]"
    return json.dumps(data, ensure_ascii=False).encode()


def bare(data: dict[str, Any]) -> Response:
    """JSON without the envelope, for programs of a provider's that know none."""
    return Response(_dump(data), content_type=_JSON)


def no_content() -> Response:
    """204, which the apps read as done, or as an empty list."""
    return Response(status=204)


def listed(rows: Sequence[BaseModel]) -> Response:
    """A list, or 204 when it is empty."""
    return ok(list(rows)) if rows else no_content()


def caller() -> Caller:
    """Who the guard let in."""
    found: Caller = g.caller
    return found


def caller_if_any() -> Caller | None:
    """Of a public route: who shows a token, None for who shows none. A wrong one is refused."""
    header = request.headers.get("Authorization", "")
    return resident(header, g.identify) if header.strip() else None


def provider_caller() -> Provider:
    """Which program of the provider's the guard let in; its `actor` is for the audit."""
    found: Provider = g.provider
    return found


def query_and_form() -> list[tuple[str, str]]:
    """Every parameter of the address and of a form, each as often as it came."""
    return [*request.args.items(multi=True), *request.form.items(multi=True)]


def jpeg(picture: bytes, kept: int = 0) -> Response:
    """A picture that only the phone that asked may keep, for so many seconds."""
    answer = Response(picture, content_type="image/jpeg")
    answer.headers["Cache-Control"] = f"private, max-age={kept}" if kept else "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def wants_fresh() -> bool:
    """The app was pulled to refresh: `X-Dm-Api-Refresh` is there, whatever it holds."""
    return "X-Dm-Api-Refresh" in request.headers


def service(kind: type[S]) -> S:
    """The one instance of a service, as `wiring` built it."""
    found: S = current_app.extensions["smartyard"][kind]
    return found


class EventIdInPath(BaseConverter):
    """`<event:…>`: as we write it, and in no other spelling."""

    regex = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

    def to_python(self, value: str) -> UUID:
        return UUID(value)


class NumberInPath(BaseConverter):
    """`<number:…>`: ASCII digits, that PostgreSQL takes."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)


class SealInPath(BaseConverter):
    """`<seal:…>`: what makes a link carry a right of its own."""

    regex = "[0-9a-f]{32}"


def provide(app: Flask, services: Sequence[object]) -> None:
    """Called by `wiring`, before the routes: what `service` finds, and what addresses are of."""
    app.extensions["smartyard"] = {type(item): item for item in services}
    app.url_map.converters |= {
        "event": EventIdInPath,
        "number": NumberInPath,
        "seal": SealInPath,
    }
    app.after_request(_take_in_the_rest)


def _take_in_the_rest(answer: Response) -> Response:
    """Read what was sent and nobody looked at. gunicorn resets a connection with more than 64 KiB
    unread, and the nginx before it then tells the app 502 instead of our 413, 422 or 401."""
    if request.environ.get("wsgi.input_terminated"):  # else its end cannot be told from a pause
        left = _UNREAD
        with suppress(OSError):  # the client left
            while left > 0 and (part := request.environ["wsgi.input"].read(min(left, 65536))):
                left -= len(part)
    return answer


def zone() -> tzinfo:
    """The operator's time zone, for what goes on the wire."""
    settings: Settings = current_app.config["SMARTYARD"]
    return settings.timezone


def client_address() -> str:
    """The client's address. `X-Forwarded-For` counts only when it comes from our own proxy, and
    of it only the last entry, which is what that proxy added: the rest is the client's to write."""
    settings: Settings = current_app.config["SMARTYARD"]
    peer = request.remote_addr or ""
    if peer in settings.trusted_proxies or not peer:  # no peer: a unix socket
        told = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        try:
            return str(ipaddress.ip_address(told))
        except ValueError:
            pass
    return peer
