"""The outbox of webhooks: what features put there is told to every endpoint that wants it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from smartyard.config import Settings
from smartyard.db import in_batches
from smartyard.outbox import Kind
from smartyard.secret import Keys
from smartyard.webhooks.repository import DeliveryRepository, EndpointRepository


class WebhookOutbox:
    """Knows for WEBHOOK_LOOK_EVERY seconds what anybody wants to be told, so that what nobody wants
    costs no statement. An endpoint that was added in another process is heard of so much later.
    """

    def __init__(
        self,
        endpoints: EndpointRepository,
        deliveries: DeliveryRepository,
        *,
        keys: Keys,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._keys = keys
        self._every = timedelta(seconds=settings.webhook_look_every)
        self._kept = timedelta(days=settings.webhook_keep_days)
        self._clock = clock
        # Both in one value: threads exchange it as a whole.
        self._known: tuple[datetime, frozenset[str]] | None = None

    def put(self, kind: Kind, key: str, at: datetime, data: Mapping[str, Any]) -> None:
        """See `Outbox`. The message's id is made from SECRET_KEY, the kind and `key`, so that it is
        the same for each attempt, and another in every installation."""
        now = self._clock()
        if kind not in self._wanted(now):
            return
        event_id = UUID(bytes=self._keys.mac("webhook-id", kind, key)[:16])
        told = {name: value for name, value in data.items() if value is not None}
        self._deliveries.put(event_id, kind, at, data=told, now=now)

    def look_again(self) -> None:
        """Endpoints were changed: what is known of them is old."""
        self._known = None

    def forget_ended(self, now: datetime) -> int:
        """Delete what happened more than WEBHOOK_KEEP_DAYS ago, told or not."""
        return in_batches(lambda most: self._deliveries.ended(now - self._kept, most))

    def _wanted(self, now: datetime) -> frozenset[str]:
        known = self._known
        if known is None or not timedelta(0) <= now - known[0] < self._every:
            known = self._known = (now, self._endpoints.kinds())
        return known[1]
