"""Who may come in: every route is closed unless it says otherwise.

Four doors: a resident (bearer token, the default), a provider or device (its own token and an
address list), a signed caller (the bank), and public. `tests/test_guard.py` lists the routes of
the last three by heart. The token of a resident is a session's, see `user/sessions.py`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from flask import Flask, current_app, g, request

from smartyard.errors import NoToken, TokenRefused
from smartyard.phones import Phone

V = TypeVar("V", bound=Callable[..., object])
RESIDENT = "resident"
SIGNED = "signed"
PUBLIC = "public"

# `uuid.UUID()` reads four spellings; a token has one.
_TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Caller:
    """A signed-in person at one device."""

    person_id: int
    session_id: UUID
    phone: Phone


Identify = Callable[[str], Caller | None]


def public(view: V) -> V:
    """Open this route to everybody."""
    setattr(view, "door", PUBLIC)
    return view


def signed(view: V) -> V:
    """Open this route to a caller whose signature the service checks before anything else."""
    setattr(view, "door", SIGNED)
    return view


def door_of(view: object) -> str:
    """Which door a view stands behind."""
    return str(getattr(view, "door", RESIDENT))


def install(app: Flask, identify: Identify) -> None:
    """Ask at the door of every route of the app, before its body is read."""

    @app.before_request
    def _ask() -> None:
        if request.url_rule is None or request.method == "OPTIONS":
            return  # 404 and 405 are the framework's; its own answer to OPTIONS runs no view
        if door_of(current_app.view_functions[request.endpoint or ""]) == RESIDENT:
            g.caller = resident(request.headers.get("Authorization", ""), identify)
        elif request.headers.get("Authorization"):
            g.identify = identify  # for a public route that likes to know who comes


def resident(header: str, identify: Identify) -> Caller:
    """The caller of a bearer token. Raises NoToken for none, TokenRefused for a wrong one."""
    scheme, _, token = header.strip().partition(" ")
    if not scheme:
        raise NoToken()
    if scheme.lower() != "bearer" or not _TOKEN.fullmatch(token.strip()):
        raise TokenRefused(cause="malformed token")
    found = identify(token.strip())
    if found is None:
        raise TokenRefused(cause="unknown token")
    return found
