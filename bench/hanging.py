"""Residents who wait: callers that hold a request of ours on a billing that never answers."""

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

SPREAD = 4  # seconds, billing's time-out: people do not all press the button at one moment
LONGEST = 120  # seconds; whatever happens, no caller asks for longer


class Callers:
    """Each asks in a loop on a connection of its own; `held` is how many wait right now."""

    def __init__(self, address: tuple[str, int], bearers: Sequence[str]) -> None:
        self._address = address
        self._bearers = bearers
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._waiting_since: dict[str, float] = {}
        self._samples: list[int] = []

    @property
    def held(self) -> int:
        """Requests that have been waiting for half a second at least."""
        old = time.monotonic() - 0.5
        with self._lock:
            return sum(1 for since in self._waiting_since.values() if since < old)

    @property
    def held_on_average(self) -> float:
        return sum(self._samples) / max(1, len(self._samples))

    @contextmanager
    def waiting(self, wait: float = 10) -> Iterator[None]:
        """While inside they ask; begins when half of them are held. RuntimeError if they are not:
        then nothing hangs, and what is measured would be the quiet case."""
        self._over.clear()
        threads = [
            threading.Thread(target=self._ask, args=(bearer, SPREAD * n / len(self._bearers)))
            for n, bearer in enumerate(self._bearers)
        ]
        threads.append(threading.Thread(target=self._watch))
        for thread in threads:
            thread.start()
        try:
            deadline = time.monotonic() + wait
            while self.held < len(self._bearers) / 2:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"only {self.held} of {len(self._bearers)} callers wait")
                time.sleep(0.1)
            yield
        finally:
            self._over.set()

    def _watch(self) -> None:
        self._over.wait(2)  # the beginning is not counted
        while not self._over.wait(0.25):
            self._samples.append(self.held)

    def _ask(self, bearer: str, delay: float) -> None:
        self._over.wait(delay)
        until = time.monotonic() + LONGEST
        connection = http.client.HTTPConnection(*self._address, timeout=30)
        while not self._over.is_set() and time.monotonic() < until:
            with self._lock:
                self._waiting_since[bearer] = began = time.monotonic()
            try:
                connection.request(
                    "POST",
                    "/api/address/getAddressList",
                    b"{}",
                    {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
                )
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                connection.close()
            with self._lock:
                del self._waiting_since[bearer]
            if time.monotonic() - began < 0.5:
                self._over.wait(0.25)  # refused at once: an app would not hammer either
        connection.close()
