"""Waiting for somebody else's call holds a thread, so only so many may: the next are told at once.

Without it, one person's parallel requests for one order, or one number's for a code, would take
every thread of a process, and with them the answers to the media server.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from smartyard.errors import DependencyUnavailable


class WaitingRoom:
    """A bounded number of places, in each server process."""

    def __init__(self, what: str, places: int) -> None:
        self._what = what
        self._places = threading.BoundedSemaphore(places)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait inside. Raises DependencyUnavailable when all places are taken."""
        if not self._places.acquire(blocking=False):  # pylint: disable=consider-using-with
            raise DependencyUnavailable(cause=f"too many wait for {self._what}")
        try:
            yield
        finally:
            self._places.release()
