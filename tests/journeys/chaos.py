"""What goes wrong in the fault test: the outside by the sandbox's faults, our own processes by
`kill -9`. Chosen by a seed; when each comes is the machine's affair.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType

from tests.journeys.paying import Installation

# What a service may do, and to which of its methods; "" is all of it. Waits pass our time-outs.
_ANY = ("refuse", "error", "hang", "stall", "drop", "rubbish", "slow")
_BANK = (
    "register.do",
    "getOrderStatusExtended.do",
    "deposit.do",
    "google/payment.do",
    "applepay/payment.do",
)
_BILLING = ("createinvoice", "confirmpayment", "cancelpayment")
_LIES = ("wrong_amount", "wrong_currency", "wrong_number")
_KINDS = ("html", "nan", "array", "cut")
KILLS = ("a gunicorn worker", "the worker", "the whole server")


class Chaos:
    """Begins with its block, and ends with it or after `most` seconds; then everything outside is
    mended, and our processes run. `done` counts what was done, by name."""

    def __init__(self, installation: Installation, seed: str, most: float) -> None:
        self.done: Counter[str] = Counter()
        self._installation = installation
        self._over = threading.Event()
        self._most = most
        self._failed: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._repeat, args=(act, random.Random(f"{seed}:{name}"), span))
            for name, act, span in (
                ("outside", self._break_outside, (0.05, 0.3)),
                ("kills", self._kill, (0.5, 2.0)),
            )
        ]

    def _repeat(
        self, act: Callable[[random.Random], str], chance: random.Random, span: tuple[float, float]
    ) -> None:
        end = time.monotonic() + self._most
        try:
            while time.monotonic() < end and not self._over.wait(chance.uniform(*span)):
                self.done[act(chance)] += 1
        except BaseException as failed:  # pylint: disable=broad-exception-caught  # told at the end
            self._failed.append(failed)

    def _break_outside(self, chance: random.Random) -> str:
        service, mode, method = chance.choice(
            [
                ("bank", chance.choice(_ANY), chance.choice(_BANK)),
                ("bank", chance.choice(_LIES), "getOrderStatusExtended.do"),
                ("bank", chance.choice(("lost", "doubled", "late")), "callback"),
                ("bank", chance.choice((*_ANY, "down")), ""),
                ("billing", chance.choice((*_ANY, "lacks")), chance.choice(_BILLING)),
                ("billing", chance.choice((*_ANY, "down")), ""),
            ]
        )
        seconds = None if mode in ("refuse", "error", "drop", "down") else chance.uniform(0.5, 2.5)
        self._installation.sandbox.faults.set(
            service,
            mode,
            method=method,
            seconds=seconds,
            times=chance.randint(1, 6),
            kind=chance.choice(_KINDS),
        )
        return f"{service}: {mode}"

    def _kill(self, chance: random.Random) -> str:
        # Each kind comes once before any comes twice; then the costly one comes seldom.
        left = [kind for kind in KILLS if not self.done[f"killed: {kind}"]]
        kind = chance.choice(left or KILLS[:1] * 3 + KILLS[1:2] * 3 + KILLS[2:])
        if kind == "the whole server":
            self._installation.kill_server()
        elif kind == "the worker":
            self._installation.kill_worker()
        else:
            self._installation.kill_one_of_the_server()
        return f"killed: {kind}"

    def __enter__(self) -> "Chaos":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._installation.sandbox.faults.clear()
        assert not self._failed, self._failed
