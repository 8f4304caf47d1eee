"""The groups of commands that features bring: what an operator reads at night is a sentence."""

import os
import pwd
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from smartyard.errors import is_database_away, told


class OperatorGroup(AppGroup):
    """Says in one sentence that the database is away, instead of a trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DBAPIError as error:
            if not is_database_away(error):
                raise click.ClickException(f"Ошибка в программе: {told(error)}") from None
            raise click.ClickException(
                "База данных не отвечает. Проверьте PostgreSQL и PG_HOST, PG_PORT в .env."
            ) from None


def actor() -> str:
    """Who works at the command line, for the audit: the user that the process runs as."""
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:  # a number that has no name, as in a container
        return f"cli:{os.getuid()}"
