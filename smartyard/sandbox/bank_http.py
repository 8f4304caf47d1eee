"""The gateway's REST methods, as `protocols.md`, 3.1 to 3.4, has them.

POST of a form, JSON back with HTTP 200 for refusals too; errorCode is a string and absent from a
good `register.do`. Bodies are read strictly, and GET is refused, so that a client that sends
something else, or a password in a URL, is found out. The wallets are `bank_wallets`, the payment
page is `bank_page`.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from smartyard.sandbox.bank import SESSION, Bank
from smartyard.sandbox.bank_orders import Order, Refused
from smartyard.sandbox.bank_page import PaymentPage
from smartyard.sandbox.bank_wallets import Wallets
from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service, json_answer

Form = Mapping[str, str]
_REST = "/payment/rest/"
_SUCCESS: dict[str, Any] = {"errorCode": 0, "errorMessage": "Success"}
_SCRIPTS = ("javascript", "data", "vbscript", "blob", "file", "about")


class BankService(Service):
    """`calls` keeps what was asked: the method, and its parameters without the password."""

    name = "bank"

    def __init__(self, bank: Bank, calls: Calls) -> None:
        self.bank = bank
        self.calls = calls
        self._page = PaymentPage(bank)
        self._wallets = Wallets(bank)
        self._rest: dict[str, Callable[[Form], dict[str, Any]]] = {
            "register.do": self._register,
            "registerPreAuth.do": lambda form: self._register(form, two_stage=True),
            "getOrderStatusExtended.do": self._status,
            "deposit.do": self._deposit,
            "reverse.do": self._reverse,
            "refund.do": self._refund,
        }

    def receive(self, request: Request) -> str:
        if request.path.startswith(_REST):
            method = request.path.removeprefix(_REST)
            form = _form(request)
            self.calls.append((method, {k: v for k, v in form.items() if k != "password"}))
            return method
        if self._wallets.knows(request.path):
            method = request.path.removeprefix("/payment/")
            self.calls.append((method, self._wallets.shown(request)))
            return method
        return "page"

    def magic(self, request: Request) -> Fault | None:
        return None

    def odd(self, mode: str, request: Request) -> Answer:
        if mode in _WRONG:
            return self._asked(request, mode)
        refusal = Refused("5", "Доступ запрещён")
        if self._wallets.knows(request.path):
            return self._wallets.refusal(refusal)
        return _refusal(refusal)

    def answer(self, request: Request) -> Answer:
        if request.path.startswith(_REST):
            return self._asked(request)
        if self._wallets.knows(request.path):
            return self._wallets.answer(request)
        if request.path == "/certificate.pem":
            return Answer(200, self.bank.certificate_pem.encode(), "application/x-pem-file")
        return self._page.answer(request)

    def _asked(self, request: Request, wrong: str = "") -> Answer:
        method = self._rest.get(request.path.removeprefix(_REST))
        if method is None:
            return Answer(404)
        if request.method != "POST":
            return Answer(405)
        try:
            form = _form(request)
            self._authorize(form)
            told = method(form)
        except Refused as refusal:
            return _refusal(refusal)
        return json_answer(200, _WRONG[wrong](told) if wrong else told)

    def _authorize(self, form: Form) -> None:
        known = self.bank.options
        user = hmac.compare_digest(form.get("userName", "").encode(), known.user.encode())
        password = form.get("password", "").encode()
        if not (hmac.compare_digest(password, known.password.encode()) and user):
            raise Refused("5", "Доступ запрещён")

    def _register(self, form: Form, two_stage: bool = False) -> dict[str, Any]:
        if any(not form.get(name) for name in ("orderNumber", "amount", "returnUrl")):
            raise Refused("4", "Не указан обязательный параметр")
        if form.get("currency", "643") != "643":
            raise Refused("3", "Неизвестная валюта")
        if not re.fullmatch(r"[!-~]{1,32}", form["orderNumber"]):
            raise Refused("5", "Неверный номер заказа")
        if re.search(r"[%+\r\n]", form.get("description", "")):
            raise Refused("5", "Неверное описание")
        order = Order(
            form["orderNumber"],
            _amount(form, least=1),
            _return_url(form["returnUrl"]),
            _return_url(form.get("failUrl") or form["returnUrl"]),
            form.get("description", "")[:512],
            two_stage,
        )
        session = form.get("sessionTimeoutSecs") or str(SESSION)
        if not re.fullmatch("[1-9][0-9]{0,8}", session):
            raise Refused("5", "Неверный sessionTimeoutSecs")
        order = self.bank.add(order, float(session))
        self.bank.after_register(order)
        return {"orderId": order.id, "formUrl": self.bank.form_url(order.id)}

    def _named(self, form: Form) -> Order:
        """The order that is meant; where both are sent, orderId wins."""
        if form.get("orderId"):
            order = self.bank.find(form["orderId"])
            if order.id != form["orderId"]:
                raise Refused("6", "Неизвестный orderId")
            return order
        if not form.get("orderNumber"):
            raise Refused("5", "Не указан номер заказа")
        order = self.bank.find(form["orderNumber"])
        if order.number != form["orderNumber"]:
            raise Refused("6", "Неизвестный номер заказа")
        return order

    def _id(self, form: Form) -> str:
        if not form.get("orderId"):
            raise Refused("4", "orderId не указан")
        return self._named(form).id

    def _status(self, form: Form) -> dict[str, Any]:
        return _told_of(self._named(form))

    def _deposit(self, form: Form) -> dict[str, Any]:
        self.bank.deposit(self._id(form), _amount(form))
        return _SUCCESS

    def _reverse(self, form: Form) -> dict[str, Any]:
        self.bank.reverse(self._id(form), _amount(form, needed=False))
        return _SUCCESS

    def _refund(self, form: Form) -> dict[str, Any]:
        order_id, expected = self._id(form), form.get("expectedDepositedAmount")
        order = self._named(form)
        if expected and expected != str(order.deposited - order.refunded):
            raise Refused("7", "Сумма списания не равна ожидаемой")
        self.bank.refund(order_id, _amount(form), form.get("externalRefundId", ""))
        return _SUCCESS


def _form(request: Request) -> dict[str, str]:
    if request.headers.get_content_type() != "application/x-www-form-urlencoded":
        return {}
    text = request.body.decode("utf-8", "replace")
    return dict(parse_qsl(text, keep_blank_values=True))


def _refusal(refusal: Refused) -> Answer:
    return json_answer(200, {"errorCode": refusal.code, "errorMessage": str(refusal)})


def _amount(form: Form, least: int = 0, needed: bool = True) -> int:
    """Kopecks; 0 is the whole where the least is 0."""
    text = form.get("amount") or ("" if needed else "0")
    if not text:
        raise Refused("4", "Не указана сумма")
    if not re.fullmatch("[0-9]{1,12}", text) or int(text) < least:
        raise Refused("5", "Неверная сумма")
    return int(text)


def _return_url(url: str) -> str:
    """A whole URL, or a scheme of an app's own; never one that runs in the page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Refused("4", "Неверный адрес возврата") from None
    if not parts.scheme or not parts.netloc or parts.scheme.lower() in _SCRIPTS or len(url) > 512:
        raise Refused("4", "Неверный адрес возврата")
    return url


