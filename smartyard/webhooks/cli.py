"""`flask webhooks …`: the provider's programs that are told what happens. Speaks Russian."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo

import click

from smartyard.commands import OperatorGroup, actor
from smartyard.errors import DependencyUnavailable
from smartyard.webhooks.service import KINDS, EndpointRefusal, EndpointService, Shown, Told

_of_kinds = click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Только это; можно много."
)
_STATES = {"waiting": "ждёт", "delivered": "принято", "failed": "не принято"}


def commands(endpoints: EndpointService, zone: tzinfo) -> OperatorGroup:
    """The group of commands."""
    group = OperatorGroup("webhooks", help="Вебхуки: кому сообщать о событиях.")
    _add_making(group, endpoints)
    _add_switching(group, endpoints)
    _add_reading(group, endpoints, zone)
    _add_sending(group, endpoints, zone)
    return group


def _add_making(group: OperatorGroup, endpoints: EndpointService) -> None:
    @group.command("add")
    @click.argument("name", metavar="ИМЯ")
    @click.argument("url", metavar="АДРЕС")
    @_of_kinds
    def _add(name: str, url: str, kinds: tuple[str, ...]) -> None:
        """Сообщать по АДРЕСу; без --kind — обо всём. Секрет подписи показывается один раз."""
        with _telling():
            secret = endpoints.add(name, url, kinds, actor=actor())
        _show_secret(secret)

    @group.command("rotate")
    @click.argument("name", metavar="ИМЯ")
    def _rotate(name: str) -> None:
        """Выпустить новый секрет. Прежний ещё WEBHOOK_ROTATION_HOURS часов подписывает вместе
        с ним."""
        with _telling():
            secret = endpoints.rotate(name, actor=actor())
        _show_secret(secret)

    @group.command("remove")
    @click.argument("name", metavar="ИМЯ")
    def _remove(name: str) -> None:
        """Больше не сообщать и забыть, что не принято."""
        with _telling():
            endpoints.remove(name, actor=actor())
        click.echo(f"Вебхук «{name}» удалён.")


def _add_switching(group: OperatorGroup, endpoints: EndpointService) -> None:
    @group.command("off")
    @click.argument("name", metavar="ИМЯ")
    def _off(name: str) -> None:
        """Не сообщать, пока не включат. Что случится за это время, потом отправит replay, если
        о том же сообщается другому вебхуку."""
        with _telling():
            endpoints.switch(name, on=False, actor=actor())
        click.echo(f"Вебхук «{name}» выключен.")

    @group.command("on")
    @click.argument("name", metavar="ИМЯ")
    def _on(name: str) -> None:
        """Включить: и тот, что выключился сам, ответив 410. Что ждало, уйдёт за минуту."""
        with _telling():
            endpoints.switch(name, on=True, actor=actor())
        click.echo(f"Вебхук «{name}» включён.")


def _add_reading(group: OperatorGroup, endpoints: EndpointService, zone: tzinfo) -> None:
    @group.command("list")
    def _list() -> None:
        """Все вебхуки: куда, о чём, работает ли, сколько ждёт отправки."""
        found = endpoints.listed()
        if not found:
            click.echo("Вебхуков нет.", err=True)
        for one in found:
            click.echo(f"{one.name}  {one.place}  {','.join(one.kinds)}  {_state(one, zone)}")

    @group.command("show")
    @click.argument("name", metavar="ИМЯ")
    def _show(name: str) -> None:
        """Один вебхук и последние 20 сообщений ему."""
        with _telling():
            one, url, told = endpoints.page(name)
        click.echo(f"{one.name}: {url}")
        click.echo(f"О чём: {', '.join(one.kinds)}")
        click.echo(f"Добавлен {_moment(one.created_at, zone)}, {_state(one, zone)}")
        if one.old_until:
            click.echo(f"Прежний секрет подписывает до {_moment(one.old_until, zone)}")
        for message in told:
            click.echo(f"  {_line(message, zone)}")


def _add_sending(group: OperatorGroup, endpoints: EndpointService, zone: tzinfo) -> None:
    @group.command("test")
    @click.argument("name", metavar="ИМЯ")
    def _test(name: str) -> None:
        """Отправить пробное сообщение (webhook.test) и показать ответ."""
        with _telling():
            try:
                reply = endpoints.try_out(name)
            except DependencyUnavailable as failed:
                raise click.ClickException(
                    f"Ответа нет: {type(failed).__name__}: {failed}"
                ) from None
        if not reply.is_taken:
            raise click.ClickException(f"Не принято: ответ {reply.status}, а нужен 2xx.")
        click.echo(f"Принято: ответ {reply.status}.")

    @group.command("replay")
    @click.option(
        "--since",
        required=True,
        type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]),
        help="С этого времени (по часам оператора).",
    )
    @_of_kinds
    @click.option("--endpoint", metavar="ИМЯ", help="Только этому вебхуку.")
    @click.option("--missed", is_flag=True, help="Только то, что не принято.")
    def _replay(
        since: datetime, kinds: tuple[str, ...], endpoint: str | None, missed: bool
    ) -> None:
        """Отправить ещё раз, что было с этого времени. Под теми же webhook-id."""
        with _telling():
            count = endpoints.replay(
                since=since.replace(tzinfo=zone),
                kinds=kinds,
                name=endpoint,
                missed=missed,
                actor=actor(),
            )
        click.echo(f"Будет отправлено сообщений: {count}.")


def _state(one: Shown, zone: tzinfo) -> str:
    if one.disabled_at:
        state = f"выключен {_moment(one.disabled_at, zone)}"
    elif one.failing_since:
        state = f"не принимает с {_moment(one.failing_since, zone)}"
    else:
        state = "работает"
    return f"{state}, ждёт {one.waiting}" if one.waiting else state


def _line(one: Told, zone: tzinfo) -> str:
    words = f"{_moment(one.at, zone)}  {one.kind:<16}  {one.id}  {_STATES[one.state]}"
    if one.attempts:
        words += f", попыток {one.attempts}, ответ {one.answer}"
    if one.state == "waiting":
        words += f", не раньше {_moment(one.next_at, zone)}"
    return words


def _show_secret(secret: str) -> None:
    click.echo(secret)
    click.echo("Сохраните секрет: второй раз его не показать.", err=True)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except EndpointRefusal as refused:
        raise click.ClickException(str(refused)) from None


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
