"""Billing's envelope `{"code", "name", "message", "data"}`, before anybody looks at `data`.

Source: docs/billing-api.md. Codes and HTTP statuses of 400 and more are refusals; what is no
envelope is Rubbish.
"""

from typing import Any

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.transport import Answer, Rubbish


class BillingRefused(DependencyUnavailable):
    """Billing answered that it will not: `code` is its own."""

    def __init__(self, code: int) -> None:
        super().__init__(cause=f"billing refused with {code}")
        self.code = code


class BillingLacks(DependencyUnavailable):
    """This billing has no such method."""


def code_and_data(answer: Answer) -> tuple[int, Any]:
    """What the envelope says, its code of any value. A 204 is code 200 with no data.

    Raises BillingLacks and BillingRefused only for an HTTP 4xx without an envelope: a 404 of some
    web server on the way is no word of billing's about what we asked.
    """
    if answer.status == 204:
        return 200, None
    if not (200 <= answer.status < 300 or 400 <= answer.status < 500):
        raise Rubbish(cause=f"billing answered HTTP {answer.status}")
    try:
        code, data = _read(answer.json())
    except Rubbish:
        if answer.status < 400:
            raise
        raise _refusal(answer.status) from None
    return (code if code >= 400 or answer.status < 400 else answer.status), data


def data_of(answer: Answer) -> Any:
    """`data` of an answer that is no refusal; else BillingRefused or BillingLacks."""
    code, data = code_and_data(answer)
    if code >= 400:
        raise _refusal(code)
    return data


def done(answer: Answer) -> None:
    """Of a method whose answer moves money: only billing's own envelope that says 200 means that
    it is done. A bare 204 may be some proxy's word; what is Rubbish is asked again."""
    code, _ = code_and_data(answer)
    if code >= 400:
        raise _refusal(code)
    if answer.status == 204 or code != 200:
        raise Rubbish(cause=f"billing answered HTTP {answer.status}, code {code}: not that it did")


def _refusal(code: int) -> DependencyUnavailable:
    if code == 404:
        return BillingLacks(cause="billing answered 404")
    return BillingRefused(code)


def _read(envelope: Any) -> tuple[int, Any]:
    code = envelope.get("code") if isinstance(envelope, dict) else None
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == 3:
        code = int(code)
    if not isinstance(code, int) or not 200 <= code < 600:
        raise Rubbish(cause="billing's answer is no envelope")
    return code, envelope.get("data")
