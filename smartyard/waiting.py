"""Waiting for somebody else's call holds a thread, so only so many may: the next are told at once.

Without it, one person's parallel requests for one order, or one number's for a code, would take
every thread of a process, and with them the answers to the media server.
"""

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from smartyard.errors import DependencyUnavailable


class NoPlace(DependencyUnavailable):
    """As many wait as may."""


class WaitingRoom:
    """A bounded number of places, in each server process."""

    def __init__(self, what: str, places: int, *, each: int | None = None) -> None:
        """`each`: how many of the places one thing that is waited for may have (all of them)."""
        self._what = what
        self._places = places
        self._each = places if each is None else each
        self._taken: Counter[Hashable] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def place(self, thing: Hashable = None) -> Iterator[None]:
        """Wait inside. Raises NoPlace when all places, or those of this thing, are taken."""
        with self._lock:
            if self._taken.total() >= self._places or self._taken[thing] >= self._each:
                raise NoPlace(cause=f"too many wait for {self._what}")
            self._taken[thing] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[thing] -= 1
                if not self._taken[thing]:
                    del self._taken[thing]
