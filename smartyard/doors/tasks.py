"""Background work of openings; the rule is in the service."""

import logging

from smartyard.doors.service import OpeningService
from smartyard.jobs import Jobs

log = logging.getLogger(__name__)


def register(jobs: Jobs, openings: OpeningService, schedule: str) -> None:
    """Settle openings whose server was killed, on the cron `schedule`."""

    @jobs.periodic(schedule, "settle_openings")
    def _settle_openings() -> None:
        settled = openings.settle_dead()
        if settled:
            log.warning("%d openings had no outcome: their server was ended", settled)
