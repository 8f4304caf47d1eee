"""Background work of renewing; the rules are in the service."""

import logging

from smartyard.errors import told
from smartyard.jobs import Jobs
from smartyard.phones import Phone
from smartyard.renewal.service import RenewalService

log = logging.getLogger(__name__)

AT_ONCE = 2  # beside those who watch, it leaves billing's places to the requests
_BATCH = 20


def register(jobs: Jobs, renewal: RenewalService, schedule: str) -> None:
    """Ask billing about those whose rights are old, on the cron `schedule`."""

    def renew(phone: Phone) -> bool:
        # One person's trouble, of whatever kind, must not keep the others from being looked at.
        try:
            return renewal.renew(phone)
        except Exception as error:  # pylint: disable=broad-exception-caught
            log.error("the rights of %s cannot be renewed: %s", phone.masked, told(error))
            return False

    @jobs.periodic(schedule, "renew_rights")
    def _renew_rights() -> None:
        due, renewed = renewal.due(), 0
        for begin in range(0, len(due), _BATCH):
            answers = jobs.each(renew, due[begin : begin + _BATCH], AT_ONCE)
            renewed += sum(answers)
            if not any(answers) or jobs.stopping.is_set():
                break  # billing is down: the next turn goes on
        if renewed:
            log.info("the rights of %d people were renewed", renewed)
