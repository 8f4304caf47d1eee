"""`flask extensions …`: the operator's pages in the menu. How they are made: docs/extensions.md."""

from datetime import tzinfo

import click

from smartyard.commands import OperatorGroup, actor, content_of, fail, telling
from smartyard.ext.own.service import OwnPageService


def commands(pages: OwnPageService, zone: tzinfo) -> OperatorGroup:
    """The group of commands."""
    group = OperatorGroup("extensions", help="Ваши страницы в меню приложения.")

    @group.command("list")
    def _list() -> None:
        """Показать страницы в порядке меню."""
        there = pages.all()
        if not there:
            click.echo("Страниц нет.")
        for one in there:
            mark = "  (выделена)" if one.highlight else ""
            size = f"{one.size} знаков, {one.changed_at.astimezone(zone):%Y-%m-%d %H:%M}"
            click.echo(f"{one.position:>5}  {one.name:<20}  {one.caption}{mark}  {size}")

    @group.command("check")
    @click.argument("file", metavar="ФАЙЛ")
    def _check(file: str) -> None:
        """Проверить страницу: всё ли в ней заработает. HTML в UTF-8; «-» — стандартный ввод."""
        with telling():
            pages.check(content_of(file))
        click.echo("Всё в порядке.")

    _add_changing(group, pages)
    return group


def _add_changing(group: OperatorGroup, pages: OwnPageService) -> None:
    @group.command("add")
    @click.argument("name", metavar="ИМЯ")
    @click.argument("file", metavar="ФАЙЛ")
    @click.option("--caption", required=True, help="Название в меню.")
    @click.option("--icon", required=True, metavar="ФАЙЛ", help="Значок: PNG или JPEG.")
    @click.option("--order", default=500, show_default=True, help="Место в меню.")
    @click.option("--highlight", is_flag=True, help="Выделить в меню.")
    def _add(name: str, file: str, caption: str, icon: str, order: int, highlight: bool) -> None:
        """Добавить страницу из ФАЙЛА или заменить прежнюю. ФАЙЛ — HTML в UTF-8. Место:
        городские камеры — 100, адреса — 200, настройки — 300, устройства — 400."""
        with telling():
            pages.put(
                name,
                caption=caption,
                icon=content_of(icon),
                page=content_of(file),
                position=order,
                highlight=highlight,
                actor=actor(),
            )
        click.echo(f"Страница {name} в меню.")

    @group.command("remove")
    @click.argument("name", metavar="ИМЯ")
    def _remove(name: str) -> None:
        """Убрать страницу из меню."""
        if not pages.remove(name, actor()):
            fail([f"Страницы {name} нет. Какие есть, скажет extensions list."])
        click.echo(f"Страницы {name} больше нет.")
