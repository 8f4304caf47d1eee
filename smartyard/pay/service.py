"""Registering orders at the bank, paying by wallets, and what makes us ask the bank sooner.

The sum is always the one that was prepared. A time-out or "number used" is answered by asking for
the order, never by a second one; one caller at a time acts for an order.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartyard.config import Settings
from smartyard.errors import DependencyUnavailable, NotFound, NotYours, PaymentRequired, TooOften
from smartyard.gateways.sberbank import BankRefused, OrderUsed, Registered, SberbankGateway
from smartyard.gateways.transport import AnswerLost, Rubbish
from smartyard.guard import Caller
from smartyard.ledger import states
from smartyard.ledger.orders import OrderService, Payment
from smartyard.ledger.service import LedgerService
from smartyard.limits import Limit, LimitReached, Limits, network
from smartyard.pay.checksum import CallbackSeal, Pairs
from smartyard.pay.orders import form_url_like
from smartyard.pay.wallets import Wallet, more_of

log = logging.getLogger(__name__)

_HOUR = 3600.0
_ASKED_JUST_NOW = 2  # seconds
DESCRIPTION = "Оплата услуг связи"  # what the bank shows; nothing of the payer


class OrderNotYours(NotYours):
    message = "Платёж не найден. Начните оплату заново."


class OrderOver(NotFound):
    message = "Этот платёж уже завершён. Начните новый, если хотите заплатить ещё раз."


class PaymentsOff(NotFound):
    message = "Оплата в приложении не подключена. Обратитесь в офис оператора."


class WalletDeclined(PaymentRequired):
    message = "Банк отклонил платёж. Попробуйте ещё раз или выберите другой способ оплаты."


class TooManyActs(TooOften):
    message = "Слишком много попыток оплаты. Попробуйте через час."


class CallbackRefused(NotYours):
    """The callback's signature is missing or wrong."""


@dataclass(frozen=True)
class WalletPaid:
    """The bank's order, and where 3-D Secure is passed when it must be."""

    bank_order_id: str
    redirect_url: str | None


