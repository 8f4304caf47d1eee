"""The lines to all panels: each has deadlines, places and a breaker of its own for each thing that
is asked of it, so that a dead panel, or a dead relay of one, holds nobody else up.

Times are seconds.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from smartyard.gateways.panels.panel import Panel
from smartyard.gateways.transport import Answer, Outside, Request, Unreachable

T = TypeVar("T")

_SMALL = 64 * 1024  # bytes
_LARGE = 2 * 1024 * 1024
_LARGE_ONES = ("picture", "list of keys")


class Lines:
    """Safe to use from any thread. A connection is never kept: a panel has few of them."""

    def __init__(
        self, make: Callable[[str, int], Outside], *, total: float, calls: int, kept: int = 1024
    ) -> None:
        """`make` builds the outside of a name that takes so many bytes; `calls` may go on at once
        to all panels together; `kept` lines are remembered, and the longest unused is forgotten.
        """
        self.total = total
        self._make = make
        self._kept = kept
        self._lock = threading.Lock()
        self._outsides: OrderedDict[tuple[int, str, str], Outside] = OrderedDict()
        self._places = threading.BoundedSemaphore(calls)

    def ask(
        self,
        panel: Panel,
        purpose: str,
        request: Request,
        read: Callable[[Answer], T],
        *,
        within: float | None = None,
    ) -> T:
        """As `Outside.ask`; the wait for a place counts too. `purpose` is what it is all about."""
        deadline = time.monotonic() + (self.total if within is None else within)
        outside = self._outside(panel, purpose)
        # pylint: disable-next=consider-using-with  # it may be refused
        if not self._places.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise Unreachable(cause="too many panels are asked")
        try:
            return outside.ask(request, read, total=deadline - time.monotonic())
        finally:
            self._places.release()

    def _outside(self, panel: Panel, purpose: str) -> Outside:
        key = (panel.id, panel.address, purpose)
        with self._lock:
            outside = self._outsides.get(key)
            if outside is None:
                size = _LARGE if purpose in _LARGE_ONES else _SMALL
                outside = self._outsides[key] = self._make(f"panel {panel.id}, {purpose}", size)
                if len(self._outsides) > self._kept:
                    self._outsides.popitem(last=False)
            self._outsides.move_to_end(key)
        return outside
