"""`flask offices import` and `flask offices list`. The format: docs/operators-guide.md."""

import click

from smartyard.address.offices.service import OfficeService
from smartyard.commands import OperatorGroup, actor, content_of, show, telling


def commands(offices: OfficeService) -> OperatorGroup:
    """The group of commands."""
    group = OperatorGroup("offices", help="Офисы, которые видны в приложении.")

    @group.command("import")
    @click.argument("file", metavar="ФАЙЛ")
    @click.option("--dry-run", is_flag=True, help="Проверить файл и ничего не записать.")
    def _import(file: str, dry_run: bool) -> None:
        """Заменить список офисов ФАЙЛОМ целиком. CSV в UTF-8 («-» — стандартный ввод) со столбцами
        lat, lon, address, opening."""
        with telling():
            rows = offices.bring(content_of(file), actor(), dry_run=dry_run)
        if dry_run:
            click.echo("Пробный запуск, ничего не записано.")
        click.echo(f"Офисов: {len(rows)}.")

    @group.command("list")
    def _list() -> None:
        """Показать офисы."""
        lines = [
            f"{one.lat:.6f} {one.lon:.6f}  {one.address}  ({one.opening})" for one in offices.all()
        ]
        show(lines or ["Офисов нет."])

    return group
