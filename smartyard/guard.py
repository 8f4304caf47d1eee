"""Who may come in: every route is closed unless it says otherwise.

Four doors: a resident (bearer token, the default), a provider or device (its own token and an
address list), a signed caller (the bank), and public. `tests/test_guard.py` lists the routes of
the last three by heart. The token of a resident is a session's, see `user/sessions.py`; that of a
provider is a key with a name, see `provider/tokens`. They look different, so that neither is even
looked for among the others.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeVar
from uuid import UUID

from flask import Flask, current_app, g, request

from smartyard.errors import NoToken, NotYours, TokenRefused
from smartyard.phones import Phone

V = TypeVar("V", bound=Callable[..., object])
RESIDENT = "resident"
PROVIDER = "provider"
SIGNED = "signed"
PUBLIC = "public"
# What a key of a provider may be for: billing's inventory and rights; batches of contracts and of
# rights; telling events of doors; asking as the telephone exchange.
SCOPES = ("billing", "contracts", "events", "pbx")

# `uuid.UUID()` reads four spellings; a token has one.
_TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY = re.compile(r"sy_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Caller:
    """A signed-in person at one device."""

    person_id: int
    session_id: UUID
    phone: Phone


@dataclass(frozen=True)
class Provider:
    """A program of the provider's, by the name of its key."""

    name: str
    scopes: frozenset[str]
    networks: tuple[IPv4Network | IPv6Network, ...]

    @property
    def actor(self) -> str:
        """Who it is in the audit."""
        return f"token:{self.name}"

    def comes_from(self, address: str) -> bool:
        """Whether the client's address is one of the key's; an IPv4 one may be written as IPv6."""
        try:
            told = ip_address(address)
        except ValueError:
            return False
        plain = told.ipv4_mapped if isinstance(told, IPv6Address) and told.ipv4_mapped else told
        return any(plain in network for network in self.networks)


Identify = Callable[[str], Caller | None]
IdentifyProvider = Callable[[str], Provider | None]


class ProviderNoToken(NoToken):
    message = "Укажите ключ доступа: заголовок Authorization со словом Bearer и ключом."


class ProviderTokenRefused(TokenRefused):
    message = "Ключ доступа неверен или отозван. Возьмите новый у оператора."


class ProviderNotAllowed(NotYours):
    message = "Этому ключу доступа сюда нельзя: проверьте его области и адреса."


def public(view: V) -> V:
    """Open this route to everybody."""
    setattr(view, "door", PUBLIC)
    return view


def signed(view: V) -> V:
    """Open this route to a caller whose signature the service checks before anything else."""
    setattr(view, "door", SIGNED)
    return view


def provider(scope: str) -> Callable[[V], V]:
    """Open this route to keys of a provider's that have the scope, and to nobody else."""
    if scope not in SCOPES:
        raise ValueError(f"no such scope: {scope}")

    def open_to(view: V) -> V:
        setattr(view, "door", PROVIDER)
        setattr(view, "scope", scope)
        return view

    return open_to


def door_of(view: object) -> str:
    """Which door a view stands behind."""
    return str(getattr(view, "door", RESIDENT))


def install(
    app: Flask,
    identify: Identify,
    identify_provider: IdentifyProvider,
    client_address: Callable[[], str],
) -> None:
    """Ask at the door of every route of the app, before its body is read."""

    @app.before_request
    def _ask() -> None:
        if request.url_rule is None or request.method == "OPTIONS":
            return  # 404 and 405 are the framework's; its own answer to OPTIONS runs no view
        view = current_app.view_functions[request.endpoint or ""]
        header = request.headers.get("Authorization", "")
        if door_of(view) == RESIDENT:
            g.caller = resident(header, identify)
        elif door_of(view) == PROVIDER:
            scope = str(getattr(view, "scope"))
            g.provider = _provider(header, scope, client_address(), identify_provider)
        elif header:
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


def _provider(header: str, scope: str, address: str, identify: IdentifyProvider) -> Provider:
    """Whose key it is. A scope or an address that the key does not have is 403, the same."""
    scheme, _, key = header.strip().partition(" ")
    if not scheme:
        raise ProviderNoToken()
    if scheme.lower() != "bearer" or not _KEY.fullmatch(key.strip()):
        raise ProviderTokenRefused(cause="malformed key")
    found = identify(key.strip())
    if found is None:
        raise ProviderTokenRefused(cause="unknown key")
    if scope not in found.scopes:
        raise ProviderNotAllowed(cause=f"{found.actor} has no scope {scope}")
    if not found.comes_from(address):
        raise ProviderNotAllowed(cause=f"{found.actor} came from {address}")
    return found
