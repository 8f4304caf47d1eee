"""Rows that have had their time: codes, counters, video tokens. Deleted on a schedule."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from smartyard.errors import told
from smartyard.jobs import Jobs

log = logging.getLogger(__name__)


def register(
    jobs: Jobs,
    schedule: str,
    clock: Callable[[], datetime],
    forget: Sequence[Callable[[datetime], object]],
) -> None:
    """Each of `forget` deletes what of its own ended before the time it is given."""

    @jobs.periodic(schedule, "forget_ended")
    def _forget_ended() -> None:
        forget_all(forget, clock())


def forget_all(forget: Sequence[Callable[[datetime], object]], now: datetime) -> None:
    """Each has its try: one that fails leaves its rows for the next turn, and stops no other."""
    for one in forget:
        try:
            one(now)
        except Exception as error:  # pylint: disable=broad-exception-caught
            log.error("%s did not forget: %s", getattr(one, "__qualname__", one), told(error))
