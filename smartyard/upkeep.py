"""Rows that have had their time: codes, counters, video tokens. Deleted on a schedule."""

from collections.abc import Callable, Sequence
from datetime import datetime

from smartyard.jobs import Jobs


def register(
    jobs: Jobs,
    schedule: str,
    clock: Callable[[], datetime],
    forget: Sequence[Callable[[datetime], object]],
) -> None:
    """Each of `forget` deletes what of its own ended before the time it is given."""

    @jobs.periodic(schedule, "forget_ended")
    def _forget_ended() -> None:
        now = clock()
        for one in forget:
            one(now)
