"""What was asked of a door, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class DoorOpening(Base):
    """The newest opening of a door by a session: its intent before the pulse (`asked`), and then
    its outcome. The row decides which of several equal requests asks the panel."""

    __tablename__ = "door_openings"
    __table_args__ = (
        CheckConstraint(
            "state IN ('asked', 'opened', 'refused', 'unreachable', 'unknown')", name="state"
        ),
        CheckConstraint("(state = 'asked') = (finished_at IS NULL)", name="finished"),
        Index("ix_door_openings_asked_at", "asked_at"),
    )

    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    )
    domophone_id: Mapped[int] = mapped_column(primary_key=True)
    door_id: Mapped[int] = mapped_column(primary_key=True)
    attempt: Mapped[UUID]
    flat_id: Mapped[int]
    house_id: Mapped[int]
    phone: Mapped[str]
    state: Mapped[str]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
