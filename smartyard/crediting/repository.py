"""What billing is yet to be told, and refunds that operators ordered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select, true, update
from sqlalchemy.orm import aliased

from smartyard.db import db
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

    def take_credits(
        self, now: datetime, lease: datetime, most: int, payment_id: int | None = None
    ) -> list[Delivery]:
        due = (
            select(Credit.id)
            .where(Credit.told_at.is_(None), Credit.next_at <= now, _of(Credit, payment_id))
            .order_by(Credit.next_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        rows = self._lease(Credit, due, lease)
        return [Delivery(row.id, row.payment_id, row.created_at, row.attempts) for row in rows]

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
                    Credit.payment_id == Cancellation.payment_id, Credit.told_at.is_not(None)
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
        return [
            Delivery(
                row.id,
                row.payment_id,
                row.created_at,
                row.attempts,
                row.amount_kopecks,
                row.refunded_total_kopecks,
                row.kind,
            )
            for row in self._lease(Cancellation, due, lease)
        ]

    def _lease(self, model: type[D], due: Any, lease: datetime) -> Sequence[D]:
        taken = db.session.execute(
            update(model)
            .where(model.id.in_(due))
            .values(next_at=lease, attempts=model.attempts + 1)
            .returning(model)
            .execution_options(populate_existing=True)
        )
        return taken.scalars().all()

    def told(self, row: Delivery, now: datetime) -> None:
        model = Credit if row.amount_kopecks is None else Cancellation
        db.session.execute(
            update(model).where(model.id == row.id).values(told_at=now, last_error=None)
        )

    def failed(self, row: Delivery, error: str, next_at: datetime) -> None:
        model = Credit if row.amount_kopecks is None else Cancellation
        db.session.execute(
            update(model)
            .where(model.id == row.id, model.told_at.is_(None))
            .values(last_error=error[:200], next_at=next_at)
        )

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
