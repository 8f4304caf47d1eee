"""How a measurement is told: progress to standard error, figures as `bench: <name> = <number>`."""

import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

from bench.ground import Figure

TURNS = 3
STARTED = time.monotonic()


def in_turns(work: dict[str, Callable[[], Figure]]) -> dict[str, list[Figure]]:
    """Each in its turn, TURNS times: a machine that slows down slows all of them."""
    found: dict[str, list[Figure]] = {name: [] for name in work}
    for _ in range(TURNS):
        for name, measure in work.items():
            found[name].append(measure())
    return found


def middle(figures: Sequence[Figure], value: str) -> float:
    return float(median(getattr(figure, value) for figure in figures))


def show(name: str, number: float, unit: str) -> None:
    print(
        (
            f"bench: {name} = {number:.0f} {unit}"
            if number >= 100
            else f"bench: {name} = {number:.2f} {unit}"
        ),
        flush=True,
    )


def progress(words: str) -> None:
    print(f"[{time.monotonic() - STARTED:5.1f} s] {words}", file=sys.stderr, flush=True)
