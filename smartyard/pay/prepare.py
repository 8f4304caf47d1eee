"""`pay/prepare`: an order number for a contract and a sum, the same one for a repeated request.

iOS sends a POST that got no answer up to four more times. One row a session, contract and sum
decides who asks billing for the invoice's number; the others wait for it with nothing held.
"""

import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from smartyard.cabinet.service import CabinetService
from smartyard.config import Settings
from smartyard.errors import DependencyUnavailable, Malformed, TooOften
from smartyard.gateways.billing import BillingLacks
from smartyard.gateways.billing_money import BillingMoney
from smartyard.guard import Caller
from smartyard.ledger.orders import OrderService
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

    def prepare(self, caller: Caller, contract_id: str, amount_kopecks: int) -> str:
        """The order number. Raises SumOutOfBounds, NotYours for a contract of somebody else,
        TooManyPayments, or DependencyUnavailable when billing gives no invoice."""
        least, most = self._settings.pay_min, self._settings.pay_max
        if not least <= amount_kopecks <= most:
            raise SumOutOfBounds(least, most)
        self._cabinet.check_own(caller, contract_id)
        key = f"{caller.session_id}:{contract_id}:{amount_kopecks}"
        seconds = self._settings.billing_timeout + 2
        give_up = time.monotonic() + seconds
        while True:
            claim = self._orders.claim(key, seconds)
            if claim is not None:
                return self._begin(caller, contract_id, amount_kopecks, key, claim)
            order = self._orders.repeated(key)
            if order is not None:
                return order
            if time.monotonic() > give_up:
                raise DependencyUnavailable(cause="the request that came first has no answer yet")
            time.sleep(0.05)

    def _begin(
        self, caller: Caller, contract_id: str, amount_kopecks: int, key: str, claim: UUID
    ) -> str:
        try:
            self._count(caller)
            order = self._order_number(caller, contract_id, amount_kopecks)
            self._orders.begin(
                key,
                claim,
                order_number=order,
                caller=caller,
                contract_id=contract_id,
                amount_kopecks=amount_kopecks,
            )
            return order
        except BaseException:
            self._orders.give_up(key, claim)
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
