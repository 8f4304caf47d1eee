"""`flask tickets …`: what people ask of the operator, and the answers. Speaks Russian."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo

import click

from smartyard.commands import ROWS, OperatorGroup, phone_of, visible, words_of
from smartyard.issues.desk.service import DeskService, Page, TicketUnknown
from smartyard.issues.tickets import CLOSED, DELIVERIES, KINDS, STATES, STEPS
from smartyard.phones import Phone

_STATE = click.Choice(list(STATES))
_CHANNELS = {"mail": "почта", "webhook": "вебхук"}


def commands(desk: DeskService, zone: tzinfo) -> OperatorGroup:
    """The group of commands."""
    group = OperatorGroup("tickets", help="Заявки: список, история, ответы, состояние.")
    _add_reading(group, desk, zone)
    _add_acting(group, desk)
    return group


def _add_reading(group: OperatorGroup, desk: DeskService, zone: tzinfo) -> None:
    @group.command("list")
    @click.option("--state", type=_STATE, help="Только в этом состоянии; иначе все, кроме closed.")
    @click.option("--phone", help="Только этого телефона.")
    @click.option("--most", default=50, type=ROWS, show_default=True, help="Сколько строк.")
    def _list(state: str | None, phone: str | None, most: int) -> None:
        """Последние заявки."""
        number = None if phone is None else phone_of(phone)
        found = desk.listed(state=state, phone=number, most=most)
        if not found:
            click.echo("Заявок нет.", err=True)
        for one in found:
            click.echo(
                f"{_moment(one.created_at, zone)}  {one.key:<12} {STATES[one.state]:<9}"
                f" {Phone(one.phone).masked}  {KINDS[one.kind]}"
            )

    @group.command("show")
    @click.argument("key", metavar="ЗАЯВКА")
    def _show(key: str) -> None:
        """Заявка и всё, что с ней было."""
        with _told():
            _print(desk.page(key), zone)


def _add_acting(group: OperatorGroup, desk: DeskService) -> None:
    @group.command("answer")
    @click.argument("key", metavar="ЗАЯВКА")
    @click.argument("text", metavar="ТЕКСТ")
    def _answer(key: str, text: str) -> None:
        """Ответить человеку: ТЕКСТ придёт ему в приложение."""
        with _told():
            desk.answer(key, words_of(text, "Ответ"))
        click.echo("Ответ отправлен.")

    @group.command("close")
    @click.argument("key", metavar="ЗАЯВКА")
    @click.argument("text", metavar="[ТЕКСТ]", default="")
    def _close(key: str, text: str) -> None:
        """Закрыть заявку и сказать об этом человеку."""
        with _told():
            desk.move(key, CLOSED, words_of(text, "Текст", least=0))
        click.echo(f"Заявка {key}: {STATES[CLOSED]}.")

    @group.command("move")
    @click.argument("key", metavar="ЗАЯВКА")
    @click.argument("state", metavar="СОСТОЯНИЕ", type=_STATE)
    @click.argument("text", metavar="[ТЕКСТ]", default="")
    def _move(key: str, state: str, text: str) -> None:
        """Перевести в СОСТОЯНИЕ. Это new (новая), work (в работе), closed (закрыта)."""
        with _told():
            desk.move(key, state, words_of(text, "Текст", least=0))
        click.echo(f"Заявка {key}: {STATES[state]}.")


def _print(page: Page, zone: tzinfo) -> None:
    one = page.ticket
    click.echo(f"Заявка {one.key}: {KINDS[one.kind]}, {STATES[one.state]}")
    click.echo(f"Телефон +{one.phone}")  # whole: the operator is asked to call it
    if one.address:
        click.echo(f"Адрес: {visible(one.address)}")
    if one.delivery:
        click.echo(f"QR-код: {DELIVERIES[one.delivery]}")
    if one.lat:
        click.echo(f"Место: {one.lat}, {one.lon}")
    for step in page.steps:
        click.echo(f"  {_moment(step.at, zone)}  {STEPS[step.kind]}")
        for line in step.text.splitlines():
            click.echo(f"      {visible(line)}")
    for row in page.handings:
        if row.taken_at is None:
            why = f": {row.last_error}" if row.last_error else ""
            click.echo(f"Не передана ({_CHANNELS[row.channel]}), попыток {row.attempts}{why}")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except TicketUnknown as unknown:
        raise click.ClickException(unknown.message) from None


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
