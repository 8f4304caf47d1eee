"""Endpoints of the provider's, what happened, and what each endpoint was told of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class WebhookEndpoint(Base):
    """`secret` is sealed; so is `old_secret`, which signs beside it until `old_until`.

    `next_at`: nothing is sent before it. It is a lease while somebody sends, and a pause after a
    failure. `failures`: turns in a row that ended with one, since `failing_since`.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]{0,49}$'", name="name"),
        CheckConstraint("cardinality(kinds) > 0", name="kinds"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret: Mapped[bytes]
    old_secret: Mapped[bytes | None]
    old_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    next_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]


class WebhookEvent(Base):
    """What happened at `at`; `told_at` is when we wrote it down. The id is that of the message."""

    __tablename__ = "webhook_events"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    told_at: Mapped[datetime] = mapped_column(index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)


class WebhookDelivery(Base):
    """One event for one endpoint. `answer`: the last status, or why there was none."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state"),
        CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name="done_at"),
        Index(
            "ix_webhook_deliveries_waiting",
            "endpoint_id",
            "next_at",
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    endpoint_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), primary_key=True
    )
    event_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhook_events.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    state: Mapped[str]
    attempts: Mapped[int]
    next_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
