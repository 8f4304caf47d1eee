"""What the bank tells the merchant by itself (`protocols.md`, 3.6): callbacks, signed and retried.

A callback is tried again until somebody answers 200, three times in all. Faults of service `bank`,
method `callback`, make it `lost`, `doubled`, or `late` by some seconds.
"""

import http.client
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from smartyard.sandbox.background import Background
from smartyard.sandbox.bank_orders import Order
from smartyard.sandbox.bank_signing import hmac_checksum, rsa_checksum
from smartyard.sandbox.faults import Faults

METHOD = "callback"
SIGNATURES = ("hmac", "rsa", "none")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class CallbackOptions:
    """Where callbacks go and how; with no `url` there are none. Times are seconds."""

    url: str = ""
    method: str = "GET"
    signature: str = "hmac"
    key: str = "demo-callback-key"
    tries: int = 3
    every: float = 30.0
    timeout: float = 5.0


class Callbacks:
    """Sends them; `sent` keeps each attempt with what we were answered, oldest first."""

    def __init__(self, options: CallbackOptions, faults: Faults, background: Background) -> None:
        self.options = options
        self.sent: deque[dict[str, Any]] = deque(maxlen=5000)
        self._faults = faults
        self._background = background
        self._open: set[http.client.HTTPConnection] = set()
        self._lock = threading.Lock()

    def tell(  # pylint: disable=too-many-arguments  # each is a way a callback may go wrong
        self,
        order: Order,
        operation: str,
        ok: bool = True,
        *,
        copies: int = 1,
        forged: bool = False,
        at_once: bool = False,
    ) -> None:
        """Tell of an operation: beside the caller, or with `at_once` before it goes on."""
        if not self.options.url:
            return
        parameters = self._parameters(order, operation, ok, forged)
        fault = self._faults.take_own("bank", METHOD)
        mode = fault.mode if fault else ""
        if mode == "lost":
            self._note(parameters, 0, "lost")
            return
        delay = fault.seconds if fault and mode == "late" else 0.0
        for _ in range(2 if mode == "doubled" else copies):
            if at_once and not delay:
                self._attempt(parameters, 1)
            else:
                self._background.after(delay, lambda: self._attempt(parameters, 1))

    def _parameters(self, order: Order, operation: str, ok: bool, forged: bool) -> dict[str, str]:
        told = {
            "mdOrder": order.id,
            "orderNumber": order.number,
            "operation": operation,
            "status": "1" if ok else "0",
            "amount": str(order.amount),
            "currency": "643",
            "actionCode": str(order.action_code),
            "paymentState": order.state,
            "approvedAmount": str(order.approved),
            "depositedAmount": str(order.deposited),
            "refundedAmount": str(order.refunded),
            "callbackCreationDate": time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime()),
        }
        if self.options.signature == "hmac":
            told["checksum"] = hmac_checksum(told, self.options.key)
        elif self.options.signature == "rsa":
            told |= {"checksum": rsa_checksum(told), "sign_alias": "sandbox"}
        if forged:
            real = told.get("checksum", "0" * 64)
            told["checksum"] = ("1" if real[0] == "0" else "0") + real[1:]
        return told

    def _attempt(self, parameters: Mapping[str, str], number: int) -> None:
        over = self._background.over
        answered = self._send(parameters)
        if over.is_set():  # another world has begun meanwhile
            return
        self._note(parameters, number, answered)
        if answered != 200 and number < self.options.tries:
            again = self.options.every
            self._background.after(again, lambda: self._attempt(parameters, number + 1))

    def _send(self, parameters: Mapping[str, str]) -> int | str:
        """The status, or a word for why there is none. Redirects are not followed."""
        parts = urlsplit(self.options.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else None
        connect = kind or http.client.HTTPConnection
        connection = connect(parts.hostname or "", parts.port, timeout=self.options.timeout)
        with self._lock:
            self._open.add(connection)
        form, path = urlencode(parameters), parts.path or "/"
        try:
            if self.options.method == "POST":
                target = f"{path}?{parts.query}" if parts.query else path
                connection.request("POST", target, form, _FORM)
            else:
                connection.request("GET", f"{path}?{'&'.join(filter(None, [parts.query, form]))}")
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except TimeoutError:
            return "timeout"
        except (OSError, http.client.HTTPException):
            return "unreachable"
        finally:
            connection.close()
            with self._lock:
                self._open.discard(connection)

    def _note(self, parameters: Mapping[str, str], attempt: int, answered: int | str) -> None:
        shown = ("orderNumber", "operation", "status")
        self.sent.append(
            {"at": time.time(), "attempt": attempt, "answered": answered}
            | {name: parameters[name] for name in shown}
            | {"parameters": dict(parameters)}
        )

    def hang_up(self) -> None:
        """End attempts that wait for an answer."""
        with self._lock:
            for connection in self._open:
                if connection.sock is not None:
                    try:
                        connection.sock.shutdown(2)
                    except OSError:
                        pass  # it closed by itself meanwhile
