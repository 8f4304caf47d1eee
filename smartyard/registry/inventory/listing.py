"""The inventory as a table for reading, and as a CSV that the import takes back."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from smartyard.registry.inventory.difference import Stock, Thing
from smartyard.registry.inventory.rows import KINDS
from smartyard.registry.inventory.secrets import Secret
from smartyard.registry.models import INVENTORY

# What names a thing, by the columns of a file.
KEYS: Mapping[str, tuple[str, ...]] = {
    "houses": ("id",),
    "flats": ("id",),
    "contracts": ("id",),
    "keys": ("code", "flat"),
    "media_servers": ("name",),
    "cameras": ("stream",),
    "panels": ("id",),
    "doors": ("house", "domophone", "door"),
}
Record = dict[str, Any]


def records(stock: Stock, kind: str, house: int | None = None) -> list[Record]:
    """The things of a kind, in the order of their keys, by the names of a file's columns; with
    `house` those of this house only."""
    return [
        record(kind, key, thing)
        for key, thing in sorted(stock[kind].items(), key=lambda item: item[0])
        if house is None or _is_of_house(stock, kind, key, house)
    ]


def portable(stock: Stock, kind: str, house: int | None = None, *, key: Any = None) -> list[Record]:
    """What the inventory owns or needs of it: what billing alone lists is not taken over by
    importing a list again, and what is secret is left out. With `key` the one thing, or none."""
    if key is not None:
        found = {key: stock[kind][key]} if key in stock[kind] else {}
        stock = {**stock, kind: found}
    needed = {
        camera["media_server"]
        for camera in stock["cameras"].values()
        if camera["source"] == INVENTORY
    }
    return [
        {
            name: value
            for name, value in one.items()
            if name != "source" and not isinstance(value, Secret)
        }
        for one in records(stock, kind, house)
        if one.get("source", INVENTORY) == INVENTORY
        or (kind == "media_servers" and one["name"] in needed)
    ]


def owns(stock: Stock, kind: str, key: Any) -> bool:
    """The thing is there, and not only by billing's word."""
    return key in stock[kind] and bool(stock[kind][key].get("source", INVENTORY) == INVENTORY)


def columns(kind: str) -> list[str]:
    """Those of a file of this kind, without the secret ones."""
    return [name for name in KINDS[kind].model_fields if name not in KINDS[kind].secrets]


def as_csv(rows: Sequence[Record], names: Sequence[str]) -> str:
    """UTF-8 text with a header; lists have blanks between their items."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return out.getvalue()


def as_table(rows: Sequence[Record]) -> list[str]:
    """Lines of aligned columns; none where there is nothing."""
    if not rows:
        return []
    names = list(rows[0])
    cells = [names, *([shown(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(names))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def record(kind: str, key: Any, thing: Thing) -> Record:
    """One thing by the names of a file's columns."""
    keys = key if isinstance(key, tuple) else (key,)
    fields = {**dict(zip(KEYS[kind], keys, strict=True)), **thing}
    if kind == "cameras":
        own = [link for link in fields.pop("links") if link.source == INVENTORY]
        source = fields.pop("source")
        fields["houses"] = sorted(link.house for link in own if link.flat is None)
        fields["flats"] = sorted(link.flat for link in own if link.flat is not None)
        fields["source"] = source
    return fields


def _is_of_house(stock: Stock, kind: str, key: Any, house: int) -> bool:
    thing = stock[kind][key]
    match kind:
        case "houses":
            houses = {key}
        case "doors":
            houses = {key[0]}
        case "flats":
            houses = {thing["house"]}
        case "keys":
            houses = {stock["flats"][key[1]]["house"]}
        case "contracts":
            houses = {stock["flats"][flat]["house"] for flat in thing["flats"]}
        case "panels":
            houses = {door[0] for door in stock["doors"] if door[1] == key}
        case _:
            houses = {link.house for link in thing["links"]}
    return house in houses


def _cell(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "t" if value else "f"
    return "" if value is None else str(value)


def shown(value: Any) -> str:
    """What stands in a table: never empty, in one line."""
    return " ".join(_cell(value).split()) or "-"
