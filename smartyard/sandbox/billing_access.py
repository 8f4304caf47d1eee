"""How a phone comes to a contract by itself: `addphone` by password, `*restore*` by a code.

A contract of the world has a `password` and `contacts` (phones and e-mail addresses); the code that
"goes" to a contact is kept in `codes`, which the page shows. An unknown contract is 403, since 404
is what a billing answers that lacks the method.
"""

import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any

from smartyard.sandbox.billing_words import Declined, Method, phone_of, text_of
from smartyard.sandbox.world import World

CODE_LIVES = 600  # seconds
_GUESSES = 5


class Access:
    """`codes` is what was sent, oldest first: contract, contact, code, at."""

    def __init__(self, world: World) -> None:
        self.codes: list[dict[str, Any]] = []
        self._world = world
        self._lock = threading.Lock()
        self._live: dict[tuple[int, int], dict[str, Any]] = {}
        self.methods: dict[str, Method] = {
            "addphone": self._add_phone,
            "getrestorecontacts": self._contacts,
            "sendrestorecode": self._send,
            "confirmrestorecode": self._confirm,
        }

    def reset(self) -> None:
        with self._lock:
            self.codes.clear()
            self._live.clear()

    def _contract(self, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        contract = self._world.contract(text_of(body, key))
        if not contract:
            raise Declined(403, "There is no such contract")
        return contract

    def _add_phone(self, body: Mapping[str, Any]) -> None:
        phone, password = phone_of(body), text_of(body, "password")
        contract = self._world.contract(text_of(body, "login"))
        right = str(contract.get("password", ""))
        if not right or not secrets.compare_digest(password.encode(), right.encode()):
            raise Declined(403, "The contract or the password is wrong")
        if any(one["clientId"] == contract["clientId"] for one in self._world.contracts(phone)):
            raise Declined(409, "The phone is there already")
        self._world.add_contract(phone, contract["clientId"])

    def _contacts(self, body: Mapping[str, Any]) -> list[dict[str, str]]:
        phone_of(body)
        contract = self._contract(body, "contract")
        return [
            {"id": str(number), "contact": masked(contact)}
            | {"type": "email" if "@" in contact else "phone"}
            for number, contact in enumerate(contract.get("contacts", []), start=1)
        ]

    def _send(self, body: Mapping[str, Any]) -> None:
        phone, contract = phone_of(body), self._contract(body, "contract")
        wanted, contacts = text_of(body, "contactId"), contract.get("contacts", [])
        if wanted not in [str(number) for number in range(1, len(contacts) + 1)]:
            raise Declined(403, "There is no such contact")
        code = f"{secrets.randbelow(10000):04d}"
        sent = {"contract": contract["contractName"], "contact": contacts[int(wanted) - 1]}
        with self._lock:
            self.codes.append(sent | {"code": code, "at": time.time()})
            live = {"code": code, "until": time.monotonic() + CODE_LIVES, "guesses": _GUESSES}
            self._live[phone, contract["clientId"]] = live

    def _confirm(self, body: Mapping[str, Any]) -> None:
        phone, code = phone_of(body), text_of(body, "code")
        number = self._contract(body, "contract")["clientId"]
        with self._lock:
            live = self._live.get((phone, number))
            if live is None or live["guesses"] <= 0 or time.monotonic() > live["until"]:
                raise Declined(403, "The code is wrong")
            live["guesses"] -= 1
            if not secrets.compare_digest(code.encode(), live["code"].encode()):
                raise Declined(403, "The code is wrong")
            del self._live[phone, number]
        self._world.add_contract(phone, number)


def masked(contact: str) -> str:
    """Enough to know one's own: `i***@example.org`, `+7 *** ***-**-01`."""
    name, at, host = contact.partition("@")
    return f"{name[:1]}***@{host}" if at else f"+7 *** ***-**-{contact[-2:]}"
