"""`flask panels push` and `flask intercom …`: the operator's words about codes and panels."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from smartyard.commands import OperatorGroup, actor
from smartyard.errors import AppError
from smartyard.intercom.operator.service import OperatorService
from smartyard.intercom.pushing.service import (
    LOGIN,
    SEALED,
    SILENT,
    SOME,
    Lacking,
    PanelPushService,
)

_WHY = {
    LOGIN: "не принимает логин и пароль",
    SEALED: "логин и пароль зашифрованы другим SECRET_KEY",
    SILENT: "не отвечает",
    SOME: "приняла не всё",
}


def panel_commands(pushes: PanelPushService) -> OperatorGroup:
    """The part of `flask panels` that is about what panels hold."""
    group = OperatorGroup("panels", help="Домофонные панели.")

    @group.command("push")
    @click.option("--panel", type=int, metavar="N", help="Только эта панель.")
    @click.option("--dry-run", is_flag=True, help="Только показать, чего нет на панелях.")
    @click.option("--keys", is_flag=True, help="И все ключи квартир заново: панель новая.")
    def _push(panel: int | None, dry_run: bool, keys: bool) -> None:
        """Передать панелям коды, настройки и ключи сейчас. Показывает, чего на них ещё нет.

        Код выхода 1, если что-то осталось.
        """
        known = pushes.code_panels()
        if panel is not None and panel not in known:
            raise click.ClickException("Такой панели с кодами в реестре нет.")
        left = 0
        for number in known if panel is None else [panel]:
            if not dry_run:
                pushes.push_now(number, keys=keys)
            lacking = pushes.lacking(number)
            if lacking is not None:
                left += 1
                _tell(lacking)
        count = 1 if panel is not None else len(known)
        click.echo(f"Панелей {count}, из них не всё передано на {left}.")
        if left:
            sys.exit(1)

    return group


def _tell(lacking: Lacking) -> None:
    name = f" ({lacking.name})" if lacking.name else ""
    why = f": {_WHY[lacking.error]}" if lacking.error else ""
    click.echo(f"Панель {lacking.panel_id}{name}{why}")
    for flat, reason in lacking.flats.items():
        click.echo(f"  кв. {flat}" + (f": {reason}" if reason else ""))
    if lacking.keys:
        click.echo(f"  ключей не передано: {lacking.keys}")


def flat_commands(office: OperatorService) -> OperatorGroup:
    """`flask intercom …`, about one flat."""
    group = OperatorGroup("intercom", help="Домофон квартиры: код двери и журнал событий.")

    @group.command("new-code")
    @click.argument("flat", type=int, metavar="КВАРТИРА")
    def _new_code(flat: int) -> None:
        """Выдать квартире новый код двери: прежние жильцы его не знают."""
        with _told():
            click.echo(f"Новый код: {office.new_code(flat, actor())}")

    @group.command("close-log")
    @click.argument("flat", type=int, metavar="КВАРТИРА")
    def _close_log(flat: int) -> None:
        """Закрыть жильцам журнал событий квартиры."""
        with _told():
            office.close_log(flat, True, actor())
            click.echo("Журнал закрыт.")

    @group.command("open-log")
    @click.argument("flat", type=int, metavar="КВАРТИРА")
    def _open_log(flat: int) -> None:
        """Снова открыть журнал: сначала он виден только владельцу."""
        with _told():
            office.close_log(flat, False, actor())
            click.echo("Журнал открыт.")

    return group


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except AppError as refused:
        raise click.ClickException(refused.message) from None
