"""Pushes: messages, which are told until FCM has taken them, and calls, which are tried once.

A message is at a device once: a committed lease says who is at it, an outcome that it is over. A
worker killed between FCM's answer and the outcome leaves the lease, and the next one tells again;
the push has the same tag, so that the device shows one. A call is deleted by whoever takes it.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.firebase import FirebaseGateway, Push, PushRefused, TokenGone
from smartyard.inbox.service import PUSH, PUSH_MAILING
from smartyard.jobs import Queue
from smartyard.notices import CallPush
from smartyard.phones import Phone
from smartyard.push import payloads
from smartyard.push.repository import PushRepository, Taken, Target
from smartyard.user.sessions import SessionService

__all__ = ["PUSH", "PUSH_MAILING", "RING", "PushService", "Taken", "Target"]

log = logging.getLogger(__name__)

RING = "ring"  # the task
LEASE = timedelta(seconds=30)  # well above what one push may take, below STALLED_AFTER
WAITS = (5, 30, 120, 600)  # seconds until a message is tried again


class PushService:
    """Speaks to people's devices (`Ringing`). What is slow here runs in the worker."""

    def __init__(
        self,
        pushes: PushRepository,
        sessions: SessionService,
        queue: Queue,
        *,
        firebase: FirebaseGateway,
        rings: FirebaseGateway,
        clock: Callable[[], datetime],
    ) -> None:
        """`rings` has places of its own: calls never wait behind messages."""
        self._pushes = pushes
        self._sessions = sessions
        self._queue = queue
        self._firebase = firebase
        self._rings = rings
        self._clock = clock

    def due(self, message_ids: Collection[int]) -> list[Target]:
        """The devices that these messages are still to be told to."""
        if not self._firebase.configured:
            return []
        with transaction():
            return self._pushes.targets(message_ids, self._clock() - payloads.LIFE)

    def tell(self, target: Target) -> bool:
        """Push one message to one device; False when it shall be looked at again."""
        now = self._clock()
        with transaction():
            if not self._pushes.take(target, now, now + LEASE):
                return False  # another is at it, and may be killed at it
        try:
            outcome = self._send(
                self._firebase, payloads.message(target.told, target.token, now), target.session_id
            )
        except DependencyUnavailable as silent:
            log.warning("message %d is not pushed yet: %s", target.told.message_id, silent)
            outcome = None
        with transaction():
            self._pushes.end(target, outcome, self._clock())
        return outcome is not None

    def tell_again(self, task: str, message_ids: Sequence[int], tried: int) -> None:
        """Have these tried once more, after a while that grows; in the end the inbox has them."""
        if tried > len(WAITS):
            log.error("%d messages are not pushed: Firebase takes none", len(message_ids))
            return
        at = self._clock() + timedelta(seconds=WAITS[tried - 1])
        with transaction():
            self._queue.defer(task, at=at, ids=list(message_ids), tried=tried)

    def devices(self, phones: Collection[Phone]) -> list[UUID]:
        """The sessions of these people whose devices can be rung."""
        with transaction():
            return self._pushes.devices(phones)

    def ring(self, calls: Mapping[UUID, CallPush]) -> None:
        """In the caller's transaction: have each session's device rung, once."""
        if not self._rings.configured:
            return
        now = self._clock()
        rows = [
            {
                "session_id": session_id,
                "call": asdict(call),
                "created_at": now,
                "until": now + timedelta(seconds=call.ttl),
            }
            for session_id, call in calls.items()
        ]
        ids = self._pushes.add_rings(rows) if rows else []
        if ids:
            self._queue.defer(RING, ids=ids)

    def take_rings(self, ring_ids: Collection[int]) -> list[Taken]:
        """The calls that may still be rung; from now on the caller alone may try them."""
        with transaction():
            taken = self._pushes.take_rings(ring_ids)
        now = self._clock()
        late = sum(one.until <= now for one in taken)
        if late:
            log.warning("%d devices are not rung: the worker came too late", late)
        return [one for one in taken if one.until > now]

    def ring_one(self, taken: Taken) -> None:
        """Try it, unless its turn came too late; whatever happens, it is not tried again."""
        now = self._clock()
        if taken.until <= now:
            log.warning("a device is not rung: its turn came too late")
            return
        push = payloads.call(CallPush(**taken.call), taken.token, began=taken.created_at, now=now)
        try:
            self._send(self._rings, push, taken.session_id)
        except DependencyUnavailable as silent:
            log.warning("a device may not ring: %s", silent)

    def forget_ended(self, now: datetime) -> None:
        """Calls that no worker came to take."""
        with transaction():
            self._pushes.forget_rings(now)

    def _send(self, firebase: FirebaseGateway, push: Push, session_id: UUID) -> str:
        """The outcome; a token that is gone is forgotten."""
        try:
            firebase.send(push)
        except TokenGone as gone:
            log.info("a push token is forgotten: %s", gone)
            with transaction():
                self._sessions.forget_push_token(session_id, push.token)
            return "gone"
        except PushRefused:
            return "refused"  # the gateway has said why
        return "sent"
