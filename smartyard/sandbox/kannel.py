"""Kannel's smsbox `sendsms` as Kannel 1.4.5 was seen to answer (`protocols.md`, section 2).

What arrives on the phone is imitated too: a text sent with the wrong coding comes out broken, and a
long one is cut, both with 202, as Kannel did. Magic numbers of the world decide the rest: `late`
(no answer for some seconds, then delivered), `lost` (202, never delivered), `refused` (403).
"""

import hmac
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service
from smartyard.sandbox.world import World

_RECEIVER = re.compile(r"[0-9 +-]+")
_ACCEPTED = Answer(202, b"0: Accepted for delivery")
_QUEUED = Answer(202, b"3: Queued for later delivery")
_NO_AUTH = Answer(403, b"Authorization failed for sendsms")
_NOT_ROUTABLE = Answer(403, b"Not routable. Do not try again.")
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
_PART = {0: 160, 1: 140, 2: 70}  # characters (coding 1: bytes) of the one part that is sent


class _Refused(Exception):
    """Kannel's 400 and its words."""


@dataclass(frozen=True)
class Kannel(Service):
    """Takes messages; `messages` keeps what phones received, oldest first."""

    world: World
    messages: list[dict[str, Any]]
    calls: Calls
    user: str
    password: str
    path: str = "/cgi-bin/sendsms"
    name: str = "kannel"

    def receive(self, request: Request) -> str:
        known = {k: v for k, v in _parameters(request.query).items() if k != "password"}
        self.calls.append(("sendsms", {k: v.decode("utf-8", "replace") for k, v in known.items()}))
        return "sendsms"

    def magic(self, request: Request) -> Fault | None:
        person = self._person(_parameters(request.query))
        if person.get("sms") == "late" and request.path == self.path:
            return Fault("kannel", "hang", float(person.get("smsSeconds", 20)))
        return None

    def odd(self, mode: str, request: Request) -> Answer:
        if mode == "refuse":
            return _NO_AUTH
        answer = self.answer(request)
        return _QUEUED if answer is _ACCEPTED else answer

    def answer(self, request: Request) -> Answer:
        if request.path != self.path:
            return Answer(404, b"Unknown request.")
        if request.method == "POST":  # a form is refused, and the query is not looked at
            form = "form" in request.headers.get("Content-Type", "")
            return Answer(400, b"Invalid content-type") if form else _NO_AUTH
        given = _parameters(request.query)
        if not self._authorized(given):
            return _NO_AUTH
        try:
            receivers, coding = _receivers(given), _coding(given)
            text = _on_the_air(given, coding)
        except _Refused as refusal:
            return Answer(400, str(refusal).encode())
        sms = self._person(given).get("sms")
        if sms == "refused":
            return _NOT_ROUTABLE
        if sms != "lost":
            sender = given.get("from", b"").decode("utf-8", "replace")
            for receiver in receivers:
                self.messages.append(
                    {"to": receiver, "from": sender, "text": text, "coding": coding}
                    | {"at": time.time()}
                )
        return _ACCEPTED

    def _authorized(self, given: dict[str, bytes]) -> bool:
        user = hmac.compare_digest(given.get("username", b""), self.user.encode())
        return hmac.compare_digest(given.get("password", b""), self.password.encode()) and user

    def _person(self, given: dict[str, bytes]) -> dict[str, Any]:
        return self.world.person(given.get("to", b"").decode("ascii", "replace"))


_ALIASES = {"user": "username", "pass": "password"}


def _parameters(query: str) -> dict[str, bytes]:
    """Bytes, for `text` may be in any charset; the first of each name counts."""
    found: dict[str, bytes] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        key = unquote_to_bytes(name.replace("+", " ")).decode("ascii", "replace")
        found.setdefault(_ALIASES.get(key, key), unquote_to_bytes(value.replace("+", " ")))
    return found


def _receivers(given: dict[str, bytes]) -> list[str]:
    if "to" not in given:
        raise _Refused("Missing receiver number, rejected")
    text = given["to"].decode("utf-8", "replace")
    if not text.strip():
        raise _Refused("Empty receiver number not allowed, rejected")
    if not _RECEIVER.fullmatch(text):
        raise _Refused("Number(s) has/have been denied by white- and/or black-lists.")
    return text.split()


def _coding(given: dict[str, bytes]) -> int:
    if given.get("coding", b"0") not in (b"0", b"1", b"2"):
        raise _Refused("Coding field misformed, rejected")
    return int(given.get("coding", b"0"))


def _on_the_air(given: dict[str, bytes], coding: int) -> str:
    """What the phone shows of the text."""
    body = given.get("text", b"")
    if coding == 1:
        return body[: _PART[1]].decode("latin-1")
    charset = given.get("charset", b"").decode("ascii", "replace")
    try:
        text = body.decode(charset or ("utf-16-be" if coding == 2 else "utf-8"), "replace")
    except LookupError:
        raise _Refused("Charset or body misformed, rejected") from None
    if coding == 2:
        return text.encode("utf-16-be", "replace")[: 2 * _PART[2]].decode("utf-16-be", "ignore")
    return "".join(sign if sign in _GSM else "?" for sign in text)[: _PART[0]]
