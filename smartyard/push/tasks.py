"""Background work: messages and calls to devices; the rules are in the service.

Each device has a turn of its own among `at_once`, so that a slow one holds no other up.
"""

import logging
from concurrent.futures import ThreadPoolExecutor

from smartyard.errors import told
from smartyard.jobs import Jobs
from smartyard.push.service import PUSH, RING, PushService, Taken, Target

log = logging.getLogger(__name__)

MAILS, RINGS = 2, 4  # jobs of each kind at once; calls never wait for messages


def register(jobs: Jobs, pushes: PushService, at_once: int) -> None:
    """`push_messages` and `ring`, which InboxService and PushService ask for."""

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

    @jobs.task(PUSH, apart=MAILS)
    def _push_messages(ids: list[int], tried: int = 0) -> None:
        due = pushes.due(ids)
        with ThreadPoolExecutor(at_once, "push") as threads:
            done = list(threads.map(jobs.in_context(tell), due))
        left = sorted({target.told.message_id for target, ok in zip(due, done) if not ok})
        if left:
            pushes.tell_again(left, tried + 1)

    @jobs.task(RING, apart=RINGS)
    def _ring(ids: list[int]) -> None:
        taken = pushes.take_rings(ids)
        with ThreadPoolExecutor(at_once, "ring") as threads:
            list(threads.map(jobs.in_context(ring), taken))
