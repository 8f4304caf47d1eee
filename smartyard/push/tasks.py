"""Background work: messages and calls to devices; the rules are in the service.

Each device has a turn of its own among `at_once`, so that a slow one holds no other up.
"""

import logging

from smartyard.errors import told
from smartyard.jobs import Jobs
from smartyard.push.service import PUSH, PUSH_MAILING, RING, PushService, Taken, Target

log = logging.getLogger(__name__)

# Jobs of each kind at once: a call never waits for messages, nor one message for a mailing.
PLACES = {RING: 4, PUSH: 2, PUSH_MAILING: 1}
# While the database is busy, say; a call is not tried again. What FCM did not take waits elsewhere.
TRIES = 5


def register(jobs: Jobs, pushes: PushService, at_once: int) -> None:
    """What InboxService and PushService ask the worker for."""

    def tell(target: Target) -> bool:
        try:
            return pushes.tell(target)
        except Exception as bug:  # pylint: disable=broad-exception-caught  # others have their turn
            log.error("message %d could not be pushed: %s", target.told.message_id, told(bug))
            return False

    def ring(taken: Taken) -> None:
        try:
            pushes.ring_one(taken)
        except Exception as bug:  # pylint: disable=broad-exception-caught  # others have their turn
            log.error("a device could not be rung: %s", told(bug))

    def tell_all(task: str, ids: list[int], tried: int) -> None:
        due = pushes.due(ids)
        done = jobs.each(tell, due, at_once)
        left = sorted({target.told.message_id for target, ok in zip(due, done) if not ok})
        if left:
            pushes.tell_again(task, left, tried + 1)

    @jobs.task(PUSH, tries=TRIES, apart=PLACES[PUSH])
    def _push_messages(ids: list[int], tried: int = 0) -> None:
        tell_all(PUSH, ids, tried)

    @jobs.task(PUSH_MAILING, tries=TRIES, apart=PLACES[PUSH_MAILING])
    def _push_mailing(ids: list[int], tried: int = 0) -> None:
        tell_all(PUSH_MAILING, ids, tried)

    @jobs.task(RING, apart=PLACES[RING])
    def _ring(ids: list[int]) -> None:
        taken = pushes.take_rings(ids)
        jobs.each(ring, taken, at_once)
