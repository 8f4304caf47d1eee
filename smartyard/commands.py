"""The groups of commands that features bring, and how those speak that read files: what an operator
reads at night is a sentence."""

import os
import pwd
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from smartyard.errors import is_database_away, told
from smartyard.phones import Phone
from smartyard.sheets import FileRefused

ROWS = click.IntRange(1, 10_000)
"""How many rows of a list to show."""
_OTHER_TABLES = ("42P01", "42703")  # no such table, no such column


class OperatorGroup(AppGroup):
    """Says in one sentence that the database is away, instead of a trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DBAPIError as error:
            raise click.ClickException(_what_to_do(error)) from None


def _what_to_do(error: SQLAlchemyError) -> str:
    """About a statement that failed. PostgreSQL's own words (host, role, never a password) are
    shown where there is no connection alone: elsewhere they quote the values of the row."""
    original = getattr(error, "orig", None)
    if getattr(original, "pgcode", None) in _OTHER_TABLES:
        return "Таблиц в базе нет, или они от другой версии. Выполните db upgrade."
    if isinstance(error, DBAPIError) and not is_database_away(error):
        return f"Ошибка в программе: {told(error)}"
    why = "" if getattr(original, "pgcode", None) else str(original or "").partition("\n")[0]
    return (
        f"База данных не отвечает{why and f' ({why})'}. "
        "Проверьте PostgreSQL и PG_HOST, PG_PORT, PG_DBNAME, PG_USER, PG_PASS в .env."
    )


def actor() -> str:
    """Who works at the command line, for the audit: the user that the process runs as."""
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:  # a number that has no name, as in a container
        return f"cli:{os.getuid()}"


def phone_of(text: str) -> Phone:
    """A number as an operator writes it."""
    try:
        return Phone.parse(text)
    except ValueError:
        raise click.ClickException("Это не номер телефона.") from None


def words_of(text: str, what: str, *, least: int = 1, most: int = 4000) -> str:
    """Words that an operator tells a person, trimmed; `what` they are, as the refusal names them.
    Lengths are letters."""
    text = text.strip()
    if not least <= len(text) <= most:
        raise click.ClickException(f"{what}: нужно от {least} до {most} знаков.")
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise click.ClickException(f"{what}: нужен текст в UTF-8.")
    return text


def visible(text: str) -> str:
    """A line that somebody else wrote, as a terminal may be given it: what would steer the terminal
    is shown in its place."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


@contextmanager
def telling() -> Iterator[None]:
    """Turns what may happen to a file into sentences and exit status 1."""
    try:
        yield
    except FileRefused as refused:
        words = [str(problem) for problem in refused.problems]
        fail([*words, f"Ошибок: {len(words)}. Ничего не записано."])
    except SQLAlchemyError as error:
        fail([f"{_what_to_do(error)} Ничего не записано."])


def fail(lines: Iterable[str]) -> NoReturn:
    """Ends the command: nothing was written, for these reasons."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(1)


def show(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def content_of(file: str) -> bytes:
    """What a file holds, or standard input where it is `-`."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        fail([f"Файл {file} не прочитать: {error.strerror}."])
