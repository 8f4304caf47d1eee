"""What every panel of the sandbox is: an account, outputs that open doors, and what happened."""

import threading
import time
from abc import abstractmethod
from typing import Any

from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service
from smartyard.sandbox.panels.login import Kind, Login

_SHUTS_AFTER = 5.0  # seconds that a door is seen open on the page
_SHOWN = 5  # newest openings


class Device(Service):
    """Safe to use from any thread. `openings` are all, oldest first: `output`, and `by`: `command`
    (over HTTP, a pulse), `key`, `code`, `button`, `dtmf`."""

    model = ""
    success = Answer(200)  # what it says to a command that it did

    def __init__(self, name: str, host: str, calls: Calls, auth: Kind = "basic") -> None:
        self.name = name
        self.host = host
        self.url = ""  # once it listens
        self.account = Login("admin", "demo", auth)
        self._auth = auth
        self._calls = calls
        self._lock = threading.RLock()
        self.openings: list[dict[str, Any]] = []
        self.held_open: set[int] = set()  # relays that were switched on, and not yet off
        self.reset()

    def reset(self) -> None:
        """As it came from the factory."""
        self.forget()

    def forget(self) -> None:
        """Nobody has come yet; what it was told it knows."""
        with self._lock:
            self.account.kind = self._auth
            self.openings = []
            self.held_open = set()

    def challenge(self, request: Request) -> Answer | None:
        wanted = self.account.challenge(request)
        if wanted is not None:
            self._calls.append(("challenge", request.path))
        return wanted

    def receive(self, request: Request) -> str:
        method = self.method_of(request)
        self._calls.append((method, {"path": request.path, "query": request.query}))
        return method

    def magic(self, request: Request) -> Fault | None:
        return None

    def odd(self, mode: str, request: Request) -> Answer:
        """`refuse`, or `lie`: say that it was done, and do nothing."""
        return self.success if mode == "lie" else Answer(403, b"Forbidden", "text/plain")

    @abstractmethod
    def method_of(self, request: Request) -> str:
        """Which of its faults a request meets."""

    def pulse(self, output: int, by: str = "command") -> None:
        with self._lock:
            self.openings.append({"at": time.time(), "output": output, "by": by})

    def pulses(self, output: int | None = None) -> int:
        """How often a command opened it: one output, or any."""
        with self._lock:
            return sum(
                one["by"] == "command" and output in (None, one["output"]) for one in self.openings
            )

    def act(self, act: str, value: str) -> None:
        """What somebody does at the door, as the page asks for it. Raises ValueError."""
        raise ValueError(f"at {self.name} nobody can {act} {value}")

    def as_json(self) -> dict[str, Any]:
        with self._lock:
            last = self.openings[-1]["at"] if self.openings else 0.0
            return {
                "name": self.name,
                "model": self.model,
                "url": self.url,
                "auth": self.account.kind,
                "pulses": self.pulses(),
                "open": bool(self.held_open) or time.time() - last < _SHUTS_AFTER,
                "openings": self.openings[-_SHOWN:][::-1],
            }
