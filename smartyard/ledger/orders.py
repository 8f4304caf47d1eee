"""Orders as those need them who act at the bank: begin one, act for one alone, keep what came.

Every method is a transaction of its own; between two of them the bank or billing may be called.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.guard import Caller
from smartyard.ledger import schedule, states
from smartyard.ledger.models import Payment
from smartyard.ledger.repository import PaymentRepository, PrepareRepository
from smartyard.waiting import WaitingRoom

__all__ = ["OrderService", "Payment"]

R = TypeVar("R")


class OrderService:
    """The rows of orders, for `pay/`."""

    def __init__(
        self,
        payments: PaymentRepository,
        intents: PrepareRepository,
        *,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._payments = payments
        self._intents = intents
        self._settings = settings
        self._clock = clock
        self._waiting = WaitingRoom("an order", settings.sber_calls)

    def claim(self, key: str, seconds: float) -> UUID | None:
        """Be the one who makes the order of this key, for so long; None when somebody is, or an
        order of it may be repeated (see `repeated`)."""
        now = self._clock()
        intent = {
            "key": key,
            "claim": uuid4(),
            "claimed_until": now + timedelta(seconds=seconds),
            "created_at": now,
        }
        repeatable_since = now - timedelta(seconds=self._settings.pay_repeat)
        with transaction():
            return self._intents.claim(intent, now, repeatable_since)

    def repeated(self, key: str) -> str | None:
        """The order number that was given for this key; None while it is being made."""
        with transaction():
            intent = self._intents.find(key)
            if intent is None or intent.payment_id is None:
                return None
            return self._payments.get(intent.payment_id).order_number

    def begin(  # pylint: disable=too-many-arguments  # an order has so many parts
        self,
        key: str,
        claim: UUID,
        *,
        order_number: str,
        caller: Caller,
        contract_id: str,
        amount_kopecks: int,
    ) -> bool:
        """The new order; False when the number is another order's already. Raises
        DependencyUnavailable when we took so long that another request makes the order."""
        now = self._clock()
        payment = Payment(
            order_number=order_number,
            contract_id=contract_id,
            phone=caller.phone,
            session_id=caller.session_id,
            amount_kopecks=amount_kopecks,
            currency=self._settings.sber_currency,
            state=states.NEW,
            cause="prepared",
            created_at=now,
            updated_at=now,
            # Asked about from the start: the 2022 apps register at the bank themselves.
            ask_at=schedule.next_ask(states.NEW, now, 0, now, self._settings),
        )
        try:
            with transaction():
                self._payments.add(payment)
                self._settle(key, claim, payment.id)
            return True
        except IntegrityError:
            return False

    def settle(self, key: str, claim: UUID, payment_id: int) -> None:
        """The order of this key is one that exists."""
        with transaction():
            self._settle(key, claim, payment_id)

    def _settle(self, key: str, claim: UUID, payment_id: int) -> None:
        if not self._intents.settle(key, claim, payment_id):
            raise DependencyUnavailable(cause="another request makes this order by now")

    def give_up(self, key: str, claim: UUID) -> None:
        """It came to nothing: whoever is next need not wait."""
        with transaction():
            self._intents.give_up(key, claim, self._clock())

    def forget_ended(self, now: datetime) -> None:
        """Delete intents that nothing can repeat any more."""
        with transaction():
            self._intents.forget_ended(now - timedelta(seconds=self._settings.pay_repeat))

    def find(self, order_number: str) -> Payment | None:
        with transaction():
            return self._payments.find(order_number)

    def newest_with_form(self) -> tuple[str, str] | None:
        """The bank's id and payment page of some order, to make another's page from."""
        with transaction():
            found = self._payments.newest_with_form()
        if found is None or not found.bank_order_id or not found.form_url:
            return None
        return found.bank_order_id, found.form_url

    def alone(self, payment_id: int, seconds: float, act: Callable[[Payment], R]) -> R:
        """Act at the bank for an order while nobody else does; a few others wait, `seconds` at
        most, and the next are turned away. Killed meanwhile, the place is free after twice that.
        """
        until = self._take_turn(payment_id, seconds)
        try:
            with transaction():
                current = self._payments.get(payment_id)
            return act(current)
        finally:
            with transaction():
                payment = self._payments.lock(payment_id)
                if payment.busy_until == until:  # else our time was over, and it is another's
                    payment.busy_until = None

    def keep_registered(self, payment_id: int, bank_order_id: str, form_url: str | None) -> None:
        """What the bank gave. It is asked about the order soon after. Raises
        DependencyUnavailable when the bank's id is another order's."""
        try:
            with transaction():
                self._keep_registered(payment_id, bank_order_id, form_url)
        except IntegrityError:
            raise DependencyUnavailable(cause="the bank gave another order's id") from None

    def _keep_registered(self, payment_id: int, bank_order_id: str, form_url: str | None) -> None:
        now = self._clock()
        payment = self._payments.lock(payment_id)
        payment.bank_order_id = bank_order_id
        payment.form_url = form_url or payment.form_url
        payment.registered_at = now
        payment.asks = 0
        payment.ask_at = now + timedelta(seconds=self._settings.pay_ask_first)
        if states.may_follow(payment.state, states.REGISTERED):
            payment.state, payment.cause = states.REGISTERED, "registered at the bank"
            payment.updated_at = now

    def _take_turn(self, payment_id: int, seconds: float) -> datetime:
        lease = timedelta(seconds=2 * seconds + 5)
        until = self._take(payment_id, lease)
        if until is not None:
            return until
        give_up = time.monotonic() + seconds + 2
        with self._waiting.place():
            while time.monotonic() < give_up:
                time.sleep(0.1)
                until = self._take(payment_id, lease)
                if until is not None:
                    return until
        raise DependencyUnavailable(cause="another request acts for this order")

    def _take(self, payment_id: int, lease: timedelta) -> datetime | None:
        now = self._clock()
        with transaction():
            taken = self._payments.take_busy(payment_id, now, now + lease)
        return now + lease if taken else None
