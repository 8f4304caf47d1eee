"""`flask panels listen`: the program of smartyard.ini that takes what panels tell."""

import signal
from collections.abc import Callable

import click

from smartyard.commands import OperatorGroup
from smartyard.events.incoming.syslog.listener import Listener


def commands(listener: Callable[[str | None], Listener]) -> OperatorGroup:
    """The command group, for `cli.install`. `listener` makes one at an address, or at that of the
    settings."""
    group = OperatorGroup("panels", help="Домофонные панели.")

    @group.command("listen")
    @click.option("--at", metavar="АДРЕС:ПОРТ", help="Где слушать вместо SYSLOG_LISTEN.")
    def _listen(at: str | None) -> None:
        """Принимать syslog панелей (UDP) и записывать события, пока не остановят."""
        try:
            listening = listener(at)
        except (OSError, ValueError) as error:
            raise click.ClickException(f"Слушать не получается: {error}") from None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: listening.stop())
        listening.run()

    return group
