"""What was pushed to which device, and the calls that are about to be."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class MessagePush(Base):
    """A message at one device, once. Taken by a lease, over when `outcome` is there."""

    __tablename__ = "message_pushes"
    __table_args__ = (CheckConstraint("outcome IN ('sent', 'refused', 'gone')", name="outcome"),)

    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    leased_until: Mapped[datetime]
    outcome: Mapped[str | None]
    outcome_at: Mapped[datetime | None]


class Ring(Base):
    """A call that a device is to be rung for. Whoever takes it deletes it: it is tried once, and
    what it holds (a password of SIP) is kept for no longer than that."""

    __tablename__ = "rings"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    call: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)
