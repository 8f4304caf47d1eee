"""Asking the bank, and keeping what it says.

However we learn of an order (a callback, `pay/process`, the schedule, an operator), it only makes
us ask; `getOrderStatusExtended` decides. Several may ask at once: each holds the payment's row
while it writes, and the unique key of `credits` makes the credit one.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.sberbank import BankOrder, SberbankGateway
from smartyard.ledger import schedule, states
from smartyard.ledger.models import Payment
from smartyard.ledger.repository import CreditRepository, PaymentRepository
from smartyard.money import rubles
from smartyard.notices import Notice, Notices
from smartyard.outbox import Outbox
from smartyard.phones import Phone

__all__ = ["LedgerService", "Payment"]

log = logging.getLogger(__name__)


class LedgerService:
    """The bank's word on our orders."""

    def __init__(
        self,
        payments: PaymentRepository,
        credits_: CreditRepository,
        *,
        bank: SberbankGateway,
        notices: Notices,
        outbox: Outbox,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._payments = payments
        self._credits = credits_
        self._bank = bank
        self._notices = notices
        self._outbox = outbox
        self._settings = settings
        self._clock = clock

    def due(self, most: int = 50) -> Sequence[int]:
        """The payments to ask about now, leased to the caller."""
        now = self._clock()
        if not self._bank.configured:
            return []
        lease = timedelta(seconds=self._settings.pay_lease)
        with transaction():
            return self._payments.take_due(now, now + lease, most)

    def ask_soon(self, order_number: str, bank_order_id: str = "") -> bool:
        """Have the bank asked at the next turn, about the order of this number or of the bank's
        id; False when there is none."""
        with transaction():
            return self._payments.ask_now(order_number, bank_order_id, self._clock())

    def payment(self, payment_id: int) -> Payment:
        with transaction():
            return self._payments.get(payment_id)

    def hold(self, payment_id: int) -> Payment:
        """In the caller's transaction: the payment, for it alone. Whoever writes of a payment
        begins with this, so that all take their locks in one order."""
        return self._payments.lock(payment_id)

    def note(self, payment_id: int, cause: str) -> None:
        """In the caller's transaction: something worth knowing that changes no state."""
        self._payments.note(self._payments.lock(payment_id), self._clock(), cause)

    def credited(self, payment_id: int) -> None:
        """In the caller's transaction: billing took the credit."""
        payment = self._payments.lock(payment_id)
        now = self._clock()
        if payment.state == states.PAID:
            self._move(payment, states.CREDITED, "billing took the credit", now)
            self._notices.send(_paid(payment))
            self._outbox.put("payment.credited", payment.order_number, now, _credit(payment))

    def taken_back(
        self, payment_id: int, amount_kopecks: int, total_kopecks: int, kind: str
    ) -> None:
        """In the caller's transaction: billing took so much of a credit back, `total` so far."""
        payment = self._payments.lock(payment_id)
        now = self._clock()
        self._payments.note(payment, now, f"billing took back {amount_kopecks} kopecks")
        if total_kopecks == payment.amount_kopecks:
            end = states.REVERSED if kind == "reverse" else states.REFUNDED
            self._move(payment, end, "all of it went back", now)
            payment.ask_at = None

    def ask(self, payment_id: int, cause: str) -> BankOrder | None:
        """Ask the bank and keep its word; a hold that is found is captured. Returns the word.

        Raises DependencyUnavailable when the bank says nothing; then it is asked again soon.
        """
        began = self._clock()
        with transaction():
            payment = self._payments.get(payment_id)
        try:
            word = self._bank.order(payment.order_number)
        except DependencyUnavailable:
            self._silent(payment_id)
            raise
        self._keep(payment_id, word, cause, began)
        if word is not None and word.status == 1 and self._is_of(payment, word):
            self._settle_hold(payment, word)
        return word

    def _settle_hold(self, payment: Payment, word: BankOrder) -> None:
        """We register one-stage orders, so nobody else will capture it. What is not our sum is let
        go. The bank refuses a second time; the next answer tells what became of it."""
        ours = (payment.amount_kopecks, payment.currency)
        bank_order_id = word.bank_order_id or payment.bank_order_id
        if bank_order_id is None:
            return
        try:
            if (word.amount_kopecks, word.currency) == ours:
                self._bank.deposit(bank_order_id, payment.amount_kopecks)
            else:
                log.error("order %s: another sum is held, reversed", payment.order_number)
                self._bank.reverse(bank_order_id)
        except DependencyUnavailable as failed:
            log.warning("order %s: the hold stays for now: %s", payment.order_number, failed)
            self._ask_again(payment.id, self._settings.pay_ask_most)
        else:
            self._ask_again(payment.id, 1)

    def _keep(self, payment_id: int, word: BankOrder | None, cause: str, began: datetime) -> None:
        with transaction():
            now = self._clock()
            payment = self._payments.lock(payment_id)
            if word is None:
                self._unknown(payment, now)
            else:
                self._hear(payment, word, cause, now)
            payment.asks += 1
            payment.asked_at = now
            if payment.ask_at is not None and began < payment.ask_at <= now:
                return  # a callback came while we asked: it may know more than this word
            payment.ask_at = self._next_ask(payment, now)

    def _next_ask(self, payment: Payment, now: datetime) -> datetime | None:
        """A refund of ours that does not show in the bank's total yet is looked for until it does,
        however old the order is."""
        usual = schedule.next_ask(
            payment.state, begun_at(payment), payment.asks, now, self._settings
        )
        if not self._credits.awaits_refund(payment.id, payment.refunded_kopecks):
            return usual
        soon = now + timedelta(seconds=self._settings.pay_ask_most)
        return soon if usual is None else min(usual, soon)

    def _unknown(self, payment: Payment, now: datetime) -> None:
        """The app never came to the bank, so far; or the bank forgot an unpaid order."""
        if payment.state in (states.NEW, states.REGISTERED) and self._is_old(payment, now):
            self._move(payment, states.EXPIRED, "the bank knows nothing of it", now)

    def _hear(self, payment: Payment, word: BankOrder, cause: str, now: datetime) -> None:
        heard = states.meaning(
            states.Ordered(payment.order_number, payment.amount_kopecks, payment.currency), word
        )
        reason = heard.reason or self._other_payment_of(payment, word)
        if reason:
            self._review(payment, reason, now)
            return
        payment.bank_order_id = word.bank_order_id or payment.bank_order_id
        if heard.state == states.PAID:
            self._paid(payment, heard, cause, now)
        elif heard.state == states.REVERSED:
            self._reversed(payment, cause, now)
        elif heard.state == states.REGISTERED and self._is_old(payment, now):
            self._move(payment, states.EXPIRED, "registered, and not paid in time", now)
        else:
            self._move(payment, heard.state, cause, now)

    def _paid(self, payment: Payment, heard: states.Heard, cause: str, now: datetime) -> None:
        if payment.state in states.ENDS:
            return self._mind_refund(payment, heard.refunded_kopecks or 0, now)
        # Always tried, whatever the state says: the key is what makes it once.
        self._credits.credit(payment.id, now)
        self._move(payment, states.PAID, cause, now)
        return self._mind_refund(payment, heard.refunded_kopecks or 0, now)

    def _mind_refund(self, payment: Payment, total: int, now: datetime) -> None:
        """What went back since we last heard is to be taken back from the contract."""
        more = total - payment.refunded_kopecks
        if more <= 0 or self._credits.credit_of(payment.id) is None:
            return
        self._credits.cancel(payment.id, total, more, "refund", now)
        payment.refunded_kopecks = total
        self._payments.note(payment, now, f"the bank gave back {more} kopecks, {total} in all")

    def _reversed(self, payment: Payment, cause: str, now: datetime) -> None:
        if self._credits.credit_of(payment.id) is None:
            self._move(payment, states.REVERSED, cause, now)
            return
        left = payment.amount_kopecks - payment.refunded_kopecks
        if left > 0:
            self._credits.cancel(payment.id, payment.amount_kopecks, left, "reverse", now)
            payment.refunded_kopecks = payment.amount_kopecks
            self._payments.note(payment, now, f"the bank reversed {left} kopecks")

    def _review(self, payment: Payment, reason: str, now: datetime) -> None:
        log.error("order %s needs a person: %s", payment.order_number, reason)
        if states.may_follow(payment.state, states.REVIEW):
            self._move(payment, states.REVIEW, reason, now)
        elif payment.state != states.REVIEW:
            self._payments.note(payment, now, reason)

    def _is_of(self, payment: Payment, word: BankOrder) -> bool:
        """Whether the word is about this very order: no other one may be captured or let go."""
        with transaction():
            return word.order_number == payment.order_number and not self._other_payment_of(
                payment, word
            )

    def _other_payment_of(self, payment: Payment, word: BankOrder) -> str:
        if word.bank_order_id in (None, payment.bank_order_id):
            return ""
        other = self._payments.with_bank_id(word.bank_order_id or "")
        return "the bank's order is another payment's" if other is not None else ""

    def _move(self, payment: Payment, state: str, cause: str, now: datetime) -> None:
        """Change the state where it may follow; the database keeps the event."""
        if not states.may_follow(payment.state, state):
            return
        payment.state, payment.cause, payment.updated_at = state, cause, now
        if state == states.DECLINED:
            self._notices.send(_declined(payment))

    def _is_old(self, payment: Payment, now: datetime) -> bool:
        return now - begun_at(payment) >= schedule.lifetime(self._settings)

    def _silent(self, payment_id: int) -> None:
        with transaction():
            payment = self._payments.lock(payment_id)
            payment.ask_at = schedule.after_silence(payment.state, self._clock(), self._settings)

    def _ask_again(self, payment_id: int, seconds: float) -> None:
        with transaction():
            payment = self._payments.lock(payment_id)
            payment.ask_at = self._clock() + timedelta(seconds=seconds)


def begun_at(payment: Payment) -> datetime:
    """When it was prepared, or last opened at the bank: from then on it may be paid."""
    return max(payment.created_at, payment.registered_at or payment.created_at)


def _paid(payment: Payment) -> Notice:
    """On `paySuccess` the apps read the balances again."""
    text = f"Договор {payment.contract_id}: зачислено {rubles(payment.amount_kopecks)}"
    return Notice(Phone(payment.phone), "paySuccess", "Платёж зачислен", text)


def _declined(payment: Payment) -> Notice:
    text = f"Договор {payment.contract_id}: банк не провёл платёж {rubles(payment.amount_kopecks)}"
    return Notice(Phone(payment.phone), "payError", "Платёж не прошёл", text)


def _credit(payment: Payment) -> dict[str, Any]:
    """What the provider's programs are told; `currency` is ISO 4217's number."""
    return {
        "order": payment.order_number,
        "contractId": payment.contract_id,
        "amountKopecks": payment.amount_kopecks,
        "currency": payment.currency,
        "phone": payment.phone,
    }
