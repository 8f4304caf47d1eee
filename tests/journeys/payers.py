"""People who pay in every way at once, and do not give up at the first failure.

What a payment is like is chosen by the seed and its number. Its kopecks are a magic amount of the
bank's (docs/sandbox.md) or 50, which is none: then the payer, or the bank's office, decides.
"""

import random
import time
from collections.abc import Callable
from contextlib import suppress

import requests

from smartyard.sandbox import Bank, Refused
from tests.journeys.paying import App

_TRIES = 5  # iOS sends a request that got no answer so often
_FATES = (0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 50, 50, 50, 50, 50, 50)
_WAYS = ("register", "register without a token", "at the bank", "google", "apple")
_PAST_US = ("google at the bank", "apple at the bank", "another sum at the bank")
_LATER = ("pay", "pay", "decline, then pay", "hold", "refund a part", "refund twice", "reverse", "")


class Payer:
    """Payment `number` of a run, by the app of somebody who holds the contract."""

    def __init__(self, app: App, bank: Bank, contract: str, chance: random.Random) -> None:
        self._app = app
        self._bank = bank
        self._contract = contract
        self._chance = chance

    def pay(self, rubles: int) -> str:
        """From the button to whatever comes of it; the name of the way."""
        way = self._chance.choice(_WAYS + _PAST_US)
        amount = rubles * 100 + self._chance.choice(_FATES)
        number = self._stubborn(lambda: self._app.prepare(self._contract, str(amount)))
        if number is None:
            return "gave up before there was an order"
        if self._chance.random() < 0.3:
            self._process(str(number))  # too early: nothing is paid yet
        self._go(way, str(number), amount)
        for _ in range(self._chance.choice((0, 0, 1, 2))):
            self._process(str(number))
        if amount % 100 == 50:
            time.sleep(self._chance.uniform(0, 2))
            self._decide(str(number), amount)
        return way

    def _go(self, way: str, number: str, amount: int) -> None:
        app = self._app
        ways: dict[str, Callable[[], requests.Response]] = {
            "register": lambda: app.register(number, amount),
            "register without a token": lambda: app.register(number, str(amount), signed=False),
            "at the bank": lambda: app.register_at_bank(number, str(amount), "lanta://sber"),
            "google": lambda: app.wallet(number, "google", amount),
            "apple": lambda: app.wallet(number, "apple", amount),
            "google at the bank": lambda: app.google_at_bank(number, str(amount)),
            "apple at the bank": lambda: app.apple_at_bank(number, amount),
            # The wallets ask for no password: whoever knows the merchant's name may pay any sum.
            "another sum at the bank": lambda: app.google_at_bank(number, "100"),
        }
        self._stubborn(ways[way])

    def _decide(self, number: str, amount: int) -> None:
        """What people do at the bank, and the bank by itself; it refuses what cannot be."""
        later = self._chance.choice(_LATER)
        steps: dict[str, list[Callable[[], object]]] = {
            "pay": [lambda: self._bank.pay(number)],
            "decline, then pay": [
                lambda: self._bank.decline(number),
                lambda: self._bank.pay(number),
            ],
            "hold": [lambda: self._bank.hold(number)],
            "refund a part": [
                lambda: self._bank.pay(number),
                lambda: self._bank.refund(number, amount // 3),
            ],
            "refund twice": [
                lambda: self._bank.pay(number),
                lambda: self._bank.refund(number, amount // 3),
                lambda: self._bank.refund(number),
            ],
            "reverse": [lambda: self._bank.pay(number), lambda: self._bank.reverse(number)],
        }
        for step in steps.get(later, []):
            with suppress(Refused):
                step()
            time.sleep(self._chance.uniform(0, 1.5))

    def _process(self, number: str) -> None:
        with suppress(requests.RequestException):
            answer = self._app.process(number, "whatever")
            assert answer.status_code in (200, 503), answer.text

    def _stubborn(self, send: Callable[[], requests.Response]) -> object:
        """Send it until it is answered by a yes or a no; `data` of a yes, if it has any."""
        for attempt in range(_TRIES):
            time.sleep(0.3 * attempt)
            with suppress(requests.RequestException):
                answer = send()
                assert answer.status_code in (200, 402, 404, 500, 503), answer.text
                if answer.status_code == 200:
                    with suppress(ValueError):  # rubbish of the bank's
                        told = answer.json()
                        return told.get("data") if isinstance(told, dict) else None
                if answer.status_code == 404:  # the order is over
                    return None
        return None
