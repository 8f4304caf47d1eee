"""`flask registry import` and `flask registry list`: the operator's inventory by files.

Formats and rules: docs/inventory.md. The words are for the operator, in Russian; exit status 1
means that nothing was written, and standard error says why.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from smartyard.commands import OperatorGroup
from smartyard.registry.inventory import listing
from smartyard.registry.inventory.problems import InventoryRefused
from smartyard.registry.inventory.reading import RawRow, read
from smartyard.registry.inventory.rows import KINDS
from smartyard.registry.inventory.service import InventoryService

_LONG = 1000  # rows; below it nobody needs to see how far we are
_NAMES = [kind.replace("_", "-") for kind in KINDS]


def commands(inventory: InventoryService) -> OperatorGroup:
    """The command group, for `cli.install`."""
    group = OperatorGroup("registry", help="Реестр: медиасерверы, камеры, двери и права на них.")
    _add_import(group, inventory)
    _add_list(group, inventory)
    return group


def _add_import(group: OperatorGroup, inventory: InventoryService) -> None:
    @group.command("import")
    @click.argument("file", metavar="ФАЙЛ")
    @click.option("--dry-run", is_flag=True, help="Показать разницу и ничего не записать.")
    @click.option(
        "--replace",
        is_flag=True,
        help="Файл — это весь реестр: чего из его разделов в нём нет, то удаляется.",
    )
    @click.option("--kind", type=click.Choice(_NAMES), help="Что в CSV, если не видно по столбцам.")
    def _import(file: str, dry_run: bool, replace: bool, kind: str | None) -> None:
        """Внести ФАЙЛ (JSON или CSV в UTF-8; «-» — стандартный ввод): целиком или никак."""
        with _told():
            raw = read(
                _content(file),
                kind=kind and kind.replace("-", "_"),
                is_json=file.lower().endswith(".json"),
            )
            changes = inventory.bring(raw, _watched, replace=replace, dry_run=dry_run)
        if dry_run:
            _print(changes.lines())
            click.echo("Пробный запуск, ничего не записано.")
        _print(changes.counts())


def _add_list(group: OperatorGroup, inventory: InventoryService) -> None:
    @group.command("list")
    @click.argument("kind", metavar="[ЧТО]", type=click.Choice(_NAMES), default="cameras")
    @click.option("--house", type=int, metavar="ID", help="Только этого дома.")
    @click.option("--csv", "as_csv", is_flag=True, help="В том виде, в каком берёт import.")
    def _list(kind: str, house: int | None, as_csv: bool) -> None:
        """Показать реестр. ЧТО: cameras (если не указано), doors, media-servers, houses, flats."""
        kind = kind.replace("-", "_")
        if kind == "media_servers" and house is not None:
            _fail(["Медиасерверы не относятся к домам: уберите --house."])
        with _told():
            stock = inventory.stock()
        if as_csv:
            rows = listing.portable(stock, kind, house)
            click.echo(listing.as_csv(rows, list(KINDS[kind].model_fields)), nl=False)
            return
        _print(listing.as_table(listing.records(stock, kind, house)) or ["Пусто."])


@contextmanager
def _told() -> Iterator[None]:
    """Turns what may happen into sentences and exit status 1."""
    try:
        yield
    except InventoryRefused as refused:
        words = [str(problem) for problem in refused.problems]
        _fail([*words, f"Ошибок: {len(words)}. Ничего не записано."])
    except SQLAlchemyError as error:
        _fail([f"База данных не ответила ({type(error).__name__}). Ничего не записано."])


def _fail(lines: Iterable[str]) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(1)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _content(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        _fail([f"Файл {file} не прочитать: {error.strerror}."])


def _watched(rows: Sequence[RawRow]) -> Iterable[RawRow]:
    """Shows progress where there is somebody to see it and something to wait for."""
    if len(rows) <= _LONG or not sys.stderr.isatty():
        yield from rows
        return
    with click.progressbar(rows, file=sys.stderr, label="Проверка строк") as shown:
        yield from shown
