"""Reading the ledger: for operators, and for setting it against the bank and billing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartyard.db import transaction
from smartyard.ledger.models import Payment, PaymentEvent
from smartyard.ledger.repository import CreditRepository, PaymentRepository

__all__ = ["BookService", "Page", "Payment"]


@dataclass(frozen=True)
class Page:
    """One order with all that happened to it. `credit_told_at`: billing took the credit then."""

    payment: Payment
    events: Sequence[PaymentEvent]
    credit_begun_at: datetime | None
    credit_told_at: datetime | None
    credit_attempts: int
    last_error: str | None


class BookService:
    """Reads; changes nothing."""

    def __init__(self, payments: PaymentRepository, credits_: CreditRepository) -> None:
        self._payments = payments
        self._credits = credits_

    def find(self, order_number: str) -> Payment | None:
        with transaction():
            return self._payments.find(order_number)

    def page(self, order_number: str) -> Page | None:
        """None for a number that is not ours."""
        with transaction():
            payment = self._payments.find(order_number)
            if payment is None:
                return None
            credit = self._credits.credit_of(payment.id)
            return Page(
                payment,
                self._payments.events(payment.id),
                credit.created_at if credit else None,
                credit.told_at if credit else None,
                credit.attempts if credit else 0,
                credit.last_error if credit else None,
            )

    def listed(
        self,
        *,
        state: str | None = None,
        contract: str | None = None,
        phone: str | None = None,
        held: bool = False,
        most: int = 50,
    ) -> Sequence[Payment]:
        """The newest orders first; with `held` those that wait for an operator's word."""
        with transaction():
            return self._payments.listed(
                state=state, contract=contract, phone=phone, held=held, most=most
            )

    def between(self, begin: datetime, end: datetime) -> Sequence[Payment]:
        """Those that were begun or credited within a span."""
        with transaction():
            return self._payments.between(begin, end)
