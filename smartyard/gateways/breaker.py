"""A circuit breaker: after so many failures in a row nobody is asked for a while.

Then one trial call at a time decides whether the outside is back. Times are seconds of `clock`.
Why it is ours and not pybreaker: docs/adr/0003-own-circuit-breaker.md.
"""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Shared by the threads of a process; each process learns for itself."""

    def __init__(
        self, failures: int, open_for: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._open_for = open_for
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._trial = False

    @property
    def shut_out(self) -> bool:
        """True while a call would be turned away; a cheap look that takes no trial."""
        with self._lock:
            return self._closed_to_calls()

    def admit(self) -> bool | None:
        """None turns the call away; True makes it the trial, False an ordinary call.

        Whoever got True or False must `settle` it, whatever happens.
        """
        with self._lock:
            if self._closed_to_calls():
                return None
            self._trial = self._opened_at is not None
            return self._trial

    def settle(self, trial: bool, worked: bool) -> None:
        """Tell how a call that was let in has ended."""
        with self._lock:
            if trial:
                self._trial = False
                self._opened_at = None if worked else self._clock()
                self._failures = 0
            elif self._opened_at is None:  # late answers to calls from before decide nothing
                self._failures = 0 if worked else self._failures + 1
                if self._failures >= self._limit:
                    self._opened_at = self._clock()

    def _closed_to_calls(self) -> bool:
        if self._opened_at is None:
            return False
        return self._trial or self._clock() - self._opened_at < self._open_for
