"""Paying from a wallet: `POST /payment/{google,applepay,samsung,mir}/payment.do` (3.4).

JSON both ways; no password, as at the real gateway: whoever knows the merchant's name may pay any
number with any amount. A token is base64 (read leniently: Android breaks its lines) of JSON. The
amount is the body's, for Apple Pay that of the token: `{"amount": kopecks}` here, where the real
one is encrypted. Refusals have STRING codes, or iOS could not read them.
"""

import base64
import binascii
import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from smartyard.sandbox import bank_magic
from smartyard.sandbox.bank import Bank
from smartyard.sandbox.bank_orders import AUTHENTICATING, DECLINED, Order, Refused
from smartyard.sandbox.http import Answer, Request, json_answer

_PATH = re.compile(r"/payment/(google|applepay|samsung|mir)/payment\.do")
_LONGEST_TOKEN = 8192  # characters


class Wallets:
    """The four endpoints."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    def knows(self, path: str) -> bool:
        return _PATH.fullmatch(path) is not None

    def shown(self, request: Request) -> dict[str, Any]:
        """The body as it may be kept: without the token."""
        body = _body(request)
        return {name: value for name, value in body.items() if name != "paymentToken"}

    def refusal(self, refusal: Refused) -> Answer:
        words = {"code": refusal.code, "description": str(refusal), "message": str(refusal)}
        return json_answer(200, {"success": False, "error": words})

    def answer(self, request: Request) -> Answer:
        found = _PATH.fullmatch(request.path)
        if found is None or request.method != "POST":
            return Answer(405)
        try:
            return json_answer(200, self._pay(found[1], _body(request)))
        except Refused as refusal:
            return self.refusal(refusal)

    def _pay(self, system: str, body: dict[str, Any]) -> dict[str, Any]:
        if not body:
            raise Refused("4", "The body is not a JSON object")
        if body.get("merchant") != self._bank.options.merchant:
            raise Refused("5", "Unknown merchant")
        number, token = body.get("orderNumber"), _token(body.get("paymentToken"))
        if not isinstance(number, str) or not re.fullmatch("[!-~]{1,32}", number):
            raise Refused("4", "orderNumber is needed")
        if str(body.get("currencyCode", "643")) != "643":
            raise Refused("3", "Unknown currency")
        amount = _kopecks((token if system == "applepay" else body).get("amount"))
        hold = str(body.get("preAuth", "false")).lower() == "true"
        order = self._bank.add(Order(number, amount, two_stage=hold, way=system))
        fate = bank_magic.outcome(amount) or bank_magic.PAID
        order = self._bank.settle(order.id, fate, pan="520000**0007")
        if order.status == DECLINED:
            raise Refused("2", "The issuing bank declined the payment")
        data = {"orderId": order.id}
        if order.status == AUTHENTICATING:
            acs = f"{self._bank.url}/payment/acsRedirect.do?orderId={order.id}"
            data |= {"acsUrl": acs, "paReq": "sandbox", "termUrl": acs}
        return {"success": True, "data": data}


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _token(text: Any) -> dict[str, Any]:
    try:
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_TOKEN:
            raise ValueError
        token = json.loads(base64.b64decode(text))
        if not isinstance(token, dict):
            raise ValueError
    except (ValueError, binascii.Error):
        raise Refused("10", "The paymentToken cannot be read") from None
    return token


def _kopecks(value: Any) -> int:
    """A number, or one in a string; whole and more than nothing."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise Refused("5", "The amount is wrong") from None
    if not (amount.is_finite() and 0 < amount < 10**12 and amount == int(amount)):
        raise Refused("5", "The amount is wrong")
    return int(amount)
