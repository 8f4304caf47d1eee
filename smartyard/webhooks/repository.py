"""Rows of endpoints, and of what they are told. Nothing here commits or decides."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Delete,
    Text,
    Uuid,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db, deletion_of
from smartyard.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent

_AWARE = DateTime(timezone=True)

# One statement: written where somebody listens, and a row for each who does. An endpoint that is
# being removed just now is passed by, and nobody waits for it. Who sends does not lock its key.
_PUT = text("""
    WITH listening AS (
        SELECT id FROM webhook_endpoints
        WHERE disabled_at IS NULL AND :kind = ANY (kinds)
        FOR KEY SHARE SKIP LOCKED
    ),
    event AS (
        INSERT INTO webhook_events (id, kind, at, told_at, data)
        SELECT :id, :kind, :at, :now, CAST(:data AS jsonb) WHERE EXISTS (SELECT FROM listening)
        ON CONFLICT DO NOTHING RETURNING id
    )
    INSERT INTO webhook_deliveries (endpoint_id, event_id, state, attempts, next_at, answer)
    SELECT listening.id, event.id, 'waiting', 0, :now, '' FROM listening CROSS JOIN event
    """).bindparams(
    bindparam("id", type_=Uuid),
    bindparam("kind", type_=Text),
    bindparam("at", type_=_AWARE),
    bindparam("now", type_=_AWARE),
)
# A page of what is kept, after the last one; sent to whoever wants its kind now.
_AGAIN = text("""
    WITH page AS (
        SELECT id, kind, told_at FROM webhook_events
        WHERE told_at >= :since AND (told_at, id) > (:last_at, :last_id) AND kind = ANY (:kinds)
        ORDER BY told_at, id LIMIT :most
    ),
    again AS (
        INSERT INTO webhook_deliveries AS known
            (endpoint_id, event_id, state, attempts, next_at, answer)
        SELECT endpoint.id, page.id, 'waiting', 0, :now, ''
        FROM page
        JOIN webhook_endpoints AS endpoint
            ON endpoint.id = ANY (:endpoints) AND page.kind = ANY (endpoint.kinds)
        ORDER BY endpoint.id, page.id
        ON CONFLICT (endpoint_id, event_id) DO UPDATE
            SET state = 'waiting', attempts = 0, next_at = :now, done_at = NULL
            WHERE known.state <> 'delivered' OR NOT :missed
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM again), page.told_at, page.id
    FROM page ORDER BY page.told_at DESC, page.id DESC LIMIT 1
    """).bindparams(
    bindparam("last_id", type_=Uuid),
    bindparam("since", type_=_AWARE),
    bindparam("last_at", type_=_AWARE),
    bindparam("now", type_=_AWARE),
    bindparam("kinds", type_=ARRAY(Text)),
)


@dataclass(frozen=True)
class Due:
    """One message that an endpoint is to be sent, after so many attempts."""

    event_id: UUID
    attempts: int
    kind: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """So many were set to be sent again; the next page begins after this event."""

    count: int
    last_at: datetime
    last_id: UUID


class EndpointRepository:
    def kinds(self) -> frozenset[str]:
        """What anybody wants to be told of."""
        wanted = select(func.unnest(WebhookEndpoint.kinds)).where(
            WebhookEndpoint.disabled_at.is_(None)
        )
        return frozenset(db.session.scalars(wanted))

    def add(self, row: Mapping[str, Any]) -> bool:
        """False where the name is taken."""
        made = db.session.scalar(
            insert(WebhookEndpoint)
            .values(row)
            .on_conflict_do_nothing(index_elements=["name"])
            .returning(WebhookEndpoint.id)
        )
        return made is not None

    def all(self) -> Sequence[WebhookEndpoint]:
        query = select(WebhookEndpoint).order_by(WebhookEndpoint.name)
        return db.session.scalars(query.execution_options(populate_existing=True)).all()

    def find(self, name: str) -> WebhookEndpoint | None:
        query = select(WebhookEndpoint).where(WebhookEndpoint.name == name)
        return db.session.scalar(query.execution_options(populate_existing=True))

    def change(self, endpoint_id: int, **values: Any) -> None:
        changed = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
        db.session.execute(changed.values(values))

    def hasten(self, endpoint_id: int, latest: datetime) -> None:
        """It is left alone until then at most; who has a lease that ends sooner keeps it."""
        self.change(endpoint_id, next_at=func.least(WebhookEndpoint.next_at, latest))

    def remove(self, endpoint_id: int) -> None:
        db.session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id))

    def due(self, now: datetime) -> Sequence[int]:
        """Those that something waits for, and that nobody sends to."""
        waiting = (
            select(WebhookDelivery.event_id)
            .where(
                WebhookDelivery.endpoint_id == WebhookEndpoint.id,
                WebhookDelivery.state == "waiting",
                WebhookDelivery.next_at <= now,
            )
            .exists()
        )
        return db.session.scalars(
            select(WebhookEndpoint.id).where(
                WebhookEndpoint.disabled_at.is_(None), WebhookEndpoint.next_at <= now, waiting
            )
        ).all()

    def lease(self, endpoint_id: int, now: datetime, until: datetime) -> WebhookEndpoint | None:
        """The endpoint, for the caller alone until then. None where another has it, or it rests."""
        return db.session.scalar(
            update(WebhookEndpoint)
            .where(
                WebhookEndpoint.id == endpoint_id,
                WebhookEndpoint.disabled_at.is_(None),
                WebhookEndpoint.next_at <= now,
            )
            .values(next_at=until)
            .returning(WebhookEndpoint)
            .execution_options(populate_existing=True)
        )

    def release(self, endpoint_id: int, lease: datetime, **values: Any) -> None:
        """End a lease that is still ours."""
        db.session.execute(
            update(WebhookEndpoint)
            .where(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.next_at == lease)
            .values(values)
        )


class DeliveryRepository:
    def put(
        self, event_id: UUID, kind: str, at: datetime, *, data: Mapping[str, Any], now: datetime
    ) -> None:
        told = {"id": event_id, "kind": kind, "at": at, "now": now}
        db.session.execute(_PUT, told | {"data": json.dumps(data)})

    def due(self, endpoint_id: int, now: datetime, most: int) -> list[Due]:
        """What is to be sent now; what waits for longest comes first."""
        rows = db.session.execute(
            select(
                WebhookDelivery.event_id,
                WebhookDelivery.attempts,
                WebhookEvent.kind,
                WebhookEvent.at,
                WebhookEvent.data,
            )
            .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
            .where(
                WebhookDelivery.endpoint_id == endpoint_id,
                WebhookDelivery.state == "waiting",
                WebhookDelivery.next_at <= now,
            )
            .order_by(WebhookDelivery.next_at)
            .limit(most)
        )
        return [Due(*row) for row in rows]

    def settle(self, endpoint_id: int, event_id: UUID, **values: Any) -> None:
        """What came of an attempt. One that was delivered meanwhile stays so."""
        db.session.execute(
            update(WebhookDelivery)
            .where(
                WebhookDelivery.endpoint_id == endpoint_id,
                WebhookDelivery.event_id == event_id,
                WebhookDelivery.state == "waiting",
            )
            .values(values)
        )

    def waiting(self) -> dict[int, int]:
        """How many wait for each endpoint."""
        counted = select(WebhookDelivery.endpoint_id, func.count()).where(
            WebhookDelivery.state == "waiting"
        )
        rows = db.session.execute(counted.group_by(WebhookDelivery.endpoint_id))
        return {row[0]: row[1] for row in rows}

    def last_of(
        self, endpoint_id: int, most: int
    ) -> Sequence[tuple[WebhookDelivery, WebhookEvent]]:
        """The newest first."""
        rows = db.session.execute(
            select(WebhookDelivery, WebhookEvent)
            .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
            .where(WebhookDelivery.endpoint_id == endpoint_id)
            .order_by(WebhookEvent.told_at.desc(), WebhookEvent.id)
            .limit(most)
            .execution_options(populate_existing=True)
        )
        return [(row[0], row[1]) for row in rows]

    def send_again(  # pylint: disable=too-many-arguments
        self,
        endpoints: Sequence[int],
        kinds: Collection[str],
        *,
        since: datetime,
        after: Page,
        missed: bool,
        now: datetime,
        most: int,
    ) -> Page | None:
        """Of one page of events; None when there are no more."""
        told = {"endpoints": list(endpoints), "kinds": list(kinds), "since": since, "now": now}
        told |= {"last_at": after.last_at, "last_id": after.last_id, "missed": missed}
        row = db.session.execute(_AGAIN, told | {"most": most}).one_or_none()
        return None if row is None else Page(*row)

    def of_endpoint(self, endpoint_id: int, most: int) -> Delete:
        """A deletion of so many at most."""
        return deletion_of(WebhookDelivery, WebhookDelivery.endpoint_id == endpoint_id, most)

    def ended(self, before: datetime, most: int) -> Delete:
        """A deletion of so many events at most, with what was told of them."""
        return deletion_of(WebhookEvent, WebhookEvent.told_at < before, most)
