"""Sberbank's acquiring gateway (RBS/BPC family; reference/protocols.md, section 3).

Amounts are whole kopecks. The order number is the bank's only idempotence key, so nothing here
repeats a request by itself: a time-out is AnswerLost ("unknown"), and whoever sees it asks for the
order. Login and password travel in the body, never in an address.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.transport import Answer, Outside, Request, Rubbish

# Elsewhere a 7 also says that the order's state does not allow it, which is a refusal.
_UNDECIDED = ("register.do", "getOrderStatusExtended.do")

T = TypeVar("T")

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}

ORDER_USED, DECLINED, UNKNOWN_ORDER, SYSTEM_ERROR = 1, 2, 6, 7


class BankRefused(DependencyUnavailable):
    """The bank answered that it will not; `code` is its errorCode."""

    message = "Банк отклонил запрос. Попробуйте ещё раз или выберите другой способ оплаты."

    def __init__(self, code: int, what: str) -> None:
        super().__init__(cause=f"bank: {what}: errorCode {code}")
        self.code = code


class OrderUsed(BankRefused):
    """This order number is known there: ask for the order, never register another one."""


@dataclass(frozen=True)
class Registered:
    """A new order, and the page where it is paid."""

    bank_order_id: str
    form_url: str


@dataclass(frozen=True)
class WalletAnswer:
    """The wallet's token was handled, which is not yet paid; `redirect_url` where the buyer must
    still pass 3-D Secure."""

    bank_order_id: str
    redirect_url: str | None


@dataclass(frozen=True)
class BankOrder:
    """The bank's word on an order. `status` is orderStatus: 0 registered, 1 held, 2 paid,
    3 reversed, 4 refunded (also in part), 5 at 3-D Secure, 6 declined; sums are None if not told.
    """

    order_number: str
    bank_order_id: str | None
    status: int
    amount_kopecks: int | None
    currency: str
    deposited_kopecks: int | None
    refunded_kopecks: int | None


class SberbankGateway:
    """One merchant at the gateway. `login` ends with `-api`; `merchant` (for wallets) does not."""

    def __init__(
        self, outside: Outside, *, url: str, login: str, password: str, merchant: str
    ) -> None:
        self.configured = bool(url and login)
        self._outside = outside
        self._base = url.rstrip("/")
        self._account = {"userName": login, "password": password}
        self._merchant = merchant or login.removesuffix("-api")

    def register(
        self, order_number: str, amount_kopecks: int, currency: str, links: Mapping[str, str]
    ) -> Registered:
        """A one-stage order. `links`: returnUrl, failUrl, and what else the bank's form takes.

        Raises OrderUsed, BankRefused, AnswerLost (it may have been done), or Unreachable.
        """
        told = self._post(
            "register.do",
            {
                "orderNumber": order_number,
                "amount": str(amount_kopecks),
                "currency": currency,
                "language": "ru",
                **links,
            },
        )
        return Registered(_text(told, "orderId"), _text(told, "formUrl"))

    def order(self, order_number: str) -> BankOrder | None:
        """What the bank knows of an order number; None when it knows none."""
        try:
            told = self._post(
                "getOrderStatusExtended.do", {"orderNumber": order_number, "language": "ru"}
            )
        except BankRefused as refused:
            if refused.code == UNKNOWN_ORDER:
                return None
            raise
        return None if told.get("orderStatus") is None else _order(told)

    def deposit(self, bank_order_id: str, amount_kopecks: int) -> None:
        """Capture a held order for this amount; `order` tells whether it was done."""
        self._post("deposit.do", {"orderId": bank_order_id, "amount": str(amount_kopecks)})

    def reverse(self, bank_order_id: str) -> None:
        """Let a held order go."""
        self._post("reverse.do", {"orderId": bank_order_id})

    def refund(self, bank_order_id: str, amount_kopecks: int, refund_id: str) -> None:
        """Give back this amount; the same `refund_id` is the same refund."""
        self._post(
            "refund.do",
            {
                "orderId": bank_order_id,
                "amount": str(amount_kopecks),
                "externalRefundId": refund_id,
            },
        )

    def wallet(
        self, path: str, order_number: str, token: str, more: Mapping[str, Any]
    ) -> WalletAnswer:
        """Pay by a wallet's token (base64, without line breaks). `path` is the wallet's at the
        gateway; `more` what it takes besides. Raises like `register`."""
        body = {
            "merchant": self._merchant,
            "orderNumber": order_number,
            "paymentToken": token,
            "language": "ru",
            "preAuth": False,
            **more,
        }
        request = Request(
            "POST",
            f"{self._base}/payment/{path}/payment.do",
            headers=_JSON,
            body=json.dumps(body).encode(),
            once=True,
        )
        return self._ask(request, _wallet)

    def _post(self, method: str, fields: Mapping[str, str]) -> dict[str, Any]:
        request = Request(
            "POST",
            f"{self._base}/payment/rest/{method}",
            headers=_FORM,
            body=urlencode({**self._account, **fields}).encode(),
            once=True,
        )
        return self._ask(request, lambda answer: _told(answer, method))

    def _ask(self, request: Request, read: Callable[[Answer], T]) -> T:
        if not self.configured:
            raise DependencyUnavailable(cause="SBER_URL and SBER_USER are not set")
        return self._outside.ask(request, read)


def _body(answer: Answer, what: str) -> dict[str, Any]:
    if answer.status != 200:
        raise Rubbish(cause=f"bank: {what}: HTTP {answer.status}")
    told = answer.json()
    if not isinstance(told, dict):
        raise Rubbish(cause=f"bank: {what}: no object")
    return told


def _told(answer: Answer, what: str) -> dict[str, Any]:
    """The object of an answer that is no refusal. `errorCode` is a string or a number, and may be
    left out on success."""
    told = _body(answer, what)
    code = _whole(told.get("errorCode", 0), what)
    if code == 0 or (code == DECLINED and "orderStatus" in told):
        return told
    if code == SYSTEM_ERROR and what in _UNDECIDED:
        raise Rubbish(cause=f"bank: {what}: its own system failed")
    raise (OrderUsed if code == ORDER_USED else BankRefused)(code, what)


def _wallet(answer: Answer) -> WalletAnswer:
    if 400 <= answer.status < 500:  # what was wrong with this token is no fault of the bank's
        raise BankRefused(answer.status, "wallet")
    told = _body(answer, "wallet")
    if told.get("success") is not True:
        error = told.get("error")
        code = _whole(error.get("code", -1), "wallet") if isinstance(error, dict) else -1
        raise (OrderUsed if code == ORDER_USED else BankRefused)(code, "wallet")
    data = told.get("data")
    if not isinstance(data, dict):
        raise Rubbish(cause="bank: wallet: no data")
    redirect = data.get("acsUrl")
    return WalletAnswer(_text(data, "orderId"), redirect if isinstance(redirect, str) else None)


def _order(told: Mapping[str, Any]) -> BankOrder:
    sums = told.get("paymentAmountInfo")
    sums = sums if isinstance(sums, dict) else {}
    return BankOrder(
        order_number=_text(told, "orderNumber"),
        bank_order_id=_md_order(told.get("attributes")),
        status=_whole(told["orderStatus"], "orderStatus"),
        amount_kopecks=_sum(told.get("amount")),
        currency=str(told.get("currency", "")),
        deposited_kopecks=_sum(sums.get("depositedAmount")),
        refunded_kopecks=_sum(sums.get("refundedAmount")),
    )


def _md_order(attributes: Any) -> str | None:
    """An array of pairs in one generation of the gateway, an object in another."""
    if isinstance(attributes, dict):
        return _id(attributes.get("mdOrder"))
    pairs: Sequence[Any] = attributes if isinstance(attributes, list) else []
    for pair in pairs:
        if isinstance(pair, dict) and pair.get("name") == "mdOrder":
            return _id(pair.get("value"))
    return None


def _id(value: Any) -> str | None:
    readable = isinstance(value, str) and value and "\0" not in value and len(value) <= 2000
    return value if readable else None


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value or "\0" in value or len(value) > 2000:
        raise Rubbish(cause=f"bank: unreadable {name}")
    return value


def _whole(value: Any, what: str) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not text.removeprefix("-").isascii():
        raise Rubbish(cause=f"bank: unreadable {what}")
    if not text.removeprefix("-").isdigit() or len(text) > 18:
        raise Rubbish(cause=f"bank: unreadable {what}")
    return int(text)


def _sum(value: Any) -> int | None:
    return None if value is None else _whole(value, "amount")
