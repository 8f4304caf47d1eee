"""`flask payments …`: what an operator sees and does about payments. Speaks Russian."""

import csv
import sys
from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from smartyard.commands import OperatorGroup, actor
from smartyard.crediting.delivery import DeliveryService
from smartyard.crediting.reconciliation import Line, ReconciliationService, unseen_in_billing
from smartyard.crediting.refunds import RefundService
from smartyard.errors import AppError
from smartyard.ledger.books import BookService, Page
from smartyard.ledger.service import LedgerService
from smartyard.money import rubles
from smartyard.phones import Phone

_BANK = {
    0: "не оплачен",
    1: "деньги удержаны",
    2: "оплачен",
    3: "отменён",
    4: "возвращён",
    5: "3-D Secure",
    6: "отклонён",
}


class Parts:
    """What the commands use."""

    def __init__(
        self,
        books: BookService,
        ledger: LedgerService,
        delivery: DeliveryService,
        refunds: RefundService,
        reconciliation: ReconciliationService,
    ) -> None:
        self.books = books
        self.ledger = ledger
        self.delivery = delivery
        self.refunds = refunds
        self.reconciliation = reconciliation


def commands(parts: Parts, zone: tzinfo) -> OperatorGroup:
    """The group of commands."""
    group = OperatorGroup("payments", help="Платежи: список, история, возвраты, сверка.")
    _add_reading(group, parts, zone)
    _add_acting(group, parts)
    _add_settling(group, parts)
    _add_reconcile(group, parts.reconciliation)
    return group


def _add_reading(group: OperatorGroup, parts: Parts, zone: tzinfo) -> None:
    @group.command("list")
    @click.option("--state", help="Только в этом состоянии: new, registered, paid, credited…")
    @click.option("--contract", help="Только этого договора.")
    @click.option("--phone", help="Только этого телефона.")
    @click.option("--held", is_flag=True, help="Только ждущие вашего решения (settle).")
    @click.option("--most", default=50, show_default=True, help="Сколько строк.")
    def _list(phone: str | None, **asked: Any) -> None:
        """Последние платежи."""
        number = None if phone is None else _phone(phone)
        found = parts.books.listed(phone=number, **asked)
        if not found:
            click.echo("Платежей нет.", err=True)
        for one in found:
            click.echo(
                f"{_moment(one.created_at, zone)}  {one.order_number:<22} {one.state:<10} "
                f"{rubles(one.amount_kopecks):>16}  договор {one.contract_id}"
            )

    @group.command("show")
    @click.argument("order", metavar="ЗАКАЗ")
    def _show(order: str) -> None:
        """Платёж и всё, что с ним было."""
        page = parts.books.page(order)
        if page is None:
            raise click.ClickException("Такого заказа нет.")
        _print(page, zone)
        _print_held(parts.delivery, page.payment.id)


def _print(page: Page, zone: tzinfo) -> None:
    one = page.payment
    click.echo(f"Заказ {one.order_number}: {one.state}, {rubles(one.amount_kopecks)}")
    click.echo(f"Договор {one.contract_id}, телефон {Phone(one.phone).masked}")
    click.echo(f"Номер в банке: {one.bank_order_id or 'нет'}")
    if one.refunded_kopecks:
        click.echo(f"Возвращено: {rubles(one.refunded_kopecks)}")
    if page.credit_begun_at is not None:
        told = "не подтверждено биллингом"
        if page.credit_told_at is not None:
            told = f"подтверждено {_moment(page.credit_told_at, zone)}"
        click.echo(f"Зачисление: {told}, попыток {page.credit_attempts}")
    if page.last_error:
        click.echo(f"Последняя ошибка: {page.last_error}")
    for event in page.events:
        change = f"{event.before or ''} → {event.after}" if event.before != event.after else ""
        click.echo(f"  {_moment(event.at, zone)}  {change}  {event.cause}")


def _print_held(delivery: DeliveryService, payment_id: int) -> None:
    held = delivery.held(payment_id)
    if held is None:
        return
    what = "зачисление могло дойти до него"
    if held.amount_kopecks is not None:
        what = f"он зачислял этот заказ, а вернулось {rubles(held.amount_kopecks)}"
    click.echo(f"Ждёт вашего решения: биллинг сменился, {what} (payments settle).")