def _told_of(order: Order) -> dict[str, Any]:
    told: dict[str, Any] = {
        "errorCode": "0",
        "errorMessage": "Успешно",
        "orderNumber": order.number,
        "orderStatus": order.status,
        "actionCode": order.action_code,
        "actionCodeDescription": "" if order.action_code == 0 else "Не оплачен",
        "amount": order.amount,
        "currency": "643",
        "date": int(order.at * 1000),
        "orderDescription": order.description,
        "ip": "127.0.0.1",
        "merchantOrderParams": [],
        "attributes": [{"name": "mdOrder", "value": order.id}],
        "paymentAmountInfo": {
            "paymentState": order.state,
            "approvedAmount": order.approved,
            "depositedAmount": order.deposited,
            "refundedAmount": order.refunded,
            "feeAmount": 0,
        },
        "bankInfo": {"bankCountryCode": "UNKNOWN", "bankCountryName": "<Неизвестно>"},
    }
    if order.pan:
        told["authRefNum"] = str(int(order.at * 1000) % 10**12)
        told["cardAuthInfo"] = {"pan": order.pan, "expiration": "203012", "approvalCode": "123456"}
    return told


def _shifted(told: dict[str, Any]) -> dict[str, Any]:
    """A ruble too much everywhere, as if another order had been paid."""
    info = dict(told["paymentAmountInfo"])
    for name in ("approvedAmount", "depositedAmount"):
        info[name] = info[name] and info[name] + 100
    return told | {"amount": told["amount"] + 100, "paymentAmountInfo": info}


_WRONG: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "wrong_amount": _shifted,
    "wrong_currency": lambda told: told | {"currency": "978"},
    "wrong_number": lambda told: told | {"orderNumber": told["orderNumber"] + "0"},
}
