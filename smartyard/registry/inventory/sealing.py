"""What panels and media servers keep secret: sealed under SECRET_KEY in the database, `Secret`s in
a state."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from smartyard.registry.inventory.difference import Change, Stock, Thing
from smartyard.registry.inventory.secrets import NOTHING, UNREADABLE, Secret, address_of
from smartyard.secret import SealedRecords, Unreadable

Boxes = Mapping[str, SealedRecords[Any]]
"""Those of each kind that has secrets."""


def opened(stock: Stock, boxes: Boxes) -> Stock:
    """A state as the database has it, with what is kept secret in the place of `secret`."""
    shown: Stock = {
        kind: {key: _opened(key, thing, box) for key, thing in stock[kind].items()}
        for kind, box in boxes.items()
    }
    panels: dict[Any, Thing] = {
        number: {**panel, "address": address_of(panel["model"], panel["address"])}
        for number, panel in shown["panels"].items()
    }
    return {**stock, **shown, "panels": panels}


def _opened(key: Any, thing: Thing, box: SealedRecords[Any]) -> Thing:
    shown = dict(thing)
    secret = shown.pop("secret")
    try:
        known = box.open(key, secret)
        told = {name: Secret(getattr(known, name)) for name in _names(box)}
    except Unreadable:
        told = dict.fromkeys(_names(box), UNREADABLE)
    return {**shown, **told}


def shut(changes: Iterable[Change], box: SealedRecords[Any]) -> dict[Any, bytes | None]:
    """The new `secret` of those of one kind of which something secret changes."""
    names = _names(box)
    return {
        change.key: box.shut(
            change.key, type(box.nothing)(**{name: change.after[name].value for name in names})
        )
        for change in changes
        if change.after is not None and _differ(change.before, change.after, names)
    }


def _names(box: SealedRecords[Any]) -> list[str]:
    return [one.name for one in fields(box.nothing)]


def _differ(before: Thing | None, after: Thing, names: Iterable[str]) -> bool:
    return any((before or {}).get(name, NOTHING) != after[name] for name in names)
