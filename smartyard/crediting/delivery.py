"""Telling billing: credits, and what went back of them. Again and again until it says 200.

The intent is a row; the call is made with no transaction open and always with the same order; the
outcome is written after it. Killed between any two of these, the lease ends and the next turn
tells billing again, which knows the order. Where billing is tables of our own, the credit and its
outcome are one transaction.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta

from smartyard.config import Settings
from smartyard.crediting.repository import Delivery, DeliveryRepository
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.billing_money import CancellationNotice, Confirmation
from smartyard.gateways.billing_promise import Accounting
from smartyard.ledger import schedule
from smartyard.ledger.service import LedgerService, Payment
from smartyard.phones import Phone

__all__ = ["Delivery", "DeliveryService"]

log = logging.getLogger(__name__)

ALARM_AFTER = timedelta(hours=1)


class DeliveryService:
    """Delivers credits and cancellations to billing."""

    def __init__(
        self,
        ledger: LedgerService,
        deliveries: DeliveryRepository,
        *,
        billing: Accounting,
        settings: Settings,
        clock: Callable[[], datetime],
        on_credit: Callable[[Phone], None],
    ) -> None:
        """`on_credit` is called after a credit or a cancellation, in its transaction: balances
        and services of this phone are not what they were."""
        self._ledger = ledger
        self._deliveries = deliveries
        self._billing = billing
        self._settings = settings
        self._clock = clock
        self._on_credit = on_credit

    def due(self, most: int = 50, payment_id: int | None = None) -> Sequence[Delivery]:
        """What billing is to be told now, leased to the caller; credits first. Of one payment,
        where it is named."""
        now = self._clock()
        lease = now + timedelta(seconds=self._settings.pay_lease)
        with transaction():
            rows = self._deliveries.take_credits(now, lease, most, payment_id)
            cancellations = self._deliveries.take_cancellations(now, lease, most, payment_id)
            return [*rows, *cancellations]

    def deliver(self, row: Delivery) -> bool:
        """Tell billing once, and keep what it said. False when it is to be told again."""
        payment = self._ledger.payment(row.payment_id)
        try:
            with transaction() if self._billing.is_ours else nullcontext():
                self._tell(payment, row)
                self._keep(payment, row)
        except DependencyUnavailable as failed:
            self._failed(payment, row, failed)
            return False
        return True

    def _keep(self, payment: Payment, row: Delivery) -> None:
        """Billing has heard of it."""
        with transaction():
            self._ledger.hold(payment.id)
            self._deliveries.told(row, self._clock())
            if row.amount_kopecks is None:
                self._ledger.credited(payment.id)
            else:
                self._ledger.taken_back(payment.id, row.amount_kopecks, row.total_kopecks, row.kind)
            self._on_credit(Phone(payment.phone))

    def retry(self, payment_id: int) -> None:
        """Have billing told at the next turn, whatever the back-off says."""
        with transaction():
            self._deliveries.retry_now(payment_id, self._clock())

    def _tell(self, payment: Payment, row: Delivery) -> None:
        if self._billing.hears_from_the_bank():
            return
        if row.amount_kopecks is None:
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
        if not self._billing.takes_back():
            log.error(
                "order %s: %d kopecks went back, and this billing cannot be told: correct it there",
                payment.order_number,
                row.amount_kopecks,
            )
            return
        self._billing.cancel(
            CancellationNotice(
                order=payment.order_number,
                amount_kopecks=row.amount_kopecks,
                refunded_total_kopecks=row.total_kopecks,
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
