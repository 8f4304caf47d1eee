"""Rows of the ledger. Nothing here commits, decides, or calls out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from smartyard.db import db
from smartyard.ledger.models import (
    Cancellation,
    Credit,
    Payment,
    PaymentEvent,
    PrepareIntent,
    Refund,
)

D = TypeVar("D", Credit, Cancellation)


class PaymentRepository:
    def add(self, payment: Payment) -> None:
        """Raises IntegrityError when the order number is taken."""
        db.session.add(payment)
        db.session.flush()

    def find(self, order_number: str) -> Payment | None:
        return db.session.scalar(
            select(Payment)
            .where(Payment.order_number == order_number)
            .execution_options(populate_existing=True)
        )

    def get(self, payment_id: int) -> Payment:
        return db.session.get_one(Payment, payment_id, populate_existing=True)

    def lock(self, payment_id: int) -> Payment:
        """The payment, for this transaction alone."""
        return db.session.scalars(
            select(Payment)
            .where(Payment.id == payment_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()

    def with_bank_id(self, bank_order_id: str) -> Payment | None:
        return db.session.scalar(select(Payment).where(Payment.bank_order_id == bank_order_id))

    def newest_with_form(self) -> Payment | None:
        """A payment of which the bank's page is known."""
        return db.session.scalar(
            select(Payment)
            .where(Payment.form_url.is_not(None), Payment.bank_order_id.is_not(None))
            .order_by(Payment.id.desc())
            .limit(1)
        )

    def take_busy(self, payment_id: int, now: datetime, until: datetime) -> bool:
        """Exactly one caller at a time acts at the bank for a payment."""
        taken = db.session.execute(
            update(Payment)
            .where(
                Payment.id == payment_id,
                or_(Payment.busy_until.is_(None), Payment.busy_until < now),
            )
            .values(busy_until=until)
            .returning(Payment.id)
        )
        return taken.scalar_one_or_none() is not None

    def take_due(self, now: datetime, lease_until: datetime, most: int) -> Sequence[int]:
        """The payments about which the bank is to be asked now; nobody else gets them before the
        lease is over."""
        due = (
            select(Payment.id)
            .where(Payment.ask_at <= now)
            .order_by(Payment.ask_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        taken = db.session.execute(
            update(Payment)
            .where(Payment.id.in_(due))
            .values(ask_at=lease_until)
            .returning(Payment.id)
        )
        return taken.scalars().all()

    def ask_now(self, order_number: str, now: datetime) -> bool:
        """Have the bank asked about this order at the next turn; False when we have none such."""
        moved = db.session.execute(
            update(Payment)
            .where(Payment.order_number == order_number)
            .values(ask_at=now)
            .returning(Payment.id)
        )
        return moved.scalar_one_or_none() is not None

    def note(self, payment: Payment, at: datetime, cause: str) -> None:
        """Something worth knowing that changes no state."""
        db.session.add(
            PaymentEvent(
                payment_id=payment.id, at=at, before=payment.state, after=payment.state, cause=cause
            )
        )

    def events(self, payment_id: int) -> Sequence[PaymentEvent]:
        return db.session.scalars(
            select(PaymentEvent)
            .where(PaymentEvent.payment_id == payment_id)
            .order_by(PaymentEvent.id)
        ).all()

    def listed(
        self, *, state: str | None, contract: str | None, phone: str | None, most: int
    ) -> Sequence[Payment]:
        query = select(Payment).order_by(Payment.id.desc()).limit(most)
        if state:
            query = query.where(Payment.state == state)
        if contract:
            query = query.where(Payment.contract_id == contract)
        if phone:
            query = query.where(Payment.phone == phone)
        return db.session.scalars(query).all()

    def between(self, begin: datetime, end: datetime) -> Sequence[Payment]:
        """Those that were begun, or credited, within a span."""
        credited = exists().where(
            Credit.payment_id == Payment.id, Credit.created_at >= begin, Credit.created_at < end
        )
        begun = (Payment.created_at >= begin) & (Payment.created_at < end)
        return db.session.scalars(
            select(Payment).where(or_(begun, credited)).order_by(Payment.id)
        ).all()


class PrepareRepository:
    def claim(
        self, intent: dict[str, Any], now: datetime, repeatable_since: datetime
    ) -> UUID | None:
        """Be the first for this key; None when somebody is, or an order of it may be repeated."""
        dead = PrepareIntent.payment_id.is_(None) & (PrepareIntent.claimed_until < now)
        used = exists().where(
            Payment.id == PrepareIntent.payment_id,
            or_(Payment.state != "new", Payment.created_at <= repeatable_since),
        )
        placed = db.session.execute(
            insert(PrepareIntent)
            .values(**intent)
            .on_conflict_do_update(
                index_elements=["key"],
                set_={**intent, "payment_id": None},
                where=or_(dead, used),
            )
            .returning(PrepareIntent.claim)
        )
        return placed.scalar_one_or_none()

    def find(self, key: str) -> PrepareIntent | None:
        return db.session.get(PrepareIntent, key, populate_existing=True)

    def settle(self, key: str, claim: UUID, payment_id: int) -> None:
        db.session.execute(
            update(PrepareIntent)
            .where(PrepareIntent.key == key, PrepareIntent.claim == claim)
            .values(payment_id=payment_id)
        )

    def give_up(self, key: str, claim: UUID, now: datetime) -> None:
        """The claim ends now, so that the next request need not wait for it."""
        db.session.execute(
            update(PrepareIntent)
            .where(PrepareIntent.key == key, PrepareIntent.claim == claim)
            .values(claimed_until=now)
        )

    def forget_ended(self, before: datetime) -> None:
        db.session.execute(
            PrepareIntent.__table__.delete().where(  # type: ignore[attr-defined]
                PrepareIntent.created_at < before
            )
        )


class DeliveryRepository:
    """Credits and cancellations: rows that billing must be told."""

    def credit(self, payment_id: int, now: datetime) -> bool:
        """True for whoever is first; the unique key decides."""
        placed = db.session.execute(
            insert(Credit)
            .values(payment_id=payment_id, created_at=now, next_at=now)
            .on_conflict_do_nothing()
            .returning(Credit.id)
        )
        return placed.scalar_one_or_none() is not None

    def credit_of(self, payment_id: int) -> Credit | None:
        return db.session.scalars(
            select(Credit)
            .where(Credit.payment_id == payment_id)
            .order_by(Credit.id)
            .limit(1)
            .execution_options(populate_existing=True)
        ).one_or_none()

    def cancel(self, payment_id: int, total: int, amount: int, kind: str, now: datetime) -> None:
        db.session.execute(
            insert(Cancellation)
            .values(
                payment_id=payment_id,
                refunded_total_kopecks=total,
                amount_kopecks=amount,
                kind=kind,
                created_at=now,
                next_at=now,
            )
            .on_conflict_do_nothing()
        )

    def cancellations_of(self, payment_id: int) -> Sequence[Cancellation]:
        return db.session.scalars(
            select(Cancellation)
            .where(Cancellation.payment_id == payment_id)
            .order_by(Cancellation.refunded_total_kopecks)
        ).all()

    def take_credits(self, now: datetime, lease: datetime, most: int) -> Sequence[Credit]:
        due = (
            select(Credit.id)
            .where(Credit.told_at.is_(None), Credit.next_at <= now)
            .order_by(Credit.next_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        return self._lease(Credit, due, lease)

    def take_cancellations(
        self, now: datetime, lease: datetime, most: int
    ) -> Sequence[Cancellation]:
        """Only behind the payment's credit, and each behind the one before it."""
        earlier = aliased(Cancellation)
        due = (
            select(Cancellation.id)
            .where(
                Cancellation.told_at.is_(None),
                Cancellation.next_at <= now,
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
        return self._lease(Cancellation, due, lease)

    def _lease(self, model: type[D], due: Any, lease: datetime) -> Sequence[D]:
        taken = db.session.execute(
            update(model)
            .where(model.id.in_(due))
            .values(next_at=lease, attempts=model.attempts + 1)
            .returning(model)
            .execution_options(populate_existing=True)
        )
        return taken.scalars().all()

    def told(self, row: Credit | Cancellation, now: datetime) -> None:
        model = type(row)
        db.session.execute(
            update(model).where(model.id == row.id).values(told_at=now, last_error=None)
        )

    def failed(self, row: Credit | Cancellation, error: str, next_at: datetime) -> None:
        model = type(row)
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


class RefundRepository:
    def add(self, refund: Refund) -> None:
        db.session.add(refund)
        db.session.flush()

    def answered(self, refund_id: UUID, answer: str, now: datetime) -> None:
        db.session.execute(
            update(Refund)
            .where(Refund.id == refund_id)
            .values(answer=answer[:200], answered_at=now)
        )

    def unanswered(self, payment_id: int) -> Sequence[Refund]:
        """Refunds whose outcome nobody knows: the bank was asked, or we were killed before."""
        return db.session.scalars(
            select(Refund).where(Refund.payment_id == payment_id, Refund.answered_at.is_(None))
        ).all()
