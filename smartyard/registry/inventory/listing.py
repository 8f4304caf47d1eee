"""The inventory as a table for reading, and as a CSV that the import takes back."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from smartyard.registry.inventory.difference import Stock, Thing
from smartyard.registry.models import INVENTORY

_KEYS = {
    "houses": ("id",),
    "flats": ("id",),
    "doors": ("house", "domophone", "door"),
    "media_servers": ("name",),
    "cameras": ("stream",),
}
Record = dict[str, Any]


def records(stock: Stock, kind: str, house: int | None = None) -> list[Record]:
    """The things of a kind, in the order of their keys, by the names of a file's columns; with
    `house` those of this house only."""
    return [
        _record(kind, key, thing)
        for key, thing in sorted(stock[kind].items(), key=lambda item: item[0])
        if house is None or _is_of_house(kind, key, thing, house)
    ]


def portable(stock: Stock, kind: str, house: int | None = None) -> list[Record]:
    """What the inventory owns or needs of it: what billing alone lists is not taken over by
    importing a list again."""
    needed = {
        camera["media_server"]
        for camera in stock["cameras"].values()
        if camera["source"] == INVENTORY
    }
    return [
        {name: value for name, value in record.items() if name != "source"}
        for record in records(stock, kind, house)
        if record.get("source", INVENTORY) == INVENTORY
        or (kind == "media_servers" and record["name"] in needed)
    ]


def as_csv(rows: Sequence[Record], columns: Sequence[str]) -> str:
    """UTF-8 text with a header; lists have blanks between their items."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return out.getvalue()


def as_table(rows: Sequence[Record]) -> list[str]:
    """Lines of aligned columns; none where there is nothing."""
    if not rows:
        return []
    columns = list(rows[0])
    cells = [columns, *([_shown(row[name]) for name in columns] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(columns))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def _record(kind: str, key: Any, thing: Thing) -> Record:
    keys = key if isinstance(key, tuple) else (key,)
    record = {**dict(zip(_KEYS[kind], keys, strict=True)), **thing}
    if kind == "cameras":
        own = [link for link in record.pop("links") if link.source == INVENTORY]
        source = record.pop("source")
        record["houses"] = sorted(link.house for link in own if link.flat is None)
        record["flats"] = sorted(link.flat for link in own if link.flat is not None)
        record["source"] = source
    return record


def _is_of_house(kind: str, key: Any, thing: Thing, house: int) -> bool:
    match kind:
        case "houses":
            return bool(key == house)
        case "doors":
            return bool(key[0] == house)
        case "flats":
            return bool(thing["house"] == house)
        case _:
            return any(link.house == house for link in thing["links"])


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "t" if value else "f"
    return "" if value is None else str(value)


def _shown(value: Any) -> str:
    return " ".join(_cell(value).split()) or "-"
