"""What a route may use: the shape of the body, the caller, the answers.

The decorators of a view are its contract: `@takes(Shape)` reads the body, `@answers(Shape)` says
what comes back. The view itself is a few lines that call one service method.
"""

import ipaddress
from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import Flask, Response, current_app, g, json, request
from pydantic import BaseModel, ValidationError

from smartyard.config import Settings
from smartyard.errors import Malformed
from smartyard.guard import Caller, public

__all__ = ["answers", "caller", "client_address", "no_content", "ok", "public", "service", "takes"]

P = ParamSpec("P")
S = TypeVar("S")
B = TypeVar("B", bound=BaseModel)
_JSON = "application/json"


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


def answers(shape: Any) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """Say what `data` holds (for the OpenAPI document); None for an empty 204."""

    def decorate(view: Callable[P, Response]) -> Callable[P, Response]:
        setattr(view, "answers", shape)
        return view

    return decorate


def _read(shape: type[B]) -> B:
    data = request.get_data(cache=False)  # raises 413 past MAX_BODY
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


def wants_fresh() -> bool:
    """The app was pulled to refresh: `X-Dm-Api-Refresh` is there, whatever it holds."""
    return "X-Dm-Api-Refresh" in request.headers


def service(kind: type[S]) -> S:
    """The one instance of a service, as `wiring` built it."""
    found: S = current_app.extensions["smartyard"][kind]
    return found


def provide(app: Flask, services: Sequence[object]) -> None:
    """Called by `wiring`: what `service` finds."""
    app.extensions["smartyard"] = {type(item): item for item in services}


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
