"""`flask panels listen`: the program of smartyard.ini that takes what panels tell; and
`flask panels syslog`, by which they know where to tell it."""

import signal
import sys
from collections.abc import Callable
from ipaddress import ip_address

import click

from smartyard.commands import OperatorGroup
from smartyard.events.incoming.syslog.listener import Listener
from smartyard.events.incoming.syslog.targets import SyslogTargets

_WORDS = {
    "told": "передано",
    "unable": "так не умеет",
    "sealed": "логин и пароль зашифрованы другим SECRET_KEY",
    "login": "не принимает логин и пароль",
    "refused": "отказывается",
    "silent": "не отвечает или отвечает не то",
}


def commands(listener: Callable[[str | None], Listener], targets: SyslogTargets) -> OperatorGroup:
    """The command group, for `cli.install`. `listener` makes one at an address, or at that of the
    settings."""
    group = OperatorGroup("panels", help="Домофонные панели.")

    @group.command("listen")
    @click.option("--at", metavar="АДРЕС:ПОРТ", help="Где слушать вместо SYSLOG_LISTEN.")
    def _listen(at: str | None) -> None:
        """Принимать syslog панелей (UDP), пока не остановят."""
        try:
            listening = listener(at)
        except (OSError, ValueError) as error:
            raise click.ClickException(f"Слушать не получается: {error}") from None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: listening.stop())
        listening.run()

    _add_syslog(group, targets)
    return group


def _add_syslog(group: OperatorGroup, targets: SyslogTargets) -> None:
    @group.command("syslog")
    @click.option(
        "--to",
        required=True,
        metavar="IP[:ПОРТ]",
        help="Этот сервер, как его видят панели; порт — из SYSLOG_LISTEN, если не указан.",
    )
    @click.option("--panel", type=int, metavar="N", help="Только эта панель.")
    def _syslog(to: str, panel: int | None) -> None:
        """Сказать панелям реестра, куда слать syslog. Код выхода 1, если кому-то не удалось."""
        host, port = _address(to)
        results = []
        for one in targets.send_to(host, port, panel):
            results.append(one)
            name = f" ({one.name})" if one.name else ""
            click.echo(f"Панель {one.panel_id}{name}: {_WORDS[one.result]}")
        if not results:
            raise click.ClickException("Такой панели в реестре нет.")
        if any(one.failed for one in results):
            sys.exit(1)


def _address(text: str) -> tuple[str, int]:
    """The port is 0 where none was given. Panels look up no names."""
    host, _, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    try:
        number = int(port or 0)
        if not 0 <= number <= 65535:
            raise ValueError(port)
        return str(ip_address(host)), number
    except ValueError:
        raise click.ClickException("Это не адрес: нужно 10.0.0.5 или 10.0.0.5:45450.") from None