def _add_acting(group: OperatorGroup, parts: Parts) -> None:
    @group.command("retry")
    @click.argument("order", metavar="ЗАКАЗ")
    def _retry(order: str) -> None:
        """Спросить банк и сообщить биллингу сейчас, не дожидаясь очереди."""
        payment = parts.books.find(order)
        if payment is None:
            raise click.ClickException("Такого заказа нет.")
        try:
            parts.ledger.ask(payment.id, "an operator asked")
        except AppError as failed:
            click.echo(f"Банк: {failed.message} ({failed})", err=True)
        parts.delivery.retry(payment.id)
        for row in parts.delivery.due(payment_id=payment.id):
            if not parts.delivery.deliver(row):
                click.echo("Биллинг не принял, попробуем ещё раз сами.", err=True)
        click.echo(f"Заказ {order}: {parts.ledger.payment(payment.id).state}")
        _print_held(parts.delivery, payment.id)

    @group.command("refund")
    @click.argument("order", metavar="ЗАКАЗ")
    @click.option("--amount", type=int, help="Сколько вернуть, в копейках; без неё — всё.")
    @click.option("--again", type=click.UUID, help="Повторить возврат, оставшийся без ответа.")
    @click.confirmation_option(prompt="Вернуть деньги?", help="Не переспрашивать.")
    def _refund(order: str, amount: int | None, again: UUID | None) -> None:
        """Вернуть деньги плательщику."""
        try:
            if again is not None:
                total = parts.refunds.again(order, again)
            else:
                total = parts.refunds.refund(order, amount)
        except AppError as failed:
            raise click.ClickException(f"{failed.message} ({failed})") from None
        click.echo(f"Всего возвращено по заказу: {rubles(total)}")


def _add_settling(group: OperatorGroup, parts: Parts) -> None:
    @group.command("settle")
    @click.argument("order")
    @click.argument("word", type=click.Choice(["here", "done"]))
    @click.confirmation_option(prompt="Второй раз этого не решить. Верно?")
    def _settle(order: str, word: str) -> None:
        """Решить о деньгах, о которых знает прежний биллинг. Слово here — провести в нынешнем,
        done — уже учтено, прежним биллингом либо вручную."""
        payment = parts.books.find(order)
        if payment is None:
            raise click.ClickException("Такого заказа нет.")
        try:
            done = parts.delivery.settle(payment.id, here=word == "here", actor=actor())
        except AppError as failed:
            raise click.ClickException(f"Биллинг не принял: {failed}. Решение за вами.") from None
        if not done:
            raise click.ClickException("По этому заказу решать нечего.")
        click.echo(f"Заказ {order}: {parts.ledger.payment(payment.id).state}")


def _add_reconcile(group: OperatorGroup, reconciliation: ReconciliationService) -> None:
    @group.command("reconcile")
    @click.argument("day", metavar="ДЕНЬ", type=click.DateTime(["%Y-%m-%d"]))
    @click.option("--csv", "path", type=click.Path(path_type=Path), help="Записать все строки.")
    @click.option("--without-billing", is_flag=True, help="Биллинг не показывает номеров заказов.")
    def _reconcile(day: datetime, path: Path | None, without_billing: bool) -> None:
        """Сверить день с банком и биллингом. Код выхода 1, если есть расхождения."""
        lines = reconciliation.of_day(day.date(), _progress)
        if path is not None:
            _write(path, lines)
        wrong = [line for line in lines if line.differs]
        for line in wrong:
            click.echo(
                f"{line.order_number:<22} {line.state:<10} банк: {_bank(line):<16} "
                f"{rubles(line.amount_kopecks):>16}  {line.differs}"
            )
        lost = not without_billing and unseen_in_billing(lines)
        if lost:
            click.echo(
                "В истории биллинга не видно ни одного зачисленного заказа этого дня. Если биллинг "
                "не показывает номеров заказов, добавьте --without-billing."
            )
        elif lines and not any(line.in_billing for line in lines):
            click.echo("Сверено только с банком: истории биллинга нет.")
        click.echo(f"Заказов {len(lines)}, расхождений {len(wrong)}.")
        if wrong or lost:
            sys.exit(1)


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty() or done == of or done % 100 == 0:
        click.echo(f"\rсверено {done} из {of}", err=True, nl=done == of)


def _write(path: Path, lines: Sequence[Line]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(
            [
                "заказ",
                "договор",
                "копеек",
                "у нас",
                "в банке",
                "зачислено в биллинге, копеек",
                "расхождение",
            ]
        )
        for line in lines:
            told = "" if line.in_billing is None else line.in_billing
            writer.writerow(
                [
                    line.order_number,
                    line.contract_id,
                    line.amount_kopecks,
                    line.state,
                    _bank(line),
                    told,
                    line.differs,
                ]
            )


def _bank(line: Line) -> str:
    return "не знает" if line.bank is None else _BANK.get(line.bank, str(line.bank))


def _moment(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%d.%m.%Y %H:%M:%S")


def _phone(text: str) -> str:
    try:
        return Phone.parse(text)
    except ValueError:
        raise click.ClickException("Это не номер телефона.") from None
