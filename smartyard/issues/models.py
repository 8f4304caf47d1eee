"""Tickets, what was said and done about each, and whom outside it was handed on to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base
from smartyard.issues.tickets import DELIVERIES, KINDS, STATES, STEPS, key_of


def _one_of(column: str, words: object) -> str:
    listed = ", ".join(f"'{word}'" for word in list(words))  # type: ignore[call-overload]
    return f"{column} IN ({listed})"


class Ticket(Base):
    """One request of a person. `text` is all that they wrote, as the operator reads it."""

    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint(_one_of("state", STATES), name="state"),
        CheckConstraint(_one_of("delivery", DELIVERIES), name="delivery"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
        Index("ix_tickets_phone_state", "phone", "state"),
        Index("ix_tickets_closed_at", "closed_at"),
    )

    id: Mapped[int] = mapped_column(Identity(start=1001), primary_key=True)
    prefix: Mapped[str]
    phone: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    text: Mapped[str]
    address: Mapped[str | None]
    delivery: Mapped[str | None]
    lat: Mapped[str | None]
    lon: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def key(self) -> str:
        return key_of(self.prefix, self.id)

    def facts(self) -> dict[str, str]:
        """What programs of the operator's are told of it; what is not known is left out."""
        told = {
            "key": self.key,
            "type": self.kind,
            "phone": self.phone,
            "text": self.text,
            "address": self.address,
            "delivery": self.delivery,
            "lat": self.lat,
            "lon": self.lon,
        }
        return {name: value for name, value in told.items() if value is not None}


class TicketStep(Base):
    """Something that was said or done, in order."""

    __tablename__ = "ticket_steps"
    __table_args__ = (CheckConstraint(_one_of("kind", STEPS), name="kind"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    text: Mapped[str]


class TicketRepeat(Base):
    """The same person sends the same words again within a window: nothing more is done."""

    __tablename__ = "ticket_repeats"

    key: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(index=True)


class TicketHanding(Base):
    """A step that goes on by e-mail or webhook, again and again until it was taken."""

    __tablename__ = "ticket_handings"
    __table_args__ = (
        CheckConstraint("channel IN ('mail', 'webhook')", name="channel"),
        Index("ix_ticket_handings_next_at", "next_at", postgresql_where=text("taken_at IS NULL")),
    )

    step_id: Mapped[int] = mapped_column(
        ForeignKey("ticket_steps.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    taken_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
