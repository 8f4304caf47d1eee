"""Background work of the ledger; the rules are in the service."""

import logging

from smartyard.errors import DependencyUnavailable, told
from smartyard.jobs import Jobs
from smartyard.ledger.service import LedgerService

log = logging.getLogger(__name__)

AT_ONCE = 4


def register(jobs: Jobs, ledger: LedgerService, schedule: str) -> None:
    """Ask the bank about the orders that are due, on the cron `schedule`."""

    def ask(payment_id: int) -> None:
        try:
            ledger.ask(payment_id, "asked on schedule")
        except DependencyUnavailable as failed:
            log.warning("the bank says nothing of payment %d: %s", payment_id, failed)
        except Exception as bug:  # pylint: disable=broad-exception-caught  # others have their turn
            log.error("payment %d could not be asked about: %s", payment_id, told(bug))

    @jobs.periodic(schedule, "ask_the_bank")
    def _ask_the_bank() -> None:
        jobs.each(ask, ledger.due(), AT_ONCE)
