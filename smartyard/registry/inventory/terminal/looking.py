"""Looking at one thing, at what is blocked, and at who changed what."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any, Protocol

import click

from smartyard.audit import Audit, AuditEntry
from smartyard.commands import OperatorGroup, show, telling
from smartyard.registry.inventory import listing
from smartyard.registry.inventory.blocks.service import Blocked
from smartyard.registry.inventory.difference import Stock
from smartyard.registry.inventory.problems import InventoryRefused, Problem
from smartyard.registry.inventory.rows import KINDS, written
from smartyard.registry.inventory.service import InventoryService
from smartyard.registry.inventory.terminal.single import ONE, key_of, kind_argument
from smartyard.registry.service import RegistryService


class Result(Protocol):
    """How a door was opened, or was not, as the log of events has it."""

    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def door_id(self) -> int | None: ...
    @property
    def opened(self) -> bool | None: ...
    @property
    def outcome(self) -> str: ...


LastResults = Callable[[int], Sequence[Result]]
"""Of a panel, the newest first."""

BLOCK = ("flat", "house", "service", "source", "cause", "since")
_ACTIONS = {
    "added": "добавлено",
    "changed": "изменено",
    "removed": "удалено",
    "blocked": "заблокировано",
    "unblocked": "разблокировано",
    "access given": "доступ дан",
    "access taken": "доступ забран",
    "let in by QR": "вошёл по QR-коду",
    "QR code made": "сделан QR-код",
    "door code": "код двери сменён",
    "right given": "право дано",
    "right taken": "право забрано",
    "balance moved": "остаток изменён",
    "phone added": "телефон добавлен по паролю",
    "loss allowed": "отнято у многих с разрешения",
}


def add_commands(
    group: OperatorGroup,
    inventory: InventoryService,
    registry: RegistryService,
    audit: Audit,
    zone: tzinfo,
    last_results: LastResults,
) -> None:
    """`show` and `audit`."""

    @group.command("show")
    @kind_argument
    @click.argument("name", metavar="КЛЮЧ")
    def _show(kind: str, name: str) -> None:
        """Показать одно: `show panel 7` — с дверями и числом квартир."""
        with telling():
            key, stock = key_of(ONE[kind], name), inventory.stock()
            if key not in stock[ONE[kind]]:
                absent = f"В реестре нет такого: {KINDS[ONE[kind]].noun} {written(key)}"
                raise InventoryRefused([Problem(0, absent)])
            show(_fields(stock, ONE[kind], key))
            if kind == "panel":
                show(_of_panel(stock, key, len(registry.flats_of_panel(key))))
                show(_results(last_results(key), zone))

    @group.command("audit")
    @click.option(
        "--subject", metavar="ЧТО", help="Только об этом: panel:7, door:101/7/0, flat:12."
    )
    @click.option(
        "--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="С этого дня."
    )
    @click.option("--most", default=100, show_default=True, help="Сколько строк.")
    def _audit(subject: str | None, since: datetime | None, most: int) -> None:
        """Кто что менял в реестре, последнее — первым."""
        with telling():
            moment = since and since.replace(tzinfo=zone)
            rows = audit.entries(subject=subject, since=moment, most=most)
        show(listing.as_table([_entry(row, zone) for row in rows]) or ["Пусто."])


def blocks(rows: Sequence[Blocked], zone: tzinfo) -> list[listing.Record]:
    """What is blocked, for a table."""
    return [
        dict(
            zip(
                BLOCK,
                (
                    one.flat_id,
                    one.house_id,
                    one.service,
                    one.source,
                    one.cause,
                    _moment(one.created_at, zone),
                ),
                strict=True,
            )
        )
        for one in rows
    ]


def _fields(stock: Stock, kind: str, key: Any) -> Iterator[str]:
    for name, value in listing.record(kind, key, stock[kind][key]).items():
        yield f"{name}: {listing.shown(value)}"


def _of_panel(stock: Stock, panel: int, flats: int) -> Iterator[str]:
    doors = [key for key in sorted(stock["doors"]) if key[1] == panel]
    yield f"Двери: {len(doors)}"
    for key in doors:
        door = stock["doors"][key]
        where = f"дом {key[0]}, выход {key[2]}, {door['icon']}"
        entrance = f", подъезд {door['entrance']}" if door["entrance"] else ""
        yield f"  {where}{entrance}: {listing.shown(door['name'])}"
    yield f"Квартир за ними: {flats}"


def _results(rows: Sequence[Result], zone: tzinfo) -> Iterator[str]:
    yield f"За последние сутки: {'последнее' if rows else 'ничего'}"
    for row in rows:
        opened = {True: "открыто", False: "не открыто", None: "неизвестно"}[row.opened]
        output = "" if row.door_id is None else f", выход {row.door_id}"
        why = f" ({row.outcome})" if row.outcome else ""
        yield f"  {_moment(row.at, zone)} {row.kind}{output}: {opened}{why}"


def _entry(row: AuditEntry, zone: tzinfo) -> listing.Record:
    return {
        "когда": _moment(row.at, zone),
        "кто": row.actor,
        "что": _ACTIONS.get(row.action, row.action),
        "с чем": row.subject,
        "подробности": "; ".join(
            f"{name}: {_detail(value)}" for name, value in row.detail.items() if value != ""
        ),
    }


def _detail(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict) and set(value) == {"before", "after"}:
        return f"{value['before'] or '(пусто)'} -> {value['after'] or '(пусто)'}"
    return str(value)


def _moment(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%d.%m.%Y %H:%M:%S")
