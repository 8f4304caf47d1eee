"""`flask geo import`: the operator's address book by files. Formats: docs/address-book.md."""

import click

from smartyard.commands import OperatorGroup, content_of, show, telling
from smartyard.geo.book.importing import BookImportService


def commands(book: BookImportService) -> OperatorGroup:
    """The group of commands."""
    group = OperatorGroup(
        "geo", help="Адресный справочник: населённые пункты, улицы, дома, услуги."
    )

    @group.command("import")
    @click.argument("file", metavar="ФАЙЛ")
    @click.option("--dry-run", is_flag=True, help="Показать разницу и ничего не записать.")
    @click.option(
        "--replace",
        is_flag=True,
        help="Файл — это всё: чего в нём нет, то из справочника удаляется.",
    )
    def _import(file: str, dry_run: bool, replace: bool) -> None:
        """Внести ФАЙЛ CSV целиком или никак. В UTF-8; «-» — стандартный ввод."""
        with telling():
            changes = book.bring(content_of(file), replace=replace, dry_run=dry_run)
        if dry_run:
            show(changes.lines())
            click.echo("Пробный запуск, ничего не записано.")
        click.echo(changes.counts())

    return group
