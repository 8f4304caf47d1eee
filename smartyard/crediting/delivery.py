"""Telling billing: credits, and what went back of them. Again and again until it says 200.

The intent is a row; the call is made with no transaction open and always with the same order; the
outcome is written after it. Killed between any two of these, the lease ends and the next turn
tells billing again, which knows the order. Where billing is tables of our own, the credit and its
outcome are one transaction.

Which billing was asked is written before it is asked. When the provider changes billings, nobody
knows whether the former one took what it never answered, nor does the new one know of a credit that
it never had: that is held, told nobody, until an operator says what is true (`settle`).
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
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
        if self._is_anothers(payment, row):
            return True
        try:
            with self._one():
                self._tell(payment, row)
                self._keep(payment, row)
        except DependencyUnavailable as failed:
            self._failed(payment, row, failed)
            return False
        return True

    def held(self, payment_id: int) -> Delivery | None:
        """What of a payment waits for an operator's word, the earliest of it."""
        with transaction():
            return self._deliveries.held(payment_id)

    def settle(self, payment_id: int, *, here: bool, actor: str) -> bool:
        """An operator's word on what is held: `here`, this billing is told now, and has the credit;
        else it is done already, by the former billing or by hand. False where nothing is held.

        Raises DependencyUnavailable where this billing does not take it: then it is held still.
        """
        with self._one():
            if (row := self._held(payment_id)) is None:
                return False
            payment = self._ledger.payment(payment_id)
            if here:
                self._tell(payment, row, adopted=payment.contract_id)
            with transaction():
                if self._held(payment_id) != row:
                    return False
                if here and row.amount_kopecks is None:
                    self._deliveries.ask_of(payment_id, self._settings.billing)
                words = "this billing is told" if here else "it is done already"
                self._ledger.note(payment_id, f"{actor} says of what was held: {words}")
                self._keep(payment, row)
        return True

    def _held(self, payment_id: int) -> Delivery | None:
        """With the payment for the caller's transaction alone."""
        with transaction():
            self._ledger.hold(payment_id)
            return self._deliveries.held(payment_id)

    def _one(self) -> AbstractContextManager[object]:
        """The transaction of telling our own billing; another's is told with none open."""
        return transaction() if self._billing.is_ours else nullcontext()

    def _is_anothers(self, payment: Payment, row: Delivery) -> bool:
        """Whether another billing has the credit, or may have it. Our own took it in the
        transaction that says so, and so has none of those that are yet to be told."""
        is_credit = row.amount_kopecks is None
        with transaction():
            billing = self._deliveries.credited_by(payment.id)
            if billing in (None, self._settings.billing) or (is_credit and billing == "local"):
                if is_credit and billing != self._settings.billing:
                    self._deliveries.ask_of(payment.id, self._settings.billing)
                return False
            self._ledger.hold(payment.id)
            if self._deliveries.hold(row, self._clock()):
                what = "its credit" if is_credit else f"{row.amount_kopecks} kopecks that went back"
                self._ledger.note(payment.id, f"held: the former billing may know of {what}")
                log.error(
                    "order %s is held, for the billing was changed: say what became of %s"
                    " (payments settle)",
                    payment.order_number,
                    what,
                )
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

    def _tell(self, payment: Payment, row: Delivery, adopted: str = "") -> None:
        """`adopted`: the contract whose balance has the credit, where a former billing took it."""
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
                contract_id=adopted,
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
