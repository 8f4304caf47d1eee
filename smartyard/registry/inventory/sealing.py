"""Login and password of panels: sealed under SECRET_KEY in the database, `Secret`s in a state."""

from collections.abc import Iterable
from typing import Any

from smartyard.registry.inventory.difference import Change, Stock, Thing
from smartyard.registry.inventory.secrets import NOTHING, UNREADABLE, Secret, address_of
from smartyard.registry.panels.service import Credentials, Sealed
from smartyard.secret import Unreadable


def opened(stock: Stock, sealed: Sealed) -> Stock:
    """A state as the database has it, with login and password in the place of `secret`."""
    panels = {number: _opened(number, panel, sealed) for number, panel in stock["panels"].items()}
    return {**stock, "panels": panels}


def _opened(number: int, panel: Thing, sealed: Sealed) -> Thing:
    shown: dict[str, Any] = {
        **panel,
        "address": address_of(panel["model"], panel["address"]),
    }
    secret = shown.pop("secret")
    try:
        known = sealed.open(number, secret)
        login, password = Secret(known.login), Secret(known.password)
    except Unreadable:
        login = password = UNREADABLE
    return {**shown, "login": login, "password": password}


def shut(changes: Iterable[Change], sealed: Sealed) -> dict[int, bytes | None]:
    """The new `secret` of those panels whose login or password changes."""
    return {
        change.key: sealed.shut(
            change.key, Credentials(change.after["login"].value, change.after["password"].value)
        )
        for change in changes
        if change.after is not None and _differ(change.before, change.after)
    }


def _differ(before: Thing | None, after: Thing) -> bool:
    known = before or {"login": NOTHING, "password": NOTHING}
    return any(known[name] != after[name] for name in ("login", "password"))
