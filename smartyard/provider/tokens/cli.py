"""`flask tokens …`: keys of the provider's programs. Speaks Russian."""

from datetime import datetime, tzinfo

import click

from smartyard.commands import OperatorGroup, actor
from smartyard.guard import SCOPES
from smartyard.provider.tokens.service import TokenRefusal, TokenService


def commands(tokens: TokenService, zone: tzinfo) -> OperatorGroup:
    """The group of commands."""
    group = OperatorGroup("tokens", help="Ключи доступа программ провайдера.")
    _add_making(group, tokens)
    _add_list(group, tokens, zone)
    return group


def _add_making(group: OperatorGroup, tokens: TokenService) -> None:
    @group.command("add")
    @click.argument("name", metavar="ИМЯ")
    @click.option(
        "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="Область; можно много."
    )
    @click.option(
        "--from", "networks", multiple=True, metavar="АДРЕС", help="Адрес или сеть; можно много."
    )
    def _add(name: str, scopes: tuple[str, ...], networks: tuple[str, ...]) -> None:
        """Выпустить ключ ИМЯ. Он показывается один раз: у нас остаётся только его отпечаток."""
        try:
            token = tokens.add(name, scopes, networks, actor=actor())
        except TokenRefusal as wrong:
            raise click.ClickException(str(wrong)) from None
        click.echo(token)
        click.echo("Сохраните ключ: второй раз его не показать.", err=True)

    @group.command("revoke")
    @click.argument("name", metavar="ИМЯ")
    def _revoke(name: str) -> None:
        """Отозвать ключ ИМЯ: со следующего запроса он не действует."""
        try:
            tokens.revoke(name, actor=actor())
        except TokenRefusal as wrong:
            raise click.ClickException(str(wrong)) from None
        click.echo(f"Ключ «{name}» отозван.")


def _add_list(group: OperatorGroup, tokens: TokenService, zone: tzinfo) -> None:
    @group.command("list")
    def _list() -> None:
        """Показать ключи: области, адреса, когда пользовались, отозван ли."""
        found = tokens.listed()
        if not found:
            click.echo("Ключей нет.", err=True)
        for one in found:
            state = f"отозван {_told(one.revoked_at, zone)}" if one.revoked_at else "действует"
            used = _told(one.last_used_at, zone) if one.last_used_at else "не пользовались"
            click.echo(
                f"{one.name}  {','.join(one.scopes)}  {','.join(one.networks)}  "
                f"{state}  последний раз: {used}"
            )


def _told(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%d.%m.%Y %H:%M")