class PaymentService:
    """What the apps and the bank do with an order that was prepared."""

    def __init__(
        self,
        orders: OrderService,
        ledger: LedgerService,
        *,
        bank: SberbankGateway,
        seal: CallbackSeal,
        limits: Limits,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._orders = orders
        self._ledger = ledger
        self._bank = bank
        self._seal = seal
        self._limits = limits
        self._settings = settings
        self._clock = clock

    def register(self, caller: Caller | None, order_number: str, address: str) -> Registered:
        """The bank's order and its payment page, the same while they live.

        iOS comes without a token, with the order number alone, which may be a billing's and easy to
        guess: so only soon after preparing, with few misses an `address`, and nothing is told of
        the payer. Raises OrderNotYours, OrderOver, PaymentsOff, TooManyActs, BankRefused, or
        DependencyUnavailable.
        """
        if caller is None:
            payment = self._unclaimed(order_number, address)
        else:
            payment = self._own(caller, order_number)
            self._count(caller)
        known = self._known(payment)
        if known is not None:
            return known
        return self._orders.alone(payment.id, self._settings.sber_timeout, self._register)

    def pay_by_wallet(
        self, caller: Caller, order_number: str, wallet: Wallet, token: str
    ) -> WalletPaid:
        """Hand the wallet's token to the bank. Raises as `register`."""
        payment = self._own(caller, order_number)
        self._count(caller)

        def pay(current: Payment) -> WalletPaid:
            return self._pay_by_wallet(current, wallet, token)

        return self._orders.alone(payment.id, self._settings.sber_timeout, pay)

    def process(self, caller: Caller, order_number: str) -> None:
        """The app says that it paid: a reason to ask the bank now, and nothing more."""
        payment = self._own(caller, order_number)
        just_now = self._clock() - timedelta(seconds=_ASKED_JUST_NOW)
        if payment.state in states.ENDS or (payment.asked_at and payment.asked_at > just_now):
            return  # the app may say so as often as it likes
        self._count(caller)
        try:
            self._ledger.ask(payment.id, "the app says it paid")
        except DependencyUnavailable as failed:
            log.warning("order %s will be asked about again: %s", order_number, failed)

    def callback(self, pairs: Pairs) -> None:
        """The bank calls. Raises CallbackRefused and changes nothing when the signature is not
        right; else the bank is asked at the next turn."""
        if not self._seal.is_right(pairs):
            log.warning("a bank callback with a wrong signature: see SBER_CALLBACK_KEY and _CERT")
            raise CallbackRefused(cause="the signature of a bank callback is not right")
        told = dict(pairs)
        order_number, bank_order_id = told.get("orderNumber", ""), told.get("mdOrder", "")
        if "\0" in order_number + bank_order_id:
            return
        if not self._ledger.ask_soon(order_number, bank_order_id):
            log.warning("the bank calls about an order that is not ours")

    def _own(self, caller: Caller, order_number: str) -> Payment:
        payment = self._find(order_number)
        if payment is None or payment.phone != caller.phone:
            raise OrderNotYours()
        return payment

    def _unclaimed(self, order_number: str, address: str) -> Payment:
        """Who shows no token must know a number that was just given out."""
        most = self._settings.pay_misses_per_address_hour
        misses = [Limit(f"pay-miss:{network(address)}", most, _HOUR)]
        self._take(misses)
        payment = self._find(order_number)
        oldest = self._clock() - timedelta(seconds=self._settings.pay_open_for)
        if payment is None or payment.created_at < oldest:
            raise OrderNotYours()
        self._limits.give_back(misses)
        return payment

    def _find(self, order_number: str) -> Payment | None:
        if not self._bank.configured:
            raise PaymentsOff()
        return self._orders.find(order_number)

    def _count(self, caller: Caller) -> None:
        most = self._settings.pay_acts_per_phone_hour
        self._take([Limit(f"pay-act:{caller.phone}", most, _HOUR)])

    def _take(self, limits: list[Limit]) -> None:
        try:
            self._limits.take(limits, self._clock())
        except LimitReached as reached:
            raise TooManyActs(cause=reached.cause) from None

    def _known(self, payment: Payment) -> Registered | None:
        if payment.state not in states.OPEN or payment.state in (states.REVIEW, states.EXPIRED):
            raise OrderOver()
        if payment.state == states.REGISTERED and payment.bank_order_id and payment.form_url:
            return Registered(payment.bank_order_id, payment.form_url)
        return None

    def _register(self, payment: Payment) -> Registered:
        known = self._known(payment)
        if known is not None:
            return known  # somebody was before us
        links = {
            "returnUrl": self._return_url(),
            "failUrl": self._return_url(),
            "description": DESCRIPTION,
        }
        try:
            registered = self._bank.register(
                payment.order_number, payment.amount_kopecks, payment.currency, links
            )
        except (OrderUsed, AnswerLost, Rubbish) as unknown:
            log.warning("order %s: registering: %s", payment.order_number, unknown)
            return self._registered_before(payment)
        self._orders.keep_registered(payment.id, registered.bank_order_id, registered.form_url)
        return registered

    def _registered_before(self, payment: Payment) -> Registered:
        """The bank may know the order already: it is asked for, not registered again."""
        bank_order_id = self._bank_id_of(payment)
        form_url = payment.form_url or self._form_url(bank_order_id)
        if form_url is None:
            raise DependencyUnavailable(
                "Банк не прислал страницу оплаты. Начните оплату заново через несколько минут.",
                cause="the answer to register.do was lost, and no SBER_FORM_URL is set",
            )
        self._orders.keep_registered(payment.id, bank_order_id, form_url)
        return Registered(bank_order_id, form_url)

    def _bank_id_of(self, payment: Payment) -> str:
        """The bank's id of an order that is there and not paid."""
        word = self._ledger.ask(payment.id, "registering had no answer")
        if word is None or word.bank_order_id is None:
            raise DependencyUnavailable(cause="the bank does not know the order yet")
        ours = (payment.order_number, payment.amount_kopecks, payment.currency)
        if (word.order_number, word.amount_kopecks, word.currency) != ours:
            raise OrderOver(cause="the bank's order is of another sum")  # nobody shall pay that
        if word.status not in (0, 5):
            raise OrderOver()
        return word.bank_order_id

    def _form_url(self, bank_order_id: str) -> str | None:
        if self._settings.sber_form_url:
            return self._settings.sber_form_url.replace("{orderId}", bank_order_id)
        like = self._orders.newest_with_form()
        return None if like is None else form_url_like(like[1], like[0], bank_order_id)

    def _pay_by_wallet(self, payment: Payment, wallet: Wallet, token: str) -> WalletPaid:
        self._known(payment)  # raises when it is over
        more = more_of(wallet, payment.amount_kopecks, payment.currency, self._return_url())
        try:
            told = self._bank.wallet(wallet.path, payment.order_number, token, more)
        except (OrderUsed, AnswerLost, Rubbish) as unknown:
            log.warning("order %s: wallet: %s", payment.order_number, unknown)
            word = self._ledger.ask(payment.id, "the wallet had no answer")
            if word is None or word.bank_order_id is None or word.status not in (1, 2):
                raise  # nothing was paid, or 3-D Secure waits at an address that was lost
            return WalletPaid(word.bank_order_id, None)
        except BankRefused as refused:
            raise WalletDeclined(cause=refused.cause) from None
        self._orders.keep_registered(payment.id, told.bank_order_id, None)
        return WalletPaid(told.bank_order_id, told.redirect_url)

    def _return_url(self) -> str:
        """Where the bank sends the buyer; it tells nothing of the payer."""
        if self._settings.sber_return_url:
            return self._settings.sber_return_url
        if not self._settings.server_url:
            log.error("nobody can pay: set SERVER_URL or SBER_RETURN_URL")
            raise DependencyUnavailable(cause="neither SERVER_URL nor SBER_RETURN_URL is set")
        return f"{self._settings.server_url.rstrip('/')}/api/pay/return"
