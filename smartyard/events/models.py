"""The table of what happened at the doors, partitioned by month.

The months are no part of the schema: `months` makes them ahead and drops those that have had their
time, and what finds no month of its own lies in `events_default` until it has one.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Computed, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base
from smartyard.events.kinds import KINDS, SHOWN


def _quoted(kinds: tuple[str, ...]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


_SHOWN = (
    f"flat_id IS NOT NULL AND kind IN ({_quoted(SHOWN)})"
    " AND (kind IN ('call_missed', 'call_answered') OR opened IS NOT FALSE)"
)


class Event(Base):
    """`id` begins with the time of `at`, so that it names the month too (`ids`).

    `opened` is None where nobody knows. `place` is the door's name as it was then. `shown`: people
    of the flat see it; a refused opening, an exit button or motion is for the operator. `picture`
    is the name of its file. No foreign keys: what happened stays true when a panel, a camera or a
    door is taken away.
    """

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_quoted(KINDS)})", name="kind"),
        Index(
            "ix_events_flat_id_at",
            "flat_id",
            "at",
            postgresql_include=["kind"],
            postgresql_where=text("shown"),
        ),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str]
    domophone_id: Mapped[int | None]
    door_id: Mapped[int | None]
    house_id: Mapped[int | None]
    flat_id: Mapped[int | None]
    camera_id: Mapped[int | None]
    place: Mapped[str]
    opened: Mapped[bool | None]
    outcome: Mapped[str]
    phone: Mapped[str | None]
    called: Mapped[str | None]
    key: Mapped[str | None]
    code: Mapped[str | None]
    plate: Mapped[str | None]
    face: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    source: Mapped[str | None]
    picture: Mapped[str | None]
    shown: Mapped[bool] = mapped_column(Boolean, Computed(_SHOWN, persisted=True))


class EventMark(Base):
    """A sender's own number of an event, so that one that is sent twice is one. A table of its own,
    since a unique key of `events` would hold within one month, and for one `at`, only."""

    __tablename__ = "event_marks"

    source: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    noted_at: Mapped[datetime] = mapped_column(index=True)


class EventFollow(Base):
    """Who is told when a key of a flat, or its code (`value` is empty), opens a door."""

    __tablename__ = "event_follows"
    __table_args__ = (
        CheckConstraint("kind IN ('key', 'code')", name="kind"),
        CheckConstraint("(kind = 'code') = (value = '')", name="value"),
        Index("ix_event_follows_flat_id_kind_value", "flat_id", "kind", "value"),
    )

    phone: Mapped[str] = mapped_column(primary_key=True)
    flat_id: Mapped[int] = mapped_column(ForeignKey("flats.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")
