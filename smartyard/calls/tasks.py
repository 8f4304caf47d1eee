"""Background work of rings; the rule is in the service."""

import logging
from uuid import UUID

from smartyard.calls.service import PICTURE, NoPicture, RingService
from smartyard.jobs import Jobs

log = logging.getLogger(__name__)


def register(jobs: Jobs, rings: RingService) -> None:
    """Take the picture of a ring."""

    @jobs.task(PICTURE)
    def _take_picture(ring_id: str) -> None:
        try:
            rings.take_picture(UUID(ring_id))
        except NoPicture:
            log.info("a ring has no picture")
