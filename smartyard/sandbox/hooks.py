"""A program of the provider's that is told what happens: a receiver by Standard Webhooks 1.0.0.

It knows the secrets that it was given (`flask webhooks add` shows one; the page takes it), and
keeps each message once, however often it comes, with what it thinks of the signature.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service, json_answer, object_in

_HEADERS = ("id", "timestamp", "signature")
_TOLERANCE = 300.0  # seconds, that a message may be old, or of the future


class Hooks(Service):
    """`taken`: what came, by id, oldest first. `now` tells the time for the age of messages."""

    name = "webhooks"

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.secrets: list[str] = []
        self.taken: dict[str, dict[str, Any]] = {}
        self.now: Callable[[], float] = time.time

    def reset(self) -> None:
        """Forget what came, and the secrets."""
        self.secrets.clear()
        self.taken.clear()
        self.now = time.time

    def learn(self, secret: str) -> None:
        """One more secret. Raises ValueError when it is none."""
        _key(secret)
        if secret not in self.secrets:
            self.secrets.append(secret)

    def receive(self, request: Request) -> str:
        told = {name: request.headers.get(f"webhook-{name}", "") for name in _HEADERS}
        self.calls.append(("webhook", told | {"path": request.path, "body": request.body.decode()}))
        return "webhook"

    def magic(self, request: Request) -> Fault | None:
        return None

    def odd(self, mode: str, request: Request) -> Answer:
        if mode == "moved":
            return Answer(307, headers={"Location": "/elsewhere"})
        if mode == "limited":
            return Answer(429, headers={"Retry-After": "120"})
        return json_answer(410 if mode == "gone" else 403, {"error": "not you"})

    def answer(self, request: Request) -> Answer:
        content = object_in(request)
        if request.method != "POST" or content is None:
            return json_answer(422, {"error": "a JSON object by POST is needed"})
        message = request.headers.get("webhook-id", "")
        signature = self._verdict(message, request)
        known = self.taken.setdefault(message, {"id": message, "times": 0, "body": content})
        known.update(at=time.time(), times=known["times"] + 1, signature=signature)
        return json_answer(401 if signature == "wrong" else 200, {})

    def _verdict(self, message: str, request: Request) -> str:
        """`right`, `wrong`, or `unknown` where no secret was given."""
        if not self.secrets:
            return "unknown"
        moment = request.headers.get("webhook-timestamp", "")
        if not (moment.isascii() and moment.isdigit()):
            return "wrong"
        if abs(self.now() - int(moment)) > _TOLERANCE:
            return "wrong"
        signed = f"{message}.{moment}.".encode() + request.body
        sent = request.headers.get("webhook-signature", "").split(" ")
        for secret in self.secrets:
            mac = base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256))
            if any(hmac.compare_digest(one.encode(), b"v1," + mac) for one in sent):
                return "right"
        return "wrong"


def _key(secret: str) -> bytes:
    if not secret.startswith("whsec_"):
        raise ValueError("a secret begins with whsec_")
    return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
