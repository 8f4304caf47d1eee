"""What was asked of a door, and what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from smartyard.db import Base


class Attempt(Base):
    """The newest opening of a door by whom the key names: its intent before the pulse (`asked`),
    and then its outcome. The row decides which of several equal requests asks the panel."""

    __abstract__ = True

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> Any:
        return (
            CheckConstraint(
                "state IN ('asked', 'opened', 'refused', 'unreachable', 'unknown')", name="state"
            ),
            CheckConstraint("(state = 'asked') = (finished_at IS NULL)", name="finished"),
            Index(f"ix_{cls.__tablename__}_asked_at", "asked_at"),
        )

    domophone_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    door_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt: Mapped[UUID]
    flat_id: Mapped[int]
    house_id: Mapped[int]
    phone: Mapped[str]
    state: Mapped[str]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class DoorOpening(Attempt):
    """From the phone: one row for each session and door."""

    __tablename__ = "door_openings"

    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    )
