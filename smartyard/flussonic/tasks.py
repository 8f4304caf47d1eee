"""Background work of the video tokens; the rules are in the service."""

import logging
from functools import partial

from smartyard.errors import DependencyUnavailable, told
from smartyard.flussonic.service import VideoService
from smartyard.jobs import Jobs
from smartyard.phones import Phone

log = logging.getLogger(__name__)

AT_ONCE = 4


def register(jobs: Jobs, video: VideoService, schedule: str) -> None:
    """Ask billing again about those who watch, on the cron `schedule`."""

    @jobs.periodic(schedule, "refresh_watchers")
    def _refresh_watchers() -> None:
        due = video.watchers_due()
        jobs.each(partial(_refresh, video), due, AT_ONCE)
        if due:
            log.info("%d people who watch were looked at again", len(due))


def _refresh(video: VideoService, phone: Phone) -> None:
    try:
        video.refresh_watcher(phone)
    except DependencyUnavailable as failed:
        log.warning("billing says nothing of %s, who watches: %s", phone.masked, failed)
    # One person's trouble, of whatever kind, must not keep the others' rights from being looked at.
    except Exception as error:  # pylint: disable=broad-exception-caught
        log.error("%s, who watches, cannot be looked at: %s", phone.masked, told(error))
