"""`flask access …`: who may come into a flat. Speaks Russian."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo

import click

from smartyard.access.operator import Household, NotDone, OperatorAccess
from smartyard.commands import OperatorGroup, actor, phone_of
from smartyard.contracts.homes import FlatOfMine

_KINDS = {"inner": "житель", "outer": "гость: ворота и калитки", "owner": "владелец"}


def commands(access: OperatorAccess, zone: tzinfo) -> OperatorGroup:
    """The group of commands."""
    group = OperatorGroup("access", help="Доступ в квартиры: дать, забрать, посмотреть.")
    _add_changing(group, access, zone)
    _add_reading(group, access, zone)
    return group


def _add_changing(group: OperatorGroup, access: OperatorAccess, zone: tzinfo) -> None:
    @group.command("give")
    @click.argument("flat", metavar="КВАРТИРА", type=int)
    @click.argument("phone", metavar="НОМЕР")
    @click.option(
        "--kind",
        type=click.Choice(list(_KINDS)),
        default="inner",
        show_default=True,
        help="outer — только ворота и калитки; owner — может приглашать сам.",
    )
    @click.option(
        "--until",
        type=click.DateTime(["%Y-%m-%d %H:%M"]),
        metavar='"ГГГГ-ММ-ДД ЧЧ:ММ"',
        help="До какого часа; иначе навсегда.",
    )
    def _give(flat: int, phone: str, kind: str, until: datetime | None) -> None:
        """Дать телефону НОМЕР доступ в КВАРТИРУ (flatId). Данный прежде изменится; человеку придёт
        сообщение."""
        number, end = phone_of(phone), until and until.replace(tzinfo=zone)
        with _telling():
            is_new = access.give(flat, number, kind=kind, until=end, actor=actor())
        click.echo("Доступ дан." if is_new else "Так и было: ничего не изменено.")
        _warn([one for one in access.known_homes(number) if one.flat_id == flat])

    @group.command("take")
    @click.argument("flat", metavar="КВАРТИРА", type=int)
    @click.argument("phone", metavar="НОМЕР")
    def _take(flat: int, phone: str) -> None:
        """Забрать у телефона НОМЕР доступ в КВАРТИРУ. Что бы ни говорил биллинг, кроме владельца
        по договору."""
        number = phone_of(phone)
        with _telling():
            had_one = access.take(flat, number, actor=actor())
        click.echo("Доступ забран." if had_one else "Доступа и не было.")


def _warn(mine: Sequence[FlatOfMine]) -> None:
    """Where what was given opens nothing yet, or no more."""
    if not mine:
        click.echo("Срок уже прошёл: войти этот человек не может.", err=True)
    elif not any(one.services for one in mine):
        click.echo(
            "Какие услуги у квартиры, биллинг ещё не сказал: двери и камеры появятся, когда войдёт"
            " кто-то из её жильцов или после `access show` с его номером.",
            err=True,
        )


def _add_reading(group: OperatorGroup, access: OperatorAccess, zone: tzinfo) -> None:
    @group.command("list")
    @click.argument("flat", metavar="КВАРТИРА", type=int)
    def _list(flat: int) -> None:
        """Кто может войти в КВАРТИРУ и кто из неё ушёл."""
        with _telling():
            found = access.household(flat)
        for line in _household(found, zone):
            click.echo(line)

    @group.command("show")
    @click.argument("phone", metavar="НОМЕР")
    def _show(phone: str) -> None:
        """Где есть доступ у телефона НОМЕР и чего там нет. Показывает и то, что не подключено, не
        оплачено, заблокировано; если пора, спрашивает биллинг."""
        flats, fresh = access.homes(phone_of(phone))
        if not fresh:
            click.echo("Биллинг не отвечает; вот что известно без него.", err=True)
        for flat in flats:
            for line in _flat(flat, zone):
                click.echo(line)
        if not flats:
            click.echo("Нигде нет доступа.", err=True)


def _household(found: Household, zone: tzinfo) -> Iterator[str]:
    yield found.address
    for one in found.people:
        source = "биллинг" if one.billed else "приглашение"
        yield f"  {one.phone}  {_KINDS[one.kind]}, {_until(one.expires_at, zone)}, {source}"
    for phone in found.left:
        yield f"  {phone}  доступа нет: ушёл, выставлен или биллинг больше не называет"
    if not found.people:
        yield "  Сейчас никто."


def _flat(flat: FlatOfMine, zone: tzinfo) -> Iterator[str]:
    contract = f", договор {flat.contract_id}" if flat.contract_id else ""
    yield f"{flat.flat_id}  {flat.address}, кв. {flat.number}"
    yield f"  {_KINDS[flat.kind]}, {_until(flat.expires_at, zone)}{contract}"
    yield f"  услуги: {', '.join(flat.services) or 'биллинг не назвал'}"
    if flat.unpaid:
        yield f"  не оплачено: {', '.join(flat.unpaid)}"
    for block in flat.blocks:
        yield f"  заблокировано ({block.service}): {block.cause}"


def _until(moment: datetime | None, zone: tzinfo) -> str:
    return "навсегда" if moment is None else f"до {moment.astimezone(zone):%d.%m.%Y %H:%M}"


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except NotDone as refused:
        raise click.ClickException(str(refused)) from None
