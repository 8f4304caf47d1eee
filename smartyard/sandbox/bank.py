"""The bank as the tests and the payment page see it: its orders, what becomes of them, callbacks.

How it is spoken to over HTTP is `bank_http`. Amounts are kopecks, times seconds. Orders may be
named by their number or by the bank's own id; what the bank would refuse raises `Refused`.
"""

import copy
import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from smartyard.sandbox import bank_magic
from smartyard.sandbox.background import Background
from smartyard.sandbox.bank_callbacks import CallbackOptions, Callbacks
from smartyard.sandbox.bank_orders import TIMED_OUT, Order, Orders, Refused
from smartyard.sandbox.bank_signing import certificate_pem
from smartyard.sandbox.faults import Faults

SESSION = 1200  # seconds that an order may be paid in, unless it was registered with others


@dataclass
class BankOptions:
    """The merchant's account, and how the bank behaves; a reset of the sandbox restores them."""

    user: str = "demo-api"
    password: str = "demo"
    merchant: str = "demo"
    auto_pay: bool = True  # magic amounts hold as soon as an order is registered
    auto_seconds: float = 0.2  # until then, and between a payment and its magic refund
    callback: CallbackOptions = field(default_factory=CallbackOptions)


class Bank:
    """Safe to use from any thread."""

    def __init__(self, options: BankOptions, faults: Faults) -> None:
        self.url = ""  # where it listens, told by whoever makes it listen
        self.options = copy.deepcopy(options)
        self._as_made = copy.deepcopy(options)
        self._background = Background()
        self._told = threading.RLock()  # a change and its callback come in one order
        self._orders = Orders()
        self._callbacks = Callbacks(self.options.callback, faults, self._background)

    @property
    def certificate_pem(self) -> str:
        """What `SBER_CALLBACK_CERT` is for callbacks signed by RSA."""
        return certificate_pem()

    @property
    def callback_url(self) -> str:
        return self.options.callback.url

    @callback_url.setter
    def callback_url(self, url: str) -> None:
        self.options.callback.url = url

    @property
    def callbacks(self) -> list[dict[str, Any]]:
        """Each attempt: orderNumber, operation, status, parameters, attempt, and `answered`, which
        is a status or `timeout`, `unreachable`, `lost`. Oldest first."""
        return list(self._callbacks.sent)

    def orders(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return [order.as_json() for order in self._orders.all()]

    def order(self, name: str) -> dict[str, Any]:
        return self.find(name).as_json()

    def find(self, name: str) -> Order:
        """By number or by the bank's id. Raises Refused 6 where there is none."""
        try:
            return self._orders.get(number=name)
        except Refused:
            return self._orders.get(order_id=name or "-")

    def form_url(self, order_id: str) -> str:
        """The payment page of an order, by the bank's id."""
        page = f"/payment/merchants/{self.options.merchant}/payment_ru.html"
        return f"{self.url}{page}?mdOrder={order_id}"

    def add(self, order: Order, session: float = SESSION) -> Order:
        """Register an order; it is declined when nobody pays it in time."""
        added = self._orders.add(order)
        self._background.after(session, functools.partial(self._expire, added.id))
        return added

    def register_by_app(self, number: str, amount: int) -> dict[str, str]:
        """What the apps of 2022 do past our server: the bank's answer to a good `register.do`."""
        order = self.add(Order(number, amount, f"lanta://sber?orderNumber={number}"))
        self.after_register(order)
        return {"orderId": order.id, "formUrl": self.form_url(order.id)}

    def after_register(self, order: Order) -> None:
        """The magic amount's outcome, where no person is needed for it."""
        fate = bank_magic.outcome(order.amount) if self.options.auto_pay else None
        if fate is None or fate.name == "pending":
            return
        if fate.early:
            self.settle(order.id, fate)
        else:
            job = functools.partial(self._settle_if_open, order.id, fate)
            self._background.after(self.options.auto_seconds, job)

    def _settle_if_open(self, order_id: str, fate: bank_magic.Outcome) -> None:
        try:
            if self._orders.get(order_id).is_open:
                self.settle(order_id, fate)
        except Refused:
            pass  # somebody paid or reset meanwhile

    def settle(self, order_id: str, fate: bank_magic.Outcome, pan: str = "") -> Order:
        """Let an outcome come about; gives the order as it is then."""
        if fate.name == "pending":
            return self._orders.authenticate(order_id)
        if fate.name == "declined":
            return self.decline(order_id)
        hold = self._orders.get(order_id).two_stage
        if fate.early:  # waits for the answer, so it must hold nothing up
            order = self._orders.pay(order_id, hold=hold, pan=pan)
            self._callbacks.tell(order, _operation(order), at_once=True)
        else:
            with self._told:
                order = self._orders.pay(order_id, hold=hold, pan=pan)
                self._callbacks.tell(
                    order, _operation(order), copies=fate.copies, forged=fate.forged
                )
        if fate.name == "refunded":
            undo = functools.partial(self._undo, order_id, hold)
            self._background.after(self.options.auto_seconds, undo)
        return order

    def _undo(self, order_id: str, held: bool) -> None:
        try:
            if held:
                self.reverse(order_id)
            else:
                self.refund(order_id)
        except Refused:
            pass  # somebody did so already

    def pay(self, name: str) -> Order:
        """The payer has paid; a declined or expired order may be paid after all."""
        return self._pay(name, hold=False)

    def hold(self, name: str) -> Order:
        """The amount is held, whichever way the order was registered."""
        return self._pay(name, hold=True)

    def _pay(self, name: str, hold: bool) -> Order:
        order_id = self.find(name).id
        return self._change(lambda: self._orders.pay(order_id, hold=hold))

    def decline(self, name: str) -> Order:
        order_id = self.find(name).id
        return self._change(lambda: self._orders.decline(order_id))

    def deposit(self, name: str, amount: int = 0) -> Order:
        order_id = self.find(name).id
        return self._change(lambda: self._orders.deposit(order_id, amount))

    def reverse(self, name: str, amount: int = 0) -> Order:
        order_id = self.find(name).id
        return self._change(lambda: self._orders.reverse(order_id, amount))

    def refund(self, name: str, amount: int = 0, external_id: str = "") -> Order:
        """Amount 0 is all that is left; one `external_id` is refunded once."""
        order_id = self.find(name).id
        with self._told:
            order, back = self._orders.refund(order_id, amount, external_id)
            if back:
                self._callbacks.tell(order, "refunded")
        return order

    def _change(self, change: Callable[[], Order]) -> Order:
        with self._told:
            order = change()
            self._callbacks.tell(order, _operation(order), ok=order.state != "DECLINED")
        return order

    def expire(self, name: str) -> Order:
        """The time to pay is over."""
        order_id = self.find(name).id
        with self._told:
            order = self._orders.decline(order_id, TIMED_OUT)
            self._callbacks.tell(order, "declinedByTimeout", ok=False)
        return order

    def _expire(self, order_id: str) -> None:
        try:
            self.expire(order_id)
        except Refused:
            pass  # it was paid or declined in time

    def reset(self) -> None:
        """No orders, nothing told, the options as they were made."""
        self._background.reset()
        self._orders.clear()
        self._callbacks.sent.clear()
        self.options = copy.deepcopy(self._as_made)
        self._callbacks.options = self.options.callback

    def stop(self) -> None:
        self._callbacks.hang_up()
        self._background.stop()


def _operation(order: Order) -> str:
    """The word for what just happened to it; a failed payment is a `deposited` that is not ok."""
    words = {"APPROVED": "approved", "REVERSED": "reversed", "REFUNDED": "refunded"}
    return words.get(order.state, "deposited")
