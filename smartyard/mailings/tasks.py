"""Background work: a batch of a mailing at a time; the rules are in the service."""

from smartyard.jobs import Jobs
from smartyard.mailings.service import TASK, MailingService


def register(jobs: Jobs, mailings: MailingService) -> None:
    """`send_mailing`, in a place of its own: mailings hold nothing else up."""

    # Half a day in all: a mailing that was given up would stand where it is for ever.
    @jobs.task(TASK, tries=100, wait=10, apart=1)
    def _send_mailing(mailing_id: int) -> None:
        mailings.step(mailing_id)
