"""A mailing, and how far it has come."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Identity
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class Mailing(Base):
    """`reached` is the last phone that was told: people are told in the order of their phones."""

    __tablename__ = "mailings"
    __table_args__ = (
        CheckConstraint("audience IN ('all', 'house', 'flat')", name="audience"),
        CheckConstraint("(audience = 'all') = (place_id IS NULL)", name="place"),
        CheckConstraint("told >= 0 AND expected >= 0", name="counts"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    audience: Mapped[str]
    place_id: Mapped[int | None]
    title: Mapped[str]
    text: Mapped[str]
    about_money: Mapped[bool]
    expected: Mapped[int]  # people at its beginning
    told: Mapped[int] = mapped_column(default=0)
    reached: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
