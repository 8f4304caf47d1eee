"""Background work: endpoints are sent what waits for them; the rules are in the service."""

import logging

from smartyard.errors import told
from smartyard.jobs import Jobs
from smartyard.webhooks.sending.service import SEND, SendingService

log = logging.getLogger(__name__)


def register(jobs: Jobs, sending: SendingService, schedule: str, at_once: int) -> None:
    """Look on the cron `schedule` who is to be sent something; `at_once` endpoints are."""

    @jobs.periodic(schedule, "begin_webhooks")
    def _begin_webhooks() -> None:
        sending.begin_due()

    @jobs.task(SEND, apart=at_once)
    def _send_webhooks(endpoint: int) -> None:
        try:
            sending.send(endpoint)
        except Exception as bug:  # pylint: disable=broad-exception-caught  # its lease ends
            log.error("webhook endpoint %d could not be sent to: %s", endpoint, told(bug))
