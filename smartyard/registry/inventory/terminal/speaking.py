"""How the operator's commands speak: what is wrong is a sentence, and exit status 1."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from smartyard.registry.inventory.problems import InventoryRefused
from smartyard.registry.inventory.reading import RawRow

_LONG = 1000  # rows; below it nobody needs to see how far we are


@contextmanager
def told() -> Iterator[None]:
    """Turns what may happen into sentences and exit status 1."""
    try:
        yield
    except InventoryRefused as refused:
        words = [str(problem) for problem in refused.problems]
        fail([*words, f"Ошибок: {len(words)}. Ничего не записано."])
    except SQLAlchemyError as error:
        fail([f"База данных не ответила ({type(error).__name__}). Ничего не записано."])


def fail(lines: Iterable[str]) -> NoReturn:
    """Ends the command: nothing was written, for these reasons."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(1)


def show(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def watched(rows: Sequence[RawRow]) -> Iterable[RawRow]:
    """Shows progress where there is somebody to see it and something to wait for."""
    if len(rows) <= _LONG or not sys.stderr.isatty():
        yield from rows
        return
    with click.progressbar(rows, file=sys.stderr, label="Проверка строк") as shown:
        yield from shown
