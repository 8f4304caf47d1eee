"""Turns of sending. In a turn one endpoint is sent what waits for it, until something fails.

The turn is a lease on the endpoint's row, so that two workers never send to the same one, and one
that is dead or slow holds nobody up. A call is made with no transaction open, its outcome is
written after it. Killed between the two, the lease ends and the message goes out a second time,
under the same id.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.webhook import Message, Reply, WebhookGateway, WebhookLine
from smartyard.jobs import Queue
from smartyard.secret import Keys, Unreadable
from smartyard.webhooks.messages import body_of, name_of
from smartyard.webhooks.models import WebhookEndpoint
from smartyard.webhooks.repository import DeliveryRepository, Due, EndpointRepository
from smartyard.webhooks.sending import schedule
from smartyard.webhooks.service import receiver_of

log = logging.getLogger(__name__)

SEND = "send_webhooks"
ALARM_AFTER = timedelta(hours=1)
GONE = 410


@dataclass(frozen=True)
class _Outcome:
    """What came of one attempt: a reply, or the reason why there is none."""

    due: Due
    reply: Reply | None
    reason: str

    @property
    def is_taken(self) -> bool:
        return self.reply is not None and self.reply.is_taken


@dataclass
class _Turn:
    """What came of a turn so far."""

    outcomes: list[_Outcome] = field(default_factory=list)

    @property
    def failed(self) -> list[_Outcome]:
        return [one for one in self.outcomes if not one.is_taken]

    @property
    def taken(self) -> int:
        return len(self.outcomes) - len(self.failed)

    @property
    def is_gone(self) -> bool:
        return any(one.reply is not None and one.reply.status == GONE for one in self.outcomes)

    @property
    def retry_after(self) -> float:
        return max((one.reply.retry_after for one in self.failed if one.reply), default=0.0)


class SendingService:
    """The worker's side of webhooks."""

    def __init__(
        self,
        endpoints: EndpointRepository,
        deliveries: DeliveryRepository,
        queue: Queue,
        *,
        gateway: WebhookGateway,
        keys: Keys,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._queue = queue
        self._gateway = gateway
        self._keys = keys
        self._at_once = settings.webhook_calls
        self._lease = timedelta(seconds=settings.webhook_lease)
        # The last calls of a turn begin at its end, and their outcomes are to be written.
        self._longest = settings.webhook_lease / 6
        self._clock = clock

    def begin_due(self) -> int:
        """Have the worker send to each endpoint that something waits for. Returns how many."""
        with transaction():
            due = self._endpoints.due(self._clock())
            for endpoint_id in due:
                self._queue.defer(SEND, once=f"{SEND}:{endpoint_id}", endpoint=endpoint_id)
        return len(due)

    def send(self, endpoint_id: int) -> int:
        """One turn of an endpoint. Returns how many messages it took; nothing is done where another
        worker has its turn, or the endpoint rests."""
        now = self._clock()
        lease = now + self._lease
        with transaction():
            endpoint = self._endpoints.lease(endpoint_id, now, lease)
        if endpoint is None:
            return 0
        try:
            receiver = receiver_of(endpoint, self._keys, now)
        except Unreadable:
            log.error("the secret of the webhook %s cannot be read: rotate it", endpoint.name)
            self._release(endpoint, lease, next_at=now + timedelta(seconds=schedule.LONGEST_PAUSE))
            return 0
        turn = _Turn()
        self._take_turn(endpoint, self._gateway.line(receiver), receiver.is_private, turn)
        self._end(endpoint, lease, turn)
        return turn.taken

    def _take_turn(
        self, endpoint: WebhookEndpoint, line: WebhookLine, private: bool, turn: _Turn
    ) -> None:
        until = time.monotonic() + self._longest
        places = 1 if endpoint.failures else self._at_once  # one tries whether it is back
        with ThreadPoolExecutor(self._at_once, "webhooks") as threads:
            while time.monotonic() < until and not turn.failed:
                with transaction():
                    batch = self._deliveries.due(endpoint.id, self._clock(), places)
                if not batch:
                    return
                told = list(threads.map(lambda due: self._tell(line, due, private), batch))
                self._keep(endpoint, told)
                turn.outcomes += told
                places = self._at_once

    def _tell(self, line: WebhookLine, due: Due, private: bool) -> _Outcome:
        body = body_of(due.kind, due.at, due.data, private=private)
        try:
            reply = line.send(Message(name_of(due.event_id), self._clock(), body))
        except DependencyUnavailable as failed:
            return _Outcome(due, None, f"{type(failed).__name__}: {failed}")
        return _Outcome(due, reply, str(reply.status))

    def _keep(self, endpoint: WebhookEndpoint, outcomes: Sequence[_Outcome]) -> None:
        now = self._clock()
        with transaction():
            for one in outcomes:
                values = self._outcome(endpoint, one, now)
                self._deliveries.settle(endpoint.id, one.due.event_id, **values)

    def _outcome(self, endpoint: WebhookEndpoint, one: _Outcome, now: datetime) -> dict[str, Any]:
        attempts = one.due.attempts + 1
        told: dict[str, Any] = {"attempts": attempts, "answer": one.reason[:200]}
        if one.is_taken:
            return told | {"state": "delivered", "done_at": now}
        wait = schedule.wait_after(attempts, random.random())
        if wait is None:
            name = name_of(one.due.event_id)
            log.error("the webhook %s never took %s: %s", endpoint.name, name, one.reason)
            return told | {"state": "failed", "done_at": now}
        return told | {"next_at": now + timedelta(seconds=wait)}

    def _end(self, endpoint: WebhookEndpoint, lease: datetime, turn: _Turn) -> None:
        now = self._clock()
        if turn.is_gone:
            log.error("the webhook %s answered 410 and is switched off", endpoint.name)
            self._release(endpoint, lease, next_at=now, disabled_at=now)
        elif turn.failed:
            self._rest(endpoint, lease, turn, now)
        else:
            self._release(endpoint, lease, next_at=now, failures=0, failing_since=None)

    def _rest(self, endpoint: WebhookEndpoint, lease: datetime, turn: _Turn, now: datetime) -> None:
        """Leave it alone for a while; longer each time, unless it took something in between."""
        before = 0 if turn.taken else endpoint.failures
        since = (endpoint.failing_since if before else None) or now
        wait = timedelta(seconds=schedule.pause(before + 1, turn.retry_after))
        self._release(endpoint, lease, next_at=now + wait, failures=before + 1, failing_since=since)
        log.log(
            logging.ERROR if now - since >= ALARM_AFTER else logging.WARNING,
            "the webhook %s takes nothing since %s: %s",
            endpoint.name,
            since.isoformat(timespec="seconds"),
            turn.failed[0].reason,
        )

    def _release(self, endpoint: WebhookEndpoint, lease: datetime, **values: Any) -> None:
        with transaction():
            self._endpoints.release(endpoint.id, lease, **values)
