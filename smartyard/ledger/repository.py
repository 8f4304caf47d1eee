"""Rows of the ledger. Nothing here commits, decides, or calls out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db, ids_once
from smartyard.ledger.models import (
    Cancellation,
    Credit,
    Payment,
    PaymentEvent,
    PrepareIntent,
    Refund,
)


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
            .order_by(Payment.state.in_(("paid", "credited")), Payment.ask_at)  # watched: last
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        taken = db.session.execute(
            update(Payment)
            .where(Payment.id.in_(ids_once(due)))
            .values(ask_at=lease_until)
            .returning(Payment.id)
        )
        return taken.scalars().all()

    def ask_now(self, order_number: str, bank_order_id: str, now: datetime) -> bool:
        """Have the bank asked about this order at the next turn; False when we have none such."""
        named = Payment.order_number == order_number
        if bank_order_id:  # without one it would mean every order that has none either
            named = or_(named, Payment.bank_order_id == bank_order_id)
        moved = db.session.execute(
            update(Payment).where(named).values(ask_at=now).returning(Payment.id)
        )
        return bool(moved.scalars().all())

    def note(self, payment: Payment, at: datetime, cause: str) -> None:
        """Something worth knowing that changes no state."""
        db.session.add(
            PaymentEvent(
                payment_id=payment.id, at=at, before=payment.state, after=payment.state, cause=cause
            )
        )
        db.session.flush()  # events of the trigger stand in their order with these

    def events(self, payment_id: int) -> Sequence[PaymentEvent]:
        return db.session.scalars(
            select(PaymentEvent)
            .where(PaymentEvent.payment_id == payment_id)
            .order_by(PaymentEvent.id)
        ).all()

    def listed(
        self, *, state: str | None, contract: str | None, phone: str | None, held: bool, most: int
    ) -> Sequence[Payment]:
        query = select(Payment).order_by(Payment.id.desc()).limit(most)
        if held:
            query = query.where(or_(*(_waits(model) for model in (Credit, Cancellation))))
        if state:
            query = query.where(Payment.state == state)
        if contract:
            query = query.where(Payment.contract_id == contract)
        if phone:
            query = query.where(Payment.phone == phone)
        return db.session.scalars(query).all()

    def between(self, begin: datetime, end: datetime) -> Sequence[Payment]:
        """Those that were begun or credited, or went back, within a span."""
        credited = exists().where(
            Credit.payment_id == Payment.id, Credit.created_at >= begin, Credit.created_at < end
        )
        went_back = exists().where(
            Cancellation.payment_id == Payment.id,
            Cancellation.created_at >= begin,
            Cancellation.created_at < end,
        )
        begun = (Payment.created_at >= begin) & (Payment.created_at < end)
        return db.session.scalars(
            select(Payment).where(or_(begun, credited, went_back)).order_by(Payment.id)
        ).all()


def _waits(model: type[Credit] | type[Cancellation]) -> ColumnElement[bool]:
    """A payment of which something is held for an operator's word."""
    return exists().where(
        model.payment_id == Payment.id, model.held_at.is_not(None), model.told_at.is_(None)
    )


class PrepareRepository:
    def claim(
        self, intent: dict[str, Any], now: datetime, repeatable_since: datetime
    ) -> UUID | None:
        """Be the first for this key; None when somebody is, or an order of it may be repeated."""
        dead = PrepareIntent.payment_id.is_(None) & (PrepareIntent.claimed_until <= now)
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

    def settle(self, key: str, claim: UUID, payment_id: int) -> bool:
        """False when the claim is over, and another's."""
        settled = db.session.execute(
            update(PrepareIntent)
            .where(PrepareIntent.key == key, PrepareIntent.claim == claim)
            .values(payment_id=payment_id)
            .returning(PrepareIntent.key)
        )
        return settled.scalar_one_or_none() is not None

    def give_up(self, key: str, claim: UUID, now: datetime) -> None:
        """The claim ends now, so that the next request need not wait for it."""
        db.session.execute(
            update(PrepareIntent)
            .where(PrepareIntent.key == key, PrepareIntent.claim == claim)
            .values(claimed_until=now)
        )

    def forget_ended(self, before: datetime) -> None:
        db.session.execute(delete(PrepareIntent).where(PrepareIntent.created_at < before))


class CreditRepository:
    """Credits, and what went back of them: each is put here once, and told to billing by
    `crediting/`."""

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

    def awaits_refund(self, payment_id: int, refunded_kopecks: int) -> bool:
        """A refund was ordered, was not refused, and does not show in the bank's total."""
        shown = Refund.refunded_before_kopecks + Refund.amount_kopecks <= refunded_kopecks
        refused = Refund.answer.startswith("refused")
        waiting = exists().where(
            Refund.payment_id == payment_id, ~shown, or_(Refund.answer.is_(None), ~refused)
        )
        return bool(db.session.scalar(select(waiting)))

    def cancellations_of(self, payment_id: int) -> Sequence[Cancellation]:
        return db.session.scalars(
            select(Cancellation)
            .where(Cancellation.payment_id == payment_id)
            .order_by(Cancellation.refunded_total_kopecks)
        ).all()
