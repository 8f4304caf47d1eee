"""Asking the worker to bring FALPRS in step."""

from smartyard.jobs import Queue

SYNC = "sync_faces"  # the task


class SyncSoon:
    """Called in the transaction of what changes whom FALPRS is to look for; does nothing where no
    faces are recognised."""

    def __init__(self, queue: Queue, *, there: bool) -> None:
        self._queue = queue
        self._there = there

    def __call__(self) -> None:
        if self._there:
            self._queue.defer(SYNC, once=SYNC)
