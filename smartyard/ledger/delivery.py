"""Telling billing: credits, and what went back of them. Again and again until it says 200.

The intent is a row; the call is made with no transaction open and always with the same order; the
outcome is written after it. Killed between any two of these, the lease ends and the next turn
tells billing again, which knows the order.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.billing_money import BillingMoney, CancellationNotice, Confirmation
from smartyard.ledger import schedule, states
from smartyard.ledger.models import Cancellation, Credit, Payment
from smartyard.ledger.notices import Notices
from smartyard.ledger.repository import DeliveryRepository, PaymentRepository
from smartyard.phones import Phone

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
ALARM_AFTER = timedelta(hours=1)

Delivery = Credit | Cancellation


class DeliveryService:
    """Delivers credits and cancellations to billing."""

    def __init__(
        self,
        payments: PaymentRepository,
        deliveries: DeliveryRepository,
        *,
        billing: BillingMoney,
        notices: Notices,
        settings: Settings,
        clock: Callable[[], datetime],
        on_credit: Callable[[Phone], None],
    ) -> None:
        """`on_credit` is called after a credit or a cancellation, in its transaction: balances
        and services of this phone are not what they were."""
        self._payments = payments
        self._deliveries = deliveries
        self._billing = billing
        self._notices = notices
        self._settings = settings
        self._clock = clock
        self._on_credit = on_credit

    def due(self, most: int = 50) -> Sequence[Delivery]:
        """What billing is to be told now, leased to the caller; credits first."""
        now = self._clock()
        with transaction():
            rows = self._deliveries.take_credits(now, now + LEASE, most)
            cancellations = self._deliveries.take_cancellations(now, now + LEASE, most)
            return [*rows, *cancellations]

    def deliver(self, row: Delivery) -> bool:
        """Tell billing once, and keep what it said. False when it is to be told again."""
        with transaction():
            payment = self._payments.get(row.payment_id)
        try:
            self._tell(payment, row)
        except DependencyUnavailable as failed:
            self._failed(payment, row, failed)
            return False
        with transaction():
            self._told(self._payments.lock(payment.id), row)
        return True

    def _tell(self, payment: Payment, row: Delivery) -> None:
        if self._billing.hears_from_the_bank():
            return
        if isinstance(row, Credit):
            self._billing.confirm(
                Confirmation(
                    order=payment.order_number,
                    contract_id=payment.contract_id,
                    amount_kopecks=payment.amount_kopecks,
                    phone=Phone(payment.phone),
                    bank_order_id=payment.bank_order_id or "",
                    paid_at=row.created_at,
                )
            )
            return
        self._billing.cancel(
            CancellationNotice(
                order=payment.order_number,
                amount_kopecks=row.amount_kopecks,
                refunded_total_kopecks=row.refunded_total_kopecks,
                kind=row.kind,
                at=row.created_at,
            )
        )

    def _failed(self, payment: Payment, row: Delivery, failed: DependencyUnavailable) -> None:
        now = self._clock()
        with transaction():
            again = schedule.next_try(row.attempts, now, self._settings)
            self._deliveries.failed(row, str(failed), again)
        if now - row.created_at >= ALARM_AFTER:
            log.error(
                "ALARM: order %s is not yet in billing after %d attempts: %s",
                payment.order_number,
                row.attempts,
                failed,
            )

    def _told(self, payment: Payment, row: Delivery) -> None:
        now = self._clock()
        self._deliveries.told(row, now)
        phone = Phone(payment.phone)
        if isinstance(row, Credit):
            if payment.state == states.PAID:
                self._move(payment, states.CREDITED, "billing took the credit", now)
                self._notices.paid(phone, payment.contract_id, payment.amount_kopecks)
        elif row.refunded_total_kopecks == payment.amount_kopecks:
            end = states.REVERSED if row.kind == "reverse" else states.REFUNDED
            if payment.state == states.CREDITED:
                self._move(payment, end, "billing took it back", now)
        else:
            self._payments.note(payment, now, f"billing took back {row.amount_kopecks} kopecks")
        self._on_credit(phone)

    def _move(self, payment: Payment, state: str, cause: str, now: datetime) -> None:
        payment.state, payment.cause, payment.updated_at = state, cause, now
        if state in states.ENDS:
            payment.ask_at = None
