"""`flask youtube import` and `flask youtube list`. The format: docs/operators-guide.md."""

from datetime import tzinfo

import click

from smartyard.cctv.videos.service import VideoListService
from smartyard.commands import OperatorGroup, actor, content_of, show, telling


def commands(videos: VideoListService, zone: tzinfo) -> OperatorGroup:
    """The group of commands."""
    group = OperatorGroup("youtube", help="Опубликованные записи, которые видны в приложении.")

    @group.command("import")
    @click.argument("file", metavar="ФАЙЛ")
    @click.option("--dry-run", is_flag=True, help="Проверить файл и ничего не записать.")
    def _import(file: str, dry_run: bool) -> None:
        """Заменить список записей ФАЙЛОМ целиком. CSV в UTF-8 («-» — стандартный ввод) со столбцами
        event_time, title, url и, если нужны, camera, description, picture."""
        with telling():
            count = videos.bring(content_of(file), actor(), dry_run=dry_run)
        if dry_run:
            click.echo("Пробный запуск, ничего не записано.")
        click.echo(f"Записей: {count}.")

    @group.command("list")
    def _list() -> None:
        """Показать записи."""
        lines = [
            f"{one.event_at.astimezone(zone):%Y-%m-%d %H:%M}  {stream or 'для всех'}"
            f"  {one.title}  {one.url}"
            for one, stream in videos.all()
        ]
        show(lines or ["Записей нет."])

    return group
