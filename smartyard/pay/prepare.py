"""`pay/prepare`: an order number for a contract and a sum, the same one for a repeated request.

iOS sends a POST that got no answer up to four more times. One row a session, contract and sum
decides who asks billing for the invoice's number; the others wait for it with nothing held.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError

from smartyard.cabinet.service import CabinetService
from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable, Malformed, TooOften
from smartyard.gateways.billing import BillingLacks
from smartyard.gateways.billing_money import BillingMoney
from smartyard.guard import Caller
from smartyard.ledger import schedule
from smartyard.ledger.models import Payment
from smartyard.ledger.repository import PaymentRepository, PrepareRepository
from smartyard.ledger.states import NEW
from smartyard.limits import Limit, LimitReached, Limits
from smartyard.money import rubles
from smartyard.pay.orders import new_order_number


class SumOutOfBounds(Malformed):
    """The message names the bounds."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(f"Сумма платежа должна быть от {rubles(least)} до {rubles(most)}")


class TooManyPayments(TooOften):
    message = "Слишком много платежей за короткое время. Попробуйте через час."


class PrepareService:
    """Begins payments."""

    def __init__(
        self,
        payments: PaymentRepository,
        intents: PrepareRepository,
        *,
        cabinet: CabinetService,
        billing: BillingMoney,
        limits: Limits,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._payments = payments
        self._intents = intents
        self._cabinet = cabinet
        self._billing = billing
        self._limits = limits
        self._settings = settings
        self._clock = clock

    def prepare(self, caller: Caller, contract_id: str, amount_kopecks: int) -> str:
        """The order number. Raises SumOutOfBounds, NotYours for a contract of somebody else,
        TooManyPayments, or DependencyUnavailable when billing gives no invoice."""
        least, most = self._settings.pay_min, self._settings.pay_max
        if not least <= amount_kopecks <= most:
            raise SumOutOfBounds(least, most)
        self._cabinet.check_own(caller, contract_id)
        key = f"{caller.session_id}:{contract_id}:{amount_kopecks}"
        give_up = time.monotonic() + self._settings.billing_timeout + 1
        while True:
            claim = self._claim(key)
            if claim is not None:
                return self._begin(caller, contract_id, amount_kopecks, key, claim)
            order = self._order_of(key)
            if order is not None:
                return order
            if time.monotonic() > give_up:
                raise DependencyUnavailable(cause="the request that came first has no answer yet")
            time.sleep(0.05)

    def forget_ended(self, now: datetime) -> None:
        """Delete intents that nothing can repeat any more."""
        with transaction():
            self._intents.forget_ended(now - timedelta(seconds=self._settings.pay_repeat))

    def _claim(self, key: str) -> UUID | None:
        now = self._clock()
        intent = {
            "key": key,
            "claim": uuid4(),
            "claimed_until": now + timedelta(seconds=self._settings.billing_timeout + 2),
            "created_at": now,
        }
        with transaction():
            return self._intents.claim(
                intent, now, now - timedelta(seconds=self._settings.pay_repeat)
            )

    def _order_of(self, key: str) -> str | None:
        with transaction():
            intent = self._intents.find(key)
            if intent is None or intent.payment_id is None:
                return None
            return self._payments.get(intent.payment_id).order_number

    def _begin(
        self, caller: Caller, contract_id: str, amount_kopecks: int, key: str, claim: UUID
    ) -> str:
        try:
            self._count(caller)
            order = self._order_number(caller, contract_id, amount_kopecks)
            with transaction():
                payment = self._new(caller, contract_id, amount_kopecks, order)
                self._payments.add(payment)
                self._intents.settle(key, claim, payment.id)
            return order
        except BaseException as error:
            with transaction():
                self._intents.give_up(key, claim, self._clock())
            if isinstance(error, IntegrityError):
                raise DependencyUnavailable(cause="billing gave an order number twice") from None
            raise

    def _count(self, caller: Caller) -> None:
        limit = Limit(f"pay:{caller.phone}", self._settings.pay_per_phone_hour, 3600)
        try:
            self._limits.take([limit], self._clock())
        except LimitReached as reached:
            raise TooManyPayments(cause=reached.cause) from None

    def _order_number(self, caller: Caller, contract_id: str, amount_kopecks: int) -> str:
        """Billing's invoice where it makes such; a failure of it is no reason to take our own."""
        try:
            return self._billing.create_invoice(contract_id, amount_kopecks, caller.phone)
        except BillingLacks:
            return new_order_number(self._settings.order_prefix)

    def _new(self, caller: Caller, contract_id: str, amount_kopecks: int, order: str) -> Payment:
        now = self._clock()
        return Payment(
            order_number=order,
            contract_id=contract_id,
            phone=caller.phone,
            session_id=caller.session_id,
            amount_kopecks=amount_kopecks,
            currency=self._settings.sber_currency,
            state=NEW,
            cause="prepared",
            created_at=now,
            updated_at=now,
            # Asked about from the start: the 2022 apps register at the bank themselves.
            ask_at=schedule.next_ask(NEW, now, 0, now, self._settings),
        )
