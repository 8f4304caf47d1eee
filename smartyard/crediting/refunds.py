"""Giving money back, by an operator's order.

The intent is a row before the bank is asked; its id is the bank's idempotence key. An answer that
was lost is not asked for twice blindly: the bank's own total tells whether it was done.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError

from smartyard.crediting.repository import PendingRefund, RefundRepository
from smartyard.db import transaction
from smartyard.errors import AppError, DependencyUnavailable
from smartyard.gateways.sberbank import BankRefused, SberbankGateway
from smartyard.ledger.books import BookService
from smartyard.ledger.service import LedgerService

log = logging.getLogger(__name__)


class RefundImpossible(AppError):
    """The message says why, to the operator."""

    status = 422


class RefundService:
    """Refunds of credited orders, whole or in part."""

    def __init__(
        self,
        books: BookService,
        ledger: LedgerService,
        refunds: RefundRepository,
        *,
        bank: SberbankGateway,
        clock: Callable[[], datetime],
    ) -> None:
        self._books = books
        self._ledger = ledger
        self._refunds = refunds
        self._bank = bank
        self._clock = clock

    def refund(self, order_number: str, amount_kopecks: int | None) -> int:
        """Give back so much, or all that is left; returns the bank's total afterwards, kopecks.

        Raises RefundImpossible, BankRefused, or DependencyUnavailable: then it is not known
        whether it was done, and `again` asks for the same refund.
        """
        payment = self._books.find(order_number)
        if payment is None or payment.bank_order_id is None:
            raise RefundImpossible("Такого заказа нет, или банк о нём не знает.")
        self._ledger.ask(payment.id, "before a refund")
        payment = self._ledger.payment(payment.id)
        if payment.state not in ("paid", "credited"):
            raise RefundImpossible(f"Заказ в состоянии {payment.state}: возвращать нечего.")
        pending = self.pending(payment.id)
        if pending:
            raise RefundImpossible(
                f"Возврат {pending[0].id} на {pending[0].amount_kopecks} коп. остался без ответа. "
                f"Повторите его: --again {pending[0].id}"
            )
        refund_id, amount = self._begin(payment.id, amount_kopecks)
        return self._ask_bank(payment.id, payment.bank_order_id or "", refund_id, amount)

    def _begin(self, payment_id: int, amount_kopecks: int | None) -> tuple[UUID, int]:
        """The intent, with the payment held: of two operators at once one is first. From now on
        the bank is asked until its total shows it, whatever becomes of us."""
        try:
            with transaction():
                payment = self._ledger.hold(payment_id)
                if self._refunds.unseen(payment_id, payment.refunded_kopecks):
                    raise RefundImpossible("Банк ещё не показывает прошлый возврат. Подождите.")
                left = payment.amount_kopecks - payment.refunded_kopecks
                amount = left if amount_kopecks is None else amount_kopecks
                if not 0 < amount <= left:
                    raise RefundImpossible(f"Можно вернуть от 1 до {left} коп.")
                now = self._clock()
                refund_id = uuid4()
                self._refunds.add(refund_id, payment_id, amount, payment.refunded_kopecks, now)
                payment.ask_at = now
                return refund_id, amount
        except IntegrityError:
            raise RefundImpossible("Этот заказ возвращает кто-то ещё. Подождите.") from None

    def again(self, order_number: str, refund_id: UUID) -> int:
        """Ask for a refund whose answer was lost once more, by the same id."""
        payment = self._books.find(order_number)
        if payment is None:
            raise RefundImpossible("Такого заказа нет.")
        self._ledger.ask(payment.id, "before a refund is repeated")
        for refund in self.pending(payment.id):
            if refund.id == refund_id:
                bank_id = payment.bank_order_id or ""
                return self._ask_bank(payment.id, bank_id, refund_id, refund.amount_kopecks)
        raise RefundImpossible("Этот возврат уже выполнен или не начинался.")

    def pending(self, payment_id: int) -> Sequence[PendingRefund]:
        """Refunds of which neither an answer nor the bank's total says that they were done."""
        payment = self._ledger.payment(payment_id)
        with transaction():
            now = self._clock()
            left = []
            for refund in self._refunds.unanswered(payment_id):
                if payment.refunded_kopecks >= refund.refunded_before + refund.amount_kopecks:
                    self._refunds.answered(refund.id, "seen in the bank's total", now)
                else:
                    left.append(refund)
            return left

    def _ask_bank(self, payment_id: int, bank_order_id: str, refund_id: UUID, amount: int) -> int:
        try:
            self._bank.refund(bank_order_id, amount, str(refund_id))
        except BankRefused as refused:
            self._answered(refund_id, f"refused with {refused.code}")
            raise
        self._answered(refund_id, "done")
        try:
            self._ledger.ask(payment_id, "a refund was ordered")
        except DependencyUnavailable as failed:
            log.warning("the bank took the refund and says nothing of the order yet: %s", failed)
        return self._ledger.payment(payment_id).refunded_kopecks

    def _answered(self, refund_id: UUID, answer: str) -> None:
        with transaction():
            self._refunds.answered(refund_id, answer, self._clock())
