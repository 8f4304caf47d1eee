"""Clips that people asked for."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base

WAITING, RUNNING, READY, FAILED = range(4)
ABSENT, REFUSED, BROKEN = "absent", "refused", "broken"


class Clip(Base):
    """One span of one camera for one person: the key that makes a second request the same clip.

    `name` is what the file's address cannot be guessed by. `attempts` counts the downloads begun.
    The row and its file end together, at `expires_at`.
    """

    __tablename__ = "clips"
    __table_args__ = (
        UniqueConstraint("person_id", "camera_id", "begins_at", "ends_at"),
        CheckConstraint("state BETWEEN 0 AND 3", name="state"),
        CheckConstraint("begins_at < ends_at", name="span"),
        CheckConstraint("name ~ '^[0-9a-f]{32}$'", name="name"),
        CheckConstraint("(state = 3) = (failure IS NOT NULL)", name="failure_told"),
        CheckConstraint("failure IN ('absent', 'refused', 'broken')", name="failure"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"))
    phone: Mapped[str]
    camera_id: Mapped[int] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"), index=True)
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[int] = mapped_column(default=WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None]
    size_bytes: Mapped[int | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
