"""The provider's billing: who lives where, what is connected and paid, which cameras a house has.

Source: docs/billing-api.md. One deadline covers all calls of one question of ours. A wrong answer
is DependencyUnavailable, as a whole, so that the last good copy stays.
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import tzinfo
from functools import partial
from typing import Any, TypeVar

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.billing_answers import (
    BilledCamera,
    BilledDoor,
    BilledFlat,
    BilledHouse,
    BilledRoommate,
    Homes,
    HouseCameras,
    read_cameras,
    read_flats,
    read_houses,
)
from smartyard.gateways.billing_envelope import BillingLacks, BillingRefused
from smartyard.gateways.transport import Answer, Outside, Request, Unreachable
from smartyard.phones import Phone

__all__ = [
    "BilledCamera",
    "BilledDoor",
    "BilledFlat",
    "BilledHouse",
    "BilledRoommate",
    "BillingGateway",
    "BillingLacks",
    "BillingRefused",
    "Homes",
    "HouseCameras",
]

T = TypeVar("T")

# The transport ends a call at the deadline by itself, and its error says more than ours.
_GRACE = 0.2


class BillingGateway:
    """`without` names the methods that this billing lacks; `zone` is the clock its dates are in."""

    is_ours = False

    def __init__(
        self,
        outside: Outside,
        *,
        url: str,
        token: str,
        zone: tzinfo,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self.configured = bool(url)
        self._outside = outside
        self._url = url if url.endswith("/") else f"{url}/"
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._zone = zone
        self._without = without
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None

    @property
    def lists_cameras(self) -> bool:
        """It may be asked for them."""
        return self.configured

    def deadline(self) -> float:
        """When (of `time.monotonic`) a question that begins now is over: one for all the calls of
        one request of ours."""
        return time.monotonic() + self._outside.total

    def homes(self, phone: Phone, deadline: float | None = None) -> Homes:
        """The houses and flats under a number; both methods are asked at the same time."""
        deadline = self._deadline(deadline)
        body = {"phone": int(phone)}
        flats = self._begin("getsettingslist", body, partial(read_flats, zone=self._zone), deadline)
        try:
            houses = self._call("getaddresslist", body, read_houses, deadline)
        except BaseException:
            flats.cancel()
            raise
        return Homes(houses=houses, flats=_finish(flats, deadline))

    def cameras(
        self, house_ids: Sequence[int], deadline: float | None = None
    ) -> dict[int, HouseCameras | DependencyUnavailable]:
        """What each house has; a house whose answer failed has its error for a value."""
        deadline = self._deadline(deadline)
        asked = {
            house_id: self._begin("getcctvlist", {"houseId": house_id}, read_cameras, deadline)
            for house_id in dict.fromkeys(house_ids)
        }
        answers: dict[int, HouseCameras | DependencyUnavailable] = {}
        for house_id, future in asked.items():
            try:
                answers[house_id] = _finish(future, deadline)
            except DependencyUnavailable as error:
                answers[house_id] = error
        return answers

    def call(
        self,
        method: str,
        body: dict[str, Any],
        read: Callable[[Answer], T],
        deadline: float | None = None,
    ) -> T:
        """One method, its answer read by `read`. For the modules beside this one."""
        return self._call(method, body, read, self._deadline(deadline))

    def does_without(self, method: str) -> bool:
        """The settings say that this billing lacks the method."""
        return method in self._without

    def _deadline(self, deadline: float | None = None) -> float:
        if not self.configured:
            raise DependencyUnavailable(cause="BILLING_URL is not set")
        return self.deadline() if deadline is None else deadline

    def _begin(
        self, method: str, body: dict[str, Any], read: Callable[[Answer], T], deadline: float
    ) -> Future[T]:
        with self._lock:  # made late: threads do not survive gunicorn's fork
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._outside.at_once, "billing")
        return self._threads.submit(self._call, method, body, read, deadline)

    def _call(
        self, method: str, body: dict[str, Any], read: Callable[[Answer], T], deadline: float
    ) -> T:
        if method in self._without:
            raise BillingLacks(cause=f"{method}: the settings say that billing has none")
        request = Request(
            "POST", self._url + method, headers=self._headers, body=json.dumps(body).encode()
        )
        return self._outside.ask(request, read, total=deadline - time.monotonic())


def _finish(future: Future[T], deadline: float) -> T:
    try:
        return future.result(timeout=max(0, deadline - time.monotonic()) + _GRACE)
    except TimeoutError:
        future.cancel()
        raise Unreachable(cause="billing: no time left") from None
