"""The ledger's tables. A trigger keeps every change of a payment's state with its cause, and
refuses one that the machine of states does not know (migration 0005)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base
from smartyard.ledger.states import STATES

_STATES = ", ".join(f"'{state}'" for state in STATES)


class Payment(Base):
    """One order at the bank. `cause` says why the state was last changed.

    `registered_at`: we last opened it at the bank. `busy_until`: somebody does so just now.
    `asked_at`: the bank last said something of it; `ask_at`: it is asked next.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_kopecks > 0", name="amount_positive"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint(
            "refunded_kopecks BETWEEN 0 AND amount_kopecks", name="refunded_within_amount"
        ),
        Index("ix_payments_ask_at", "ask_at", postgresql_where=text("ask_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    order_number: Mapped[str] = mapped_column(unique=True)
    bank_order_id: Mapped[str | None] = mapped_column(unique=True)
    form_url: Mapped[str | None]
    contract_id: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str] = mapped_column(index=True)
    session_id: Mapped[UUID | None]
    amount_kopecks: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]
    cause: Mapped[str]
    refunded_kopecks: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]
    registered_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    ask_at: Mapped[datetime | None]
    asks: Mapped[int] = mapped_column(default=0)


class PaymentEvent(Base):
    """A change of state, or something else worth knowing (then both states are the same)."""

    __tablename__ = "payment_events"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    at: Mapped[datetime]
    before: Mapped[str | None]
    after: Mapped[str]
    cause: Mapped[str]


class PrepareIntent(Base):
    """The same session asks for the same contract and sum: the same order, within a window.

    `payment_id` is empty while whoever was first asks billing for the invoice's number.
    """

    __tablename__ = "prepare_intents"

    key: Mapped[str] = mapped_column(primary_key=True)
    claim: Mapped[UUID]
    claimed_until: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), index=True)


class _Delivery:
    """Something that billing must be told until it says 200. `held_at`: since then it waits for an
    operator's word, for it may be that another billing knows it."""

    created_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    next_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    held_at: Mapped[datetime | None]


class Credit(_Delivery, Base):
    """This payment is credited. The unique key is what makes it once, whoever hears of it.
    `billing` (`http`, `local`) is who has it, or was asked to take it."""

    __tablename__ = "credits"
    __table_args__ = (
        UniqueConstraint("payment_id"),
        CheckConstraint("billing IN ('http', 'local')", name="billing"),
        Index("ix_credits_next_at", "next_at", postgresql_where=text("told_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    billing: Mapped[str | None]


class Cancellation(_Delivery, Base):
    """So much of a credited payment went back, `refunded_total_kopecks` in all so far."""

    __tablename__ = "cancellations"
    __table_args__ = (
        UniqueConstraint("payment_id", "refunded_total_kopecks"),
        CheckConstraint("amount_kopecks > 0", name="amount_positive"),
        CheckConstraint("kind IN ('refund', 'reverse')", name="kind"),
        Index("ix_cancellations_next_at", "next_at", postgresql_where=text("told_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    refunded_total_kopecks: Mapped[int]
    amount_kopecks: Mapped[int]
    kind: Mapped[str]


class Refund(Base):
    """An operator's order to give money back: the intent, and what the bank answered."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_kopecks > 0", name="amount_positive"),
        # Two operators at once: one refund at a time waits for the bank's answer.
        Index(
            "uq_refunds_one_without_answer",
            "payment_id",
            unique=True,
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the bank's externalRefundId
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    amount_kopecks: Mapped[int]
    refunded_before_kopecks: Mapped[int]  # so that a lost answer shows in the bank's new total
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]
