"""Work that a service of the sandbox does later, or beside the answer it gives.

One thread keeps the times, each job runs in a thread of its own, so that a callback that hangs
holds nothing up. A reset forgets what was not begun; `over` tells running jobs to end.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

Job = Callable[[], None]


class Background:
    """Safe to use from any thread. Times are seconds."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._heap: list[tuple[float, int, Job]] = []
        self._order = itertools.count()
        self._running: set[threading.Thread] = set()
        self._clock: threading.Thread | None = None
        self._stopped = False
        self.over = threading.Event()  # of the present world; a reset sets it and makes another

    def after(self, seconds: float, job: Job) -> None:
        """Do `job` so much later, unless the world is reset before."""
        with self._wake:
            if self._stopped:
                return
            heapq.heappush(self._heap, (time.monotonic() + seconds, next(self._order), job))
            if self._clock is None:
                self._clock = threading.Thread(target=self._keep_time, daemon=True)
                self._clock.start()
            self._wake.notify()

    def _keep_time(self) -> None:
        with self._wake:
            while not self._stopped:
                wait = self._heap[0][0] - time.monotonic() if self._heap else None
                if wait is None or wait > 0:
                    self._wake.wait(wait)
                    continue
                job = heapq.heappop(self._heap)[2]
                thread = threading.Thread(target=self._run, args=(job,), daemon=True)
                self._running.add(thread)
                thread.start()

    def _run(self, job: Job) -> None:
        try:
            job()
        except Exception:  # pylint: disable=broad-exception-caught  # a bug of ours, told
            log.exception("a job of the sandbox has a bug")
        finally:
            with self._wake:
                self._running.discard(threading.current_thread())

    def reset(self) -> None:
        """Forget what was not begun."""
        with self._wake:
            self._heap.clear()
            self.over.set()
            self.over = threading.Event()

    def stop(self, patience: float = 3.0) -> None:
        """For good; waits a little for what runs."""
        with self._wake:
            self._stopped = True
            self._heap.clear()
            self.over.set()
            self._wake.notify()
            waited = [*self._running, *filter(None, [self._clock])]
        deadline = time.monotonic() + patience
        for thread in waited:
            thread.join(max(0.0, deadline - time.monotonic()))
