"""Showing the operator how far an import is."""

import sys
from collections.abc import Iterable, Sequence

import click

from smartyard.registry.inventory.reading import RawRow

_LONG = 1000  # rows; below it nobody needs to see how far we are


def watched(rows: Sequence[RawRow]) -> Iterable[RawRow]:
    """Shows progress where there is somebody to see it and something to wait for."""
    if len(rows) <= _LONG or not sys.stderr.isatty():
        yield from rows
        return
    with click.progressbar(rows, file=sys.stderr, label="Проверка строк") as shown:
        yield from shown
