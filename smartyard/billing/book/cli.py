"""`flask contracts …`: the book of contracts where the server itself is billing (BILLING=local).

The words are for the operator, in Russian; exit status 1 means that nothing was written.
"""

import re
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from typing import Any

import click

from smartyard.billing.book.reading import RawContract, read, services_of
from smartyard.billing.book.service import ContractBook, ShownContract
from smartyard.commands import OperatorGroup, actor, content_of, fail, show, telling
from smartyard.errors import AppError
from smartyard.money import rubles
from smartyard.sheets import RowResult

_STEP = 1000  # rows between two lines on how far we are
_WORDS: dict[str, str] = {"added": "новых", "changed": "изменено", "same": "без изменений"}
Done = Callable[..., Any]


def commands(book: ContractBook, zone: tzinfo) -> OperatorGroup:
    """The group of commands."""
    group = OperatorGroup("contracts", help="Договоры, если биллинга нет (BILLING=local).")
    _add_import(group, book)
    _add_single(group, book)
    _add_blocks(group, book)
    _add_money(group, book, zone)
    return group


def _add_import(group: OperatorGroup, book: ContractBook) -> None:
    @group.command("import")
    @click.argument("file", metavar="ФАЙЛ")
    @click.option("--dry-run", is_flag=True, help="Показать, что изменится, и не записывать.")
    @click.option(
        "--allow-loss", is_flag=True, help="Да, столько договоров действительно лишатся услуг."
    )
    def _import(file: str, dry_run: bool, allow_loss: bool) -> None:
        """Внести ФАЙЛ CSV целиком или никак. В UTF-8; «-» — стандартный ввод."""
        begun = time.monotonic()
        with telling(), _refusing():
            done = book.bring(
                read(content_of(file)),
                _watched,
                actor=actor(),
                dry_run=dry_run,
                allow_loss=allow_loss,
                whole=True,
            )
        if dry_run:
            show(f"{_WORDS[one.result]}: {one.id}" for one in done if one.result != "same")
            click.echo("Пробный запуск, ничего не записано.")
        click.echo(_counts(done))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        click.echo(f"Время: {time.monotonic() - begun:.1f} с, память: {peak} МБ.", err=True)


def _watched(rows: Sequence[RawContract]) -> Iterator[RawContract]:
    """Tells how far it is where there is something to wait for."""
    for number, row in enumerate(rows, start=1):
        yield row
        if number % _STEP == 0 and len(rows) > _STEP:
            click.echo(f"Проверено строк: {number} из {len(rows)}.", err=True)


def _counts(done: Iterable[RowResult]) -> str:
    results: list[str] = [one.result for one in done]
    told = (f"{words} {results.count(name)}" for name, words in _WORDS.items())
    return f"Договоры: {', '.join(told)}."


@contextmanager
def _refusing() -> Iterator[None]:
    """Turns a refusal of the book into a sentence and exit status 1."""
    try:
        yield
    except AppError as refused:
        fail([refused.message])


_FIELDS = (
    click.option("--name", help="Номер договора, каким его знают люди."),
    click.option("--client-name", help="Имя абонента."),
    click.option("--house", help="Номер дома (houseId)."),
    click.option("--address", help="Адрес дома."),
    click.option("--flat", help="Номер квартиры в системе (flatId)."),
    click.option("--flat-number", help="Номер на двери."),
    click.option("--entrance", help="Подъезд."),
    click.option("--owner", "owners", multiple=True, help="Телефон владельца; можно много."),
    click.option("--phone", "phones", multiple=True, help="Ещё телефон; можно много."),
    click.option(
        "--service", "services", multiple=True, help="Услуга и её последний день: cctv:2026-12-31."
    ),
    click.option("--opening-balance-kopecks", help="Начальный остаток нового договора, копейки."),
    click.option("--password", help="Пароль: по нему абонент сам добавит телефон."),
)


def _with_fields(command: Done) -> Done:
    for option in reversed(_FIELDS):
        command = option(command)
    return command


def _raw(contract_id: str, told: dict[str, Any]) -> list[RawContract]:
    values = {name: value for name, value in told.items() if value not in (None, ())}
    values |= {name: list(values[name]) for name in ("owners", "phones") if name in values}
    if "services" in values:
        values["services"] = services_of(values["services"])
    return [RawContract(0, {"id": contract_id, **values})]


