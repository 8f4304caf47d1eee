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
from smartyard.gateways.billing_money import BillingMoney
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
        billing: BillingMoney,
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
        self._cabinet.check_own(caller, contract_id)
        key = f"{caller.session_id}:{contract_id}:{amount_kopecks}"
        give_up = time.monotonic() + self._settings.billing_timeout + 2
        order = self._claimed_or_repeated(caller, contract_id, amount_kopecks, key)
        if order is not None:
            return order
        with self._waiting.place():
            while time.monotonic() < give_up:
                time.sleep(0.1)
                order = self._claimed_or_repeated(caller, contract_id, amount_kopecks, key)
                if order is not None:
                    return order
        raise DependencyUnavailable(cause="the request that came first has no answer yet")

    def _claimed_or_repeated(
        self, caller: Caller, contract_id: str, amount_kopecks: int, key: str
    ) -> str | None:
        """A new order for whoever is first, the same for who repeats it; None while it is made."""
        claim = self._orders.claim(key, self._settings.billing_timeout + 2)
        if claim is not None:
            return self._begin(caller, contract_id, amount_kopecks, key, claim)
        return self._orders.repeated(key)

    def _begin(
        self, caller: Caller, contract_id: str, amount_kopecks: int, key: str, claim: UUID
    ) -> str:
        try:
            self._count(caller)
            asked = Asked(caller, contract_id, amount_kopecks, key, claim)
            number = self._billings_number(asked)
            if number is not None and self._place(asked, number):
                return number
            known = None if number is None else self._same_order(asked, number)
            if known is not None:  # billing gave its open invoice once more
                self._orders.settle(key, claim, known.id)
                return known.order_number
            number = new_order_number(self._settings.order_prefix)
            if not self._place(asked, number):
                raise DependencyUnavailable(cause="an order number of 65 random bits was taken")
            return number
        except BaseException:
            self._orders.give_up(key, claim)
            raise

    def _place(self, asked: "Asked", number: str) -> bool:
        return self._orders.begin(
            asked.key,
            asked.claim,
            order_number=number,
            caller=asked.caller,
            contract_id=asked.contract_id,
            amount_kopecks=asked.amount_kopecks,
        )

    def _same_order(self, asked: "Asked", number: str) -> Payment | None:
        """The order that has this number, where it is the same and may still be paid."""
        known = self._orders.find(number)
        if known is None or known.state not in (NEW, REGISTERED):
            return None
        ours = (asked.caller.phone, asked.contract_id, asked.amount_kopecks)
        return known if (known.phone, known.contract_id, known.amount_kopecks) == ours else None

    def _count(self, caller: Caller) -> None:
        limit = Limit(f"pay:{caller.phone}", self._settings.pay_per_phone_hour, 3600)
        try:
            self._limits.take([limit], self._clock())
        except LimitReached as reached:
            raise TooManyPayments(cause=reached.cause) from None

    def _billings_number(self, asked: "Asked") -> str | None:
        """Billing's invoice where it makes such; a failure of it is no reason to take our own."""
        try:
            return self._billing.create_invoice(
                asked.contract_id, asked.amount_kopecks, asked.caller.phone
            )
        except BillingLacks:
            return None


@dataclass(frozen=True)
class Asked:
    """What is to be paid, and under which claim the order is made."""

    caller: Caller
    contract_id: str
    amount_kopecks: int
    key: str
    claim: UUID
