"""`pay/prepare`: an order number for a contract and a sum, the same one for a repeated request.

iOS sends a POST that got no answer up to four more times. One row a session, contract and sum
decides who asks billing for the invoice's number; the others wait for it with nothing held.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from smartyard.cabinet.service import CabinetService
from smartyard.config import Settings
from smartyard.errors import DependencyUnavailable, Malformed, TooOften
from smartyard.gateways.billing import BillingLacks
from smartyard.gateways.billing_promise import Accounting
from smartyard.guard import Caller
from smartyard.ledger.orders import OrderService, Payment
from smartyard.ledger.states import NEW, REGISTERED
from smartyard.limits import Limit, LimitReached, Limits
from smartyard.money import rubles
from smartyard.pay.orders import new_order_number
from smartyard.waiting import WaitingRoom


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
        orders: OrderService,
        *,
        cabinet: CabinetService,
        billing: Accounting,
        limits: Limits,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._orders = orders
        self._cabinet = cabinet
        self._billing = billing
        self._limits = limits
        self._settings = settings
        self._clock = clock
        self._waiting = WaitingRoom("an invoice", settings.billing_calls)

    def prepare(self, caller: Caller, contract_id: str, amount_kopecks: int) -> str:
        """The order number. Raises SumOutOfBounds, NotYours for a contract of somebody else,
        TooManyPayments, or DependencyUnavailable when billing gives no invoice."""
        least, most = self._settings.pay_min, self._settings.pay_max
        if not least <= amount_kopecks <= most:
            raise SumOutOfBounds(least, most)
        wanted = Wanted(
            caller,
            contract_id,
            amount_kopecks,
            key=f"{caller.session_id}:{contract_id}:{amount_kopecks}",
            deadline=self._billing.deadline(),
        )
        self._cabinet.check_own(caller, contract_id, wanted.deadline)
        order = self._claimed_or_repeated(wanted)
        if order is not None:
            return order
        with self._waiting.place():
            while time.monotonic() < wanted.deadline:
                time.sleep(0.1)
                order = self._claimed_or_repeated(wanted)
                if order is not None:
                    return order
        raise DependencyUnavailable(cause="the request that came first has no answer yet")

    def _claimed_or_repeated(self, wanted: "Wanted") -> str | None:
        """A new order for whoever is first, the same for who repeats it; None while it is made."""
        claim = self._orders.claim(wanted.key, self._settings.billing_timeout + 2)
        if claim is not None:
            return self._begin(wanted, claim)
        return self._orders.repeated(wanted.key)

    def _begin(self, wanted: "Wanted", claim: UUID) -> str:
        try:
            self._count(wanted.caller)
            number = self._billings_number(wanted)
            if number is not None and self._place(wanted, claim, number):
                return number
            known = None if number is None else self._same_order(wanted, number)
            if known is not None:  # billing gave its open invoice once more
                self._orders.settle(wanted.key, claim, known.id)
                return known.order_number
            number = new_order_number(self._settings.order_prefix)
            if not self._place(wanted, claim, number):
                raise DependencyUnavailable(cause="an order number of 65 random bits was taken")
            return number
        except BaseException:
            self._orders.give_up(wanted.key, claim)
            raise

    def _place(self, wanted: "Wanted", claim: UUID, number: str) -> bool:
        return self._orders.begin(
            wanted.key,
            claim,
            order_number=number,
            caller=wanted.caller,
            contract_id=wanted.contract_id,
            amount_kopecks=wanted.amount_kopecks,
        )

    def _same_order(self, wanted: "Wanted", number: str) -> Payment | None:
        """The order that has this number, where it is the same and may still be paid."""
        known = self._orders.find(number)
        if known is None or known.state not in (NEW, REGISTERED):
            return None
        ours = (wanted.caller.phone, wanted.contract_id, wanted.amount_kopecks)
        return known if (known.phone, known.contract_id, known.amount_kopecks) == ours else None

    def _count(self, caller: Caller) -> None:
        limit = Limit(f"pay:{caller.phone}", self._settings.pay_per_phone_hour, 3600)
        try:
            self._limits.take([limit], self._clock())
        except LimitReached as reached:
            raise TooManyPayments(cause=reached.cause) from None

    def _billings_number(self, wanted: "Wanted") -> str | None:
        """Billing's invoice where it makes such; a failure of it is no reason to take our own."""
        try:
            return self._billing.create_invoice(
                wanted.contract_id, wanted.amount_kopecks, wanted.caller.phone, wanted.deadline
            )
        except BillingLacks:
            return None


@dataclass(frozen=True)
class Wanted:
    """What is to be paid, the key under which a repeat is known, and until when (of
    `time.monotonic`) billing may be asked for it."""

    caller: Caller
    contract_id: str
    amount_kopecks: int
    key: str
    deadline: float
