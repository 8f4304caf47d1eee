"""What each server of the sandbox has been told to do wrong.

A fault belongs to a service, or to one method of it (which goes first), for ever or for so many
requests. Waiting handlers are known here, so that clearing a fault or stopping ends them at once.
Times are seconds.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

PANELS = ("beward", "sokol", "relay")
OTHERS = (
    "kannel",
    "billing",
    "media",
    "bank",
    "mail",
    "desk",
    "geocoder",
    "fcm",
    "frs",
    "webhooks",
)
SERVICES = (*OTHERS, *PANELS)
MODES = ("refuse", "error", "hang", "slow", "stall", "rubbish", "drop", "down")
# What one service, or panels alone, can do: their names, and the method where it can be no other.
OWN_MODES = {
    "queued": (("kannel",), ""),
    "lacks": (("billing",), ""),
    "missing": (("media",), ""),
    "cut": (("media",), ""),
    "freeze": (("media",), ""),
    "lost": (("bank",), "callback"),
    "doubled": (("bank",), "callback"),
    "late": (("bank",), "callback"),
    "wrong_amount": (("bank",), "getOrderStatusExtended.do"),
    "wrong_currency": (("bank",), "getOrderStatusExtended.do"),
    "wrong_number": (("bank",), "getOrderStatusExtended.do"),
    "lie": (PANELS, "open"),
    "gone": (("webhooks",), ""),
    "moved": (("webhooks",), ""),
    "limited": (("webhooks",), ""),
}
KINDS = ("html", "nan", "huge", "array", "cut", "drip")
_DEFAULT_SECONDS = {"hang": 3600.0, "stall": 3600.0, "freeze": 3600.0, "slow": 1.0, "late": 1.0}


@dataclass(eq=False)
class Fault:
    """One order to fail. `left` counts the requests it still holds for; None is no end."""

    service: str
    mode: str
    seconds: float = 0.0
    method: str = ""
    kind: str = "html"
    left: int | None = None
    over: threading.Event = field(default_factory=threading.Event, repr=False)
    abandoned: bool = False  # the world was reset or stopped: a waiting request has no effect

    def as_json(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "mode": self.mode,
            "seconds": self.seconds,
            "method": self.method,
            "kind": self.kind,
            "times": self.left,
        }


def _method_of(service: str, mode: str, method: str) -> str:
    """The method that a mode is set for. Raises ValueError for a mode the service has not."""
    owners, only = OWN_MODES.get(mode, ((service,), ""))
    if (mode not in MODES and mode not in OWN_MODES) or service not in owners:
        own = [name for name, (whose, _) in OWN_MODES.items() if service in whose]
        raise ValueError(f"no such mode; there are ok, {', '.join([*MODES, *own])}")
    if only and method not in ("", only):
        raise ValueError(f"{mode} is for {only} only")
    return only or method


class Faults:
    """The switchboard; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: dict[tuple[str, str], Fault] = {}
        self._waiting: list[Fault] = []  # once for each request that waits

    def set(
        self,
        service: str,
        mode: str,
        *,
        seconds: float | None = None,
        method: str = "",
        times: int | None = None,
        kind: str = "html",
    ) -> None:
        """Break a service, or with mode `ok` mend it. Raises ValueError for what is not known."""
        if service not in SERVICES:
            raise ValueError(f"no such service; there are {', '.join(SERVICES)}")
        if mode == "ok":
            self._mend(service, method)
            return
        method = _method_of(service, mode, method)
        if kind not in KINDS:
            raise ValueError(f"no such kind of rubbish; there are {', '.join(KINDS)}")
        pause = _DEFAULT_SECONDS.get(mode, 0.0) if seconds is None else seconds
        if not 0 <= pause <= 86400 or (times is not None and times < 1):
            raise ValueError("seconds are 0 to 86400, and times at least 1")
        self._mend(service, method, only=True)
        with self._lock:
            self._set[service, method] = Fault(service, mode, pause, method, kind, times)

    def _mend(self, service: str, method: str, only: bool = False) -> None:
        """Without a method all of a service is mended, unless `only` the service-wide fault is."""
        whole = not method and not only
        with self._lock:
            gone = [k for k in self._set if k[0] == service and (whole or k[1] == method)]
            for key in gone:
                del self._set[key]
            for fault in self._waiting:
                if fault.service == service and (whole or fault.method == method):
                    fault.over.set()

    def clear(self, *, abandon: bool = False) -> None:
        """Mend everything. Waiting requests go on, or with `abandon` are closed without effect."""
        with self._lock:
            self._set.clear()
            for fault in self._waiting:
                fault.abandoned = fault.abandoned or abandon
                fault.over.set()

    def take(self, service: str, method: str) -> Fault | None:
        """The fault that a request meets, counted."""
        with self._lock:
            return self._take(service, method) or self._take(service, "")

    def take_own(self, service: str, method: str) -> Fault | None:
        """The same, where only a fault of the method itself counts."""
        with self._lock:
            return self._take(service, method)

    def take_connection(self, service: str) -> bool:
        """True when a new connection must be closed at once."""
        with self._lock:
            fault = self._set.get((service, ""))
            return fault is not None and fault.mode == "down" and bool(self._take(service, ""))

    def _take(self, service: str, method: str) -> Fault | None:
        fault = self._set.get((service, method))
        if fault is not None and fault.left is not None:
            fault.left -= 1
            if fault.left <= 0:
                del self._set[service, method]
        return fault

    @contextmanager
    def holding(self, fault: Fault) -> Iterator[None]:
        """While inside, clearing sets `fault.over`."""
        with self._lock:
            self._waiting.append(fault)
        try:
            yield
        finally:
            with self._lock:
                self._waiting.remove(fault)

    def wait(self, fault: Fault) -> bool:
        """Wait the fault's seconds, or until it is cleared; False when the request is abandoned."""
        with self.holding(fault):
            fault.over.wait(fault.seconds)
        return not fault.abandoned

    def waiting(self, service: str) -> int:
        """How many requests of a service wait now, at one of its faults."""
        with self._lock:
            return sum(fault.service == service for fault in self._waiting)

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.as_json() for fault in self._set.values()]
