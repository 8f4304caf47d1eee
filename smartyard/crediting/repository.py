"""What billing is yet to be told, and refunds that operators ordered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select, true, update
from sqlalchemy.orm import aliased

from smartyard.db import db, ids_once
from smartyard.ledger.models import Cancellation, Credit, Refund

D = TypeVar("D", Credit, Cancellation)


@dataclass(frozen=True)
class Delivery:
    """A credit, or (with an amount) a cancellation, leased to be told."""

    id: int
    payment_id: int
    created_at: datetime
    attempts: int
    amount_kopecks: int | None = None
    total_kopecks: int = 0
    kind: str = ""


class DeliveryRepository:
    """Credits and cancellations, as a queue: taken by a lease, done when told."""

    def __init__(self, billing: str) -> None:
        """`billing` is whom we tell now: `http` or `local`."""
        self._billing = billing

    def take_credits(
        self, now: datetime, lease: datetime, most: int, payment_id: int | None = None
    ) -> list[Delivery]:
        due = (
            select(Credit.id)
            .where(
                Credit.told_at.is_(None),
                Credit.next_at <= now,
                ~self._waits(Credit),
                _of(Credit, payment_id),
            )
            .order_by(Credit.next_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        rows = self._lease(Credit, due, lease)
        return [_credit(row) for row in rows]

    def take_cancellations(
        self, now: datetime, lease: datetime, most: int, payment_id: int | None = None
    ) -> list[Delivery]:
        """Only behind the payment's credit, and each behind the one before it."""
        earlier = aliased(Cancellation)
        due = (
            select(Cancellation.id)
            .where(
                Cancellation.told_at.is_(None),
                Cancellation.next_at <= now,
                _of(Cancellation, payment_id),
                exists().where(
                    Credit.payment_id == Cancellation.payment_id,
                    Credit.told_at.is_not(None),
                    ~self._waits(Cancellation),
                ),
                ~exists().where(
                    earlier.payment_id == Cancellation.payment_id,
                    earlier.refunded_total_kopecks < Cancellation.refunded_total_kopecks,
                    earlier.told_at.is_(None),
                ),
            )
            .order_by(Cancellation.next_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        return [_cancellation(row) for row in self._lease(Cancellation, due, lease)]

    def _lease(self, model: type[D], due: Any, lease: datetime) -> Sequence[D]:
        taken = db.session.execute(
            update(model)
            .where(model.id.in_(ids_once(due)))
            .values(next_at=lease, attempts=model.attempts + 1)
            .returning(model)
            .execution_options(populate_existing=True)
        )
        return taken.scalars().all()

    def told(self, row: Delivery, now: datetime) -> None:
        model = _model(row)
        db.session.execute(
            update(model).where(model.id == row.id).values(told_at=now, last_error=None)
        )

    def failed(self, row: Delivery, error: str, next_at: datetime) -> None:
        model = _model(row)
        db.session.execute(
            update(model)
            .where(model.id == row.id, model.told_at.is_(None))
            .values(last_error=error[:200], next_at=next_at)
        )

    def credited_by(self, payment_id: int) -> str | None:
        """Which billing has the credit, or was asked to take it; None while none was."""
        return db.session.scalar(select(Credit.billing).where(Credit.payment_id == payment_id))

    def ask_of(self, payment_id: int, billing: str) -> None:
        """From now on this billing may have the credit."""
        db.session.execute(
            update(Credit)
            .where(Credit.payment_id == payment_id, Credit.told_at.is_(None))
            .values(billing=billing)
        )

    def hold(self, row: Delivery, now: datetime) -> bool:
        """Nobody is told of it until an operator says what is true. False where it waits already,
        or is told."""
        model = _model(row)
        held = db.session.execute(
            update(model)
            .where(model.id == row.id, model.told_at.is_(None), model.held_at.is_(None))
            .values(held_at=now)
            .returning(model.id)
        )
        return held.scalar_one_or_none() is not None

    def held(self, payment_id: int) -> Delivery | None:
        """What of a payment waits for an operator's word, the earliest of it."""
        credit = db.session.scalar(
            select(Credit).where(
                Credit.payment_id == payment_id, Credit.told_at.is_(None), self._waits(Credit)
            )
        )
        if credit is not None:
            return _credit(credit)
        back = db.session.scalar(
            select(Cancellation)
            .join(Credit, Credit.payment_id == Cancellation.payment_id)
            .where(
                Cancellation.payment_id == payment_id,
                Cancellation.told_at.is_(None),
                self._waits(Cancellation),
            )
            .order_by(Cancellation.refunded_total_kopecks)
            .limit(1)
        )
        return None if back is None else _cancellation(back)

    def _waits(self, model: type[Credit] | type[Cancellation]) -> ColumnElement[bool]:
        """Held, and the billing that may know it is not the one of now; beside the credit's row."""
        return model.held_at.is_not(None) & Credit.billing.is_distinct_from(self._billing)

    def retry_now(self, payment_id: int, now: datetime) -> None:
        for model in (Credit, Cancellation):
            db.session.execute(
                update(model)
                .where(model.payment_id == payment_id, model.told_at.is_(None))
                .values(next_at=now)
            )

    def waiting(self) -> int:
        """How many credits billing has not been told yet."""
        return (
            db.session.scalar(
                select(func.count()).select_from(Credit).where(Credit.told_at.is_(None))
            )
            or 0
        )


def _model(row: Delivery) -> type[Credit] | type[Cancellation]:
    return Credit if row.amount_kopecks is None else Cancellation


def _credit(row: Credit) -> Delivery:
    return Delivery(row.id, row.payment_id, row.created_at, row.attempts)


def _cancellation(row: Cancellation) -> Delivery:
    return Delivery(
        row.id,
        row.payment_id,
        row.created_at,
        row.attempts,
        row.amount_kopecks,
        row.refunded_total_kopecks,
        row.kind,
    )


def _of(model: type[Credit] | type[Cancellation], payment_id: int | None) -> ColumnElement[bool]:
    return true() if payment_id is None else model.payment_id == payment_id


@dataclass(frozen=True)
class PendingRefund:
    """An operator's refund without an answer. `refunded_before`: the bank's total at its start."""

    id: UUID
    amount_kopecks: int
    refunded_before: int


class RefundRepository:
    def add(
        self, refund_id: UUID, payment_id: int, amount: int, refunded_before: int, now: datetime
    ) -> None:
        db.session.add(
            Refund(
                id=refund_id,
                payment_id=payment_id,
                amount_kopecks=amount,
                refunded_before_kopecks=refunded_before,
                created_at=now,
            )
        )
        db.session.flush()

    def answered(self, refund_id: UUID, answer: str, now: datetime) -> None:
        db.session.execute(
            update(Refund)
            .where(Refund.id == refund_id)
            .values(answer=answer[:200], answered_at=now)
        )

    def unseen(self, payment_id: int, refunded_kopecks: int) -> bool:
        """One that the bank took, and that its total does not show yet."""
        shown = Refund.refunded_before_kopecks + Refund.amount_kopecks <= refunded_kopecks
        taken = exists().where(Refund.payment_id == payment_id, Refund.answer == "done", ~shown)
        return bool(db.session.scalar(select(taken)))

    def unanswered(self, payment_id: int) -> list[PendingRefund]:
        rows = db.session.scalars(
            select(Refund)
            .where(Refund.payment_id == payment_id, Refund.answered_at.is_(None))
            .order_by(Refund.created_at)
        )
        return [
            PendingRefund(row.id, row.amount_kopecks, row.refunded_before_kopecks) for row in rows
        ]
