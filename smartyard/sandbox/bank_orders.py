"""The bank's orders and what may happen to each (`protocols.md`, 3.1 to 3.3).

Amounts are kopecks. A change that the bank would not make raises `Refused` with its errorCode. An
order number belongs to one order for ever; statuses are the gateway's: 0 registered, 1 held,
2 paid, 3 reversed, 4 refunded (in part too), 5 waiting for 3-D Secure, 6 declined.
"""

import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

REGISTERED, HELD, PAID, REVERSED, REFUNDED, AUTHENTICATING, DECLINED = range(7)
TIMED_OUT, NOT_TRIED, NO_FUNDS = -2007, -100, 116  # action codes
_STATES = ("CREATED", "APPROVED", "DEPOSITED", "REVERSED", "REFUNDED", "CREATED", "DECLINED")


class Refused(Exception):
    """The bank's own refusal: HTTP 200 with this errorCode."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass
class Order:  # pylint: disable=too-many-instance-attributes  # the gateway's answer has as many
    """One order. Those that leave `Orders` are copies."""

    number: str
    amount: int
    return_url: str = ""
    fail_url: str = ""
    description: str = ""
    two_stage: bool = False
    way: str = "card"  # or the wallet's name
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    at: float = field(default_factory=time.time)
    status: int = REGISTERED
    action_code: int = NOT_TRIED
    approved: int = 0
    deposited: int = 0
    refunded: int = 0
    pan: str = ""
    refunds: dict[str, int] = field(default_factory=dict)

    @property
    def state(self) -> str:
        return _STATES[self.status]

    @property
    def is_open(self) -> bool:
        """True while a person may still pay it."""
        return self.status in (REGISTERED, AUTHENTICATING)

    def as_json(self) -> dict[str, Any]:
        """For Python and the page; the gateway's own words are in `bank_http`."""
        shown = ("number", "amount", "status", "state", "approved", "deposited", "refunded")
        more = ("way", "at", "description")
        return {name: getattr(self, name) for name in shown + more} | {
            "orderId": self.id,
            "actionCode": self.action_code,
            "returnUrl": self.return_url,
            "failUrl": self.fail_url,
        }


class Orders:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._by_number: dict[str, Order] = {}
        self._by_id: dict[str, Order] = {}

    def clear(self) -> None:
        with self._lock:
            self._by_number.clear()
            self._by_id.clear()

    def all(self) -> list[Order]:
        """Oldest first."""
        with self._lock:
            return [_copy(order) for order in self._by_number.values()]

    def add(self, order: Order) -> Order:
        """Raises Refused 1 for a number that was used."""
        with self._lock:
            if order.number in self._by_number:
                raise Refused("1", "Заказ с таким номером уже обработан")
            self._by_number[order.number] = self._by_id[order.id] = order
            return _copy(order)

    def get(self, order_id: str = "", number: str = "") -> Order:
        """By the bank's id, else by the number. Raises Refused 6 where there is none."""
        with self._lock:
            return _copy(self._find(order_id, number))

    def _find(self, order_id: str = "", number: str = "") -> Order:
        order = self._by_id.get(order_id) if order_id else self._by_number.get(number)
        if order is None:
            raise Refused("6", "Заказ не найден")
        return order

    def pay(self, order_id: str, *, hold: bool = False, pan: str = "") -> Order:
        """The payer's money is taken, or held. A declined order may be paid after all."""
        with self._lock:
            order = self._find(order_id)
            if not order.is_open and order.status != DECLINED:
                raise Refused("7", "Заказ уже оплачен")
            order.approved = order.amount
            order.deposited = 0 if hold else order.amount
            order.status = HELD if hold else PAID
            order.action_code, order.pan = 0, pan or "411111**1111"
            return _copy(order)

    def authenticate(self, order_id: str) -> Order:
        """3-D Secure has begun and does not end."""
        with self._lock:
            order = self._find(order_id)
            if order.status == REGISTERED:
                order.status = AUTHENTICATING
            return _copy(order)

    def decline(self, order_id: str, action_code: int = NO_FUNDS) -> Order:
        with self._lock:
            order = self._find(order_id)
            if not order.is_open:
                raise Refused("7", "Заказ уже завершён")
            order.status, order.action_code = DECLINED, action_code
            return _copy(order)

    def deposit(self, order_id: str, amount: int = 0) -> Order:
        """Take what is held, or a part of it; 0 is the whole."""
        with self._lock:
            order = self._find(order_id)
            if order.status != HELD:
                raise Refused("7", "Платёж не в том состоянии")
            if amount > order.approved:
                raise Refused("5", "Сумма больше удержанной")
            order.deposited, order.status = amount or order.approved, PAID
            return _copy(order)

    def reverse(self, order_id: str, amount: int = 0) -> Order:
        """Once, the whole; of paid orders too, as by permission of the bank."""
        with self._lock:
            order = self._find(order_id)
            if order.status not in (HELD, PAID):
                raise Refused("7", "Отмена невозможна")
            if amount not in (0, order.approved):
                raise Refused("5", "Отменяется только вся сумма")
            order.approved = order.deposited = 0
            order.status = REVERSED
            return _copy(order)

    def refund(self, order_id: str, amount: int = 0, external_id: str = "") -> tuple[Order, int]:
        """The order, and what went back now: nothing when `external_id` was seen before."""
        with self._lock:
            order = self._find(order_id)
            if order.status not in (PAID, REFUNDED):
                raise Refused("7", "Возврат невозможен")
            seen = order.refunds.get(external_id) if external_id else None
            if seen is not None:
                if amount not in (0, seen):
                    raise Refused("5", "Такой externalRefundId был с другой суммой")
                return _copy(order), 0
            left = order.deposited - order.refunded
            back = amount or left
            if not 0 < back <= left:
                raise Refused("7", "Сумма возврата больше оставшейся")
            order.refunded += back
            order.status = REFUNDED
            order.refunds[external_id or f"#{len(order.refunds)}"] = back
            return _copy(order), back


def _copy(order: Order) -> Order:
    return replace(order, refunds=dict(order.refunds))