def _add_single(group: OperatorGroup, book: ContractBook) -> None:
    @group.command("add")
    @click.argument("contract", metavar="ДОГОВОР")
    @_with_fields
    def _add(contract: str, **told: Any) -> None:
        """Завести ДОГОВОР; ему нужны --house и --flat."""
        with telling(), _refusing():
            done = book.bring(_raw(contract, told), actor=actor(), whole=True, new_only=True)
        click.echo(_counts(done))

    @group.command("set")
    @click.argument("contract", metavar="ДОГОВОР")
    @_with_fields
    def _set(contract: str, **told: Any) -> None:
        """Изменить то, что указано; остальное останется. Списки заменяются целиком."""
        with telling(), _refusing():
            raw = _raw(book.show(contract).id, told)
            done = book.bring(raw, actor=actor(), whole=True, allow_loss=True)
        click.echo(_counts(done))


def _add_blocks(group: OperatorGroup, book: ContractBook) -> None:
    @group.command("block")
    @click.argument("contract", metavar="ДОГОВОР")
    def _block(contract: str) -> None:
        """Отключить все услуги ДОГОВОРА, что бы ни было оплачено."""
        with telling(), _refusing():
            is_new = book.set_blocked(contract, True, actor=actor())
        click.echo("Договор заблокирован." if is_new else "Он уже заблокирован.")

    @group.command("unblock")
    @click.argument("contract", metavar="ДОГОВОР")
    def _unblock(contract: str) -> None:
        """Вернуть ДОГОВОРУ то, что оплачено."""
        with telling(), _refusing():
            was = book.set_blocked(contract, False, actor=actor())
        click.echo("Блокировка снята." if was else "Он не заблокирован.")


def _add_money(group: OperatorGroup, book: ContractBook, zone: tzinfo) -> None:
    @group.command("show")
    @click.argument("contract", metavar="ДОГОВОР")
    def _show(contract: str) -> None:
        """Показать ДОГОВОР: услуги, телефоны, остаток и последние движения."""
        with telling(), _refusing():
            found = book.show(contract)
        show(_lines(found, zone))

    @group.command("move")
    @click.argument("contract", metavar="ДОГОВОР")
    @click.argument("amount", metavar="РУБЛИ")
    @click.option("--words", required=True, help="За что: это прочтёт абонент.")
    @click.option("--charge", is_flag=True, help="Списать, а не пополнить.")
    def _move(contract: str, amount: str, words: str, charge: bool) -> None:
        """Пополнить остаток ДОГОВОРА на РУБЛИ или списать их."""
        found = re.fullmatch(r"([0-9]{1,9})(?:[.,]([0-9]{2}))?", amount, re.ASCII)
        if found is None:
            fail(["Сумма пишется в рублях: 450 или 450,00."])
        kopecks = int(found[1]) * 100 + int(found[2] or 0)
        with telling(), _refusing():
            named = book.show(contract).id
            left = book.move(named, -kopecks if charge else kopecks, words, actor=actor())
        click.echo(f"Остаток: {rubles(left)}")


def _lines(found: ShownContract, zone: tzinfo) -> Iterator[str]:
    kept = found.kept
    yield f"Договор {found.id}, номер {kept.name}, {kept.client_name or 'имя не указано'}"
    yield f"Дом {kept.house_id}, квартира {kept.flat_id}"
    yield f"Состояние: {'заблокирован' if kept.blocked else 'действует'}"
    for phone, owns in kept.people.items():
        yield f"Телефон {phone}{', владелец' if owns else ''}"
    for name, until in kept.services.items():
        paid = "не оплачена" if name in found.unpaid else "оплачена"
        yield f"Услуга {name}: {paid}, {f'по {until:%d.%m.%Y}' if until else 'без срока'}"
    yield f"Остаток: {rubles(found.balance_kopecks)}"
    for at, kopecks, words in found.movements:
        yield f"{at.astimezone(zone):%d.%m.%Y %H:%M}  {rubles(kopecks)}  {words}"
