"""`flask messages …`: what an operator tells people. Speaks Russian."""

import sys
import time
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import click

from smartyard.commands import ROWS, OperatorGroup, phone_of, words_of
from smartyard.mailings.service import Mailing, MailingService

_MOST_TITLE = 100  # letters
_LOOK = 0.3  # seconds
_SILENT = 20  # seconds without progress, after which we say who is to blame


def commands(mailings: MailingService, zone: tzinfo) -> OperatorGroup:
    """The group of commands."""
    group = OperatorGroup("messages", help="Сообщения людям: отправить, посмотреть рассылки.")
    _add_send(group, mailings)
    _add_list(group, mailings, zone)
    return group


@dataclass(frozen=True)
class Whom:
    """Exactly one of them is given."""

    phone: str | None
    flat: int | None
    house: int | None
    everyone: bool

    def place(self) -> tuple[str, int | None]:
        """The audience of a mailing, and its place."""
        if self.everyone:
            return "all", None
        return ("house", self.house) if self.flat is None else ("flat", self.flat)


def _add_send(group: OperatorGroup, mailings: MailingService) -> None:
    @group.command("send")
    @click.argument("text", metavar="ТЕКСТ")
    @click.option("--phone", metavar="НОМЕР", help="Одному человеку.")
    @click.option("--flat", type=int, metavar="ID", help="Жильцам квартиры.")
    @click.option("--house", type=int, metavar="ID", help="Жильцам дома.")
    @click.option("--all", "everyone", is_flag=True, help="Всем, кто входил в приложение.")
    @click.option("--title", default="Сообщение оператора", show_default=True, help="Заголовок.")
    @click.option("--money", is_flag=True, help="О деньгах: не тревожить тех, кто это отключил.")
    @click.option("--yes", is_flag=True, help="Не переспрашивать.")
    @click.option("--wait/--no-wait", default=True, help="Ждать конца рассылки.")
    def _send(text: str, title: str, money: bool, yes: bool, wait: bool, **whom: Any) -> None:
        """Отправить ТЕКСТ в сообщения приложения и на телефоны. «-» — взять его со стандартного
        ввода."""
        if sum(value not in (None, False) for value in whom.values()) != 1:
            raise click.UsageError("Укажите, кому: --phone, --flat, --house или --all.")
        to = Whom(**whom)
        text = words_of(_from_stdin() if text == "-" else text, "Текст")
        title = words_of(title, "Заголовок", most=_MOST_TITLE)
        if to.phone is not None:
            mailings.send_to_one(phone_of(to.phone), title, text, about_money=money)
            click.echo("Отправлено.")
            return
        _confirm(mailings.count(*to.place()), to.everyone and not yes)
        number = mailings.begin(*to.place(), title, text, about_money=money)
        click.echo(f"Рассылка {number} начата.")
        if wait:
            _watch(mailings, number)


def _from_stdin() -> str:
    """Bytes that are no UTF-8 stay in it as surrogates, for `words_of` to refuse."""
    return sys.stdin.buffer.read().decode("utf-8-sig", "surrogateescape")


def _confirm(people: int, ask: bool) -> None:
    if not people:
        raise click.ClickException("Некому: мы никого там не знаем.")
    if ask:
        click.confirm(f"Сообщение получат {people} чел. Отправить?", abort=True)


def _watch(mailings: MailingService, number: int) -> None:
    """Show how far it has come, until its end. Who interrupts it does not end the mailing."""
    shown, since = -1, time.monotonic()
    while True:
        mailing = mailings.progress(number)
        if mailing.told != shown:
            shown, since = mailing.told, time.monotonic()
            _progress(mailing)
        if mailing.finished_at is not None:
            break
        if time.monotonic() - since > _SILENT:
            raise click.ClickException(
                "Рассылка не движется: работает ли воркер? Она продолжится, когда он заработает;"
                " видно будет в flask messages list."
            )
        time.sleep(_LOOK)
    click.echo(f"Рассылка {number} закончена: сообщений {mailing.told}.")


def _progress(mailing: Mailing) -> None:
    of = max(mailing.expected, mailing.told)
    click.echo(f"отправлено {mailing.told} из {of}", err=True)


def _add_list(group: OperatorGroup, mailings: MailingService, zone: tzinfo) -> None:
    @group.command("list")
    @click.option("--most", default=20, type=ROWS, show_default=True, help="Сколько строк.")
    def _list(most: int) -> None:
        """Последние рассылки: скольким отправлено, дошло, прочитано."""
        sheets = mailings.listed(most)
        if not sheets:
            click.echo("Рассылок не было.", err=True)
        for sheet in sheets:
            one = sheet.mailing
            click.echo(
                f"{one.id:>5}  {_moment(one.created_at, zone)}  {_whom(one):<14} "
                f"{_state(one):<22} на телефоны {sheet.pushed}, дошло {sheet.delivered}, "
                f"прочитано {sheet.read}  {one.title}: {_short(one.text)}"
            )


def _whom(one: Mailing) -> str:
    return {"all": "всем", "house": f"дом {one.place_id}", "flat": f"квартира {one.place_id}"}[
        one.audience
    ]


def _state(one: Mailing) -> str:
    if one.finished_at is None:
        return f"отправлено {one.told} из {max(one.expected, one.told)}"
    return f"отправлено {one.told}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"


def _moment(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%d.%m.%Y %H:%M")
