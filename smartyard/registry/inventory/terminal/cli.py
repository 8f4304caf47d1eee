"""`flask registry …`: the operator's inventory by files and by single things.

Formats and rules: docs/inventory.md. The words are for the operator, in Russian; exit status 1
means that nothing was written, and standard error says why.
"""

from dataclasses import dataclass
from datetime import tzinfo

import click

from smartyard.audit import Audit
from smartyard.commands import OperatorGroup, actor, content_of, fail, show, telling
from smartyard.registry.inventory import listing
from smartyard.registry.inventory.blocks.service import SERVICES, BlockService
from smartyard.registry.inventory.reading import read
from smartyard.registry.inventory.rows import KINDS
from smartyard.registry.inventory.service import InventoryService
from smartyard.registry.inventory.terminal import looking, single
from smartyard.registry.inventory.terminal.speaking import watched
from smartyard.registry.service import RegistryService

_NAMES = [kind.replace("_", "-") for kind in KINDS]


@dataclass(frozen=True)
class Parts:
    """What the commands work with."""

    inventory: InventoryService
    registry: RegistryService
    blocks: BlockService
    audit: Audit
    zone: tzinfo
    last_results: looking.LastResults


def commands(parts: Parts) -> OperatorGroup:
    """The command group, for `cli.install`."""
    words = "Реестр: камеры, панели, двери, ключи и права на них."
    group = OperatorGroup("registry", help=words)
    _add_import(group, parts.inventory)
    _add_list(group, parts)
    single.add_commands(group, parts.inventory)
    looking.add_commands(
        group, parts.inventory, parts.registry, parts.audit, parts.zone, parts.last_results
    )
    _add_blocks(group, parts.blocks)
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
        """Внести ФАЙЛ JSON или CSV целиком или никак. В UTF-8; «-» — стандартный ввод."""
        with telling():
            raw = read(
                content_of(file),
                kind=kind and kind.replace("-", "_"),
                is_json=file.lower().endswith(".json"),
            )
            changes = inventory.bring(raw, watched, actor=actor(), replace=replace, dry_run=dry_run)
        if dry_run:
            show(changes.lines())
            click.echo("Пробный запуск, ничего не записано.")
        show(changes.counts())


def _add_list(group: OperatorGroup, parts: Parts) -> None:
    @group.command("list")
    @click.argument(
        "kind", metavar="[ЧТО]", type=click.Choice([*_NAMES, "blocks"]), default="cameras"
    )
    @click.option("--house", type=int, metavar="ID", help="Только этого дома.")
    @click.option("--csv", "as_csv", is_flag=True, help="В том виде, в каком берёт import.")
    def _list(kind: str, house: int | None, as_csv: bool) -> None:
        """Показать реестр. ЧТО: cameras (если не указано), panels, doors, keys, contracts,
        media-servers, houses, flats, blocks."""
        kind = kind.replace("-", "_")
        if kind == "media_servers" and house is not None:
            fail(["Медиасерверы не относятся к домам: уберите --house."])
        with telling():
            if kind == "blocks":
                rows = looking.blocks(parts.blocks.blocks(house), parts.zone)
            else:
                chosen = listing.portable if as_csv else listing.records
                rows = chosen(parts.inventory.stock(), kind, house)
        if as_csv:
            names = looking.BLOCK if kind == "blocks" else listing.columns(kind)
            click.echo(listing.as_csv(rows, names), nl=False)
        else:
            show(listing.as_table(rows) or ["Пусто."])


def _add_blocks(group: OperatorGroup, blocks: BlockService) -> None:
    service = click.option(
        "--service",
        type=click.Choice(SERVICES),
        required=True,
        help="Что: двери, камеры, журнал, звонки или всё.",
    )

    @group.command("block")
    @click.argument("flat", metavar="КВАРТИРА", type=int)
    @service
    @click.option("--cause", required=True, metavar="ТЕКСТ", help="Её прочтут жильцы.")
    def _block(flat: int, service: str, cause: str) -> None:
        """Заблокировать услугу квартиры (flatId) и сказать почему."""
        with telling():
            is_new = blocks.block(flat, service, cause, actor=actor())
        click.echo("Заблокировано." if is_new else "Это уже заблокировано с той же причиной.")

    @group.command("unblock")
    @click.argument("flat", metavar="КВАРТИРА", type=int)
    @service
    def _unblock(flat: int, service: str) -> None:
        """Снять блокировку оператора. Блокировки за долг снимает биллинг."""
        with telling():
            was = blocks.unblock(flat, service, actor=actor())
        click.echo("Блокировка снята." if was else "Такой блокировки оператора нет.")
