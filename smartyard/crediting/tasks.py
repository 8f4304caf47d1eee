"""Background work: billing is told what it does not know yet; the rules are in the service."""

import logging

from smartyard.crediting.delivery import Delivery, DeliveryService
from smartyard.errors import told
from smartyard.jobs import Jobs

log = logging.getLogger(__name__)

AT_ONCE = 4


def register(jobs: Jobs, delivery: DeliveryService, schedule: str) -> None:
    """Tell billing of credits and of what went back, on the cron `schedule`."""

    def deliver(row: Delivery) -> None:
        try:
            delivery.deliver(row)
        except Exception as bug:  # pylint: disable=broad-exception-caught  # others have their turn
            log.error("payment %d could not be told to billing: %s", row.payment_id, told(bug))

    @jobs.periodic(schedule, "tell_billing")
    def _tell_billing() -> None:
        jobs.each(deliver, delivery.due(), AT_ONCE)
