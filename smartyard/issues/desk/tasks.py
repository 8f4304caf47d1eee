"""Background work: those outside are told of tickets; the rules are in the service."""

import logging

from smartyard.errors import told
from smartyard.issues.desk.handing import HandingService, TicketHanding
from smartyard.jobs import Jobs

log = logging.getLogger(__name__)

AT_ONCE = 4


def register(jobs: Jobs, handing: HandingService, schedule: str) -> None:
    """Hand on what is due, on the cron `schedule`."""

    def hand_on(row: TicketHanding) -> None:
        try:
            handing.hand_on(row)
        except Exception as bug:  # pylint: disable=broad-exception-caught  # others have their turn
            log.error("a ticket could not be handed on by %s: %s", row.channel, told(bug))

    @jobs.periodic(schedule, "hand_tickets_on")
    def _hand_tickets_on() -> None:
        jobs.each(hand_on, handing.due(), AT_ONCE)
