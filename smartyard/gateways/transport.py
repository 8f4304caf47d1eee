"""The only HTTP speaker towards the outside, on libcurl: a total deadline on the clock, a bounded
answer, no redirects, verified TLS, a breaker and a cap on calls at once for each outside. What is
large (a `Flow`) passes through and is not kept in memory.

Times are seconds. Every failure is a DependencyUnavailable; its kinds say what is known of the
effect: `Unreachable` (nothing was asked), `AnswerLost` (asked, it may have been done) and `Rubbish`
(answered, and nobody can read it); of a `Flow` also `LeftOff`. Logs hold no query, header or body.
Why libcurl: docs/adr/0002-pycurl-for-every-outside-call.md.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import certifi
import pycurl

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.breaker import Breaker
from smartyard.gateways.exchange import (
    Answer,
    AnswerLost,
    LeftOff,
    Pairs,
    Request,
    Rubbish,
    Unreachable,
)
from smartyard.gateways.incoming import Flow, Incoming
from smartyard.gateways.reach import Opener, Reach

__all__ = [
    "Answer",
    "AnswerLost",
    "LeftOff",
    "Outside",
    "Pairs",
    "Request",
    "Rubbish",
    "Unreachable",
]

log = logging.getLogger(__name__)

T = TypeVar("T")

_CHUNK = 512 * 1024  # bytes at most that a flow is handed at once: fewer calls for a large one
# Several names share a code; the first in the alphabet is the one that libcurl uses today.
_CURL_NAMES = {
    getattr(pycurl, name): name[2:] for name in reversed(dir(pycurl)) if name.startswith("E_")
}


class Outside:
    """A system that we depend on: its deadlines, its cap, its breaker, its kept connections."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        name: str,
        *,
        connect: float,
        total: float,
        max_bytes: int,
        breaker: Breaker,
        at_once: int = 8,
        may_wait: int | None = None,
        ca_file: str = "",
        reach: Reach | None = None,
    ) -> None:
        """`total` covers the wait for one of `at_once` places too; `may_wait` callers may, as many
        again unless told. `ca_file`: certificates to trust instead of certifi's. `reach`: the only
        addresses that are connected to.
        """
        self.name = name
        self.total = total
        self.at_once = at_once
        self._connect = connect
        self._max_bytes = max_bytes
        self._breaker = breaker
        self._ca_file = ca_file or certifi.where()
        self._reach = reach
        self._places = threading.Semaphore(at_once)
        self._waiting = threading.Semaphore(at_once if may_wait is None else may_wait)
        # One handle a place, not a thread: fewer idle connections over there, reused sooner.
        self._idle: deque[pycurl.Curl] = deque()

    def ask(
        self, request: Request, read: Callable[[Answer], T], *, total: float | None = None
    ) -> T:
        """Send it and return what `read` makes of the answer.

        The breaker counts as failures: no answer, a 5xx, and a Rubbish that `read` raises; anything
        else that `read` raises is a refusal, and the outside is well.
        """
        started = time.monotonic()
        deadline = started + (self.total if total is None else min(self.total, total))
        outcome = "bug"
        try:
            answer, result = self._guarded(request, read, deadline)
            outcome = str(answer.status)
            return result
        except DependencyUnavailable as error:
            outcome = f"{type(error).__name__} ({error})"
            raise
        finally:
            spent = (time.monotonic() - started) * 1000
            path = request.shown or _in_signs(urlsplit(request.url).path)
            level = logging.INFO if outcome.isdigit() else logging.WARNING
            log.log(level, "%s: %s %s: %s, %d ms", self.name, request.method, path, outcome, spent)

    def _guarded(
        self, request: Request, read: Callable[[Answer], T], deadline: float
    ) -> tuple[Answer, T]:
        self._take_place(deadline)
        try:
            trial = self._breaker.admit()
            if trial is None:
                raise Unreachable(cause="the breaker is open")
            worked = False
            try:
                answer = self._exchange(request, deadline)
                worked = answer.status < 500
                result = read(answer)
            except (Rubbish, LeftOff) as ended:
                worked = isinstance(ended, LeftOff)
                raise
            finally:
                self._breaker.settle(trial, worked)
            return answer, result
        finally:
            self._places.release()

    def _take_place(self, deadline: float) -> None:
        """Wait for one of `at_once` places, unless too many wait already."""
        if self._breaker.shut_out:
            raise Unreachable(cause="the breaker is open")
        # pylint: disable=consider-using-with
        if self._places.acquire(blocking=False):
            return
        if not self._waiting.acquire(blocking=False):
            raise Unreachable(cause="too many are waiting")
        try:
            left = deadline - time.monotonic()
            if not self._places.acquire(timeout=max(0, left)):
                raise Unreachable(cause="no free place in time")
        finally:
            self._waiting.release()

    def _exchange(self, request: Request, deadline: float) -> Answer:
        left = int((deadline - time.monotonic()) * 1000)
        if left < 1:  # libcurl takes 0 for "for ever"
            raise Unreachable(cause="no time left")
        try:
            curl = self._idle.pop()
        except IndexError:
            curl = pycurl.Curl()
        try:
            return self._perform(curl, request, left)
        finally:
            curl.reset()  # drops the request and its secrets, keeps the connection
            self._idle.append(curl)

    def _perform(self, curl: pycurl.Curl, request: Request, left: int) -> Answer:
        incoming = Incoming(self._max_bytes, request.flow)
        self._set_policy(curl, left)
        _set_request(curl, request)
        if request.flow is not None:
            _set_flow(curl, request.flow, incoming)
        curl.setopt(pycurl.HEADERFUNCTION, incoming.header)
        curl.setopt(pycurl.WRITEFUNCTION, incoming.write)
        try:
            with closing(Opener(self._reach)) as opener:
                if self._reach is not None:
                    curl.setopt(pycurl.OPENSOCKETFUNCTION, opener)
                curl.perform()
        except pycurl.error as error:
            code = error.args[0]
            if incoming.broken_off:
                raise LeftOff(cause=incoming.broken_off) from None
            if incoming.too_big or code == pycurl.E_FILESIZE_EXCEEDED:
                raise Rubbish(cause=f"more than {self._max_bytes} bytes") from None
            if opener.refused:
                raise Unreachable(cause="an address that must not be reached") from None
            # pycurl's text may quote the URL, and with it the query: only the code's name is told.
            cause = _CURL_NAMES.get(code, str(code))
            sent = curl.getinfo(pycurl.REQUEST_SIZE) > 0
            raise (AnswerLost if sent else Unreachable)(cause=cause) from None
        if incoming.in_head:  # libcurl takes a connection that ends here for a whole answer
            raise AnswerLost(cause="the head is cut")
        status = curl.getinfo(pycurl.RESPONSE_CODE)
        return Answer(status, tuple(incoming.fields), bytes(incoming.body))

    def _set_policy(self, curl: pycurl.Curl, left: int) -> None:
        options: dict[int, Any] = {
            pycurl.NOSIGNAL: 1,
            pycurl.CONNECTTIMEOUT_MS: max(1, min(left, int(self._connect * 1000))),
            pycurl.TIMEOUT_MS: left,
            pycurl.FOLLOWLOCATION: 0,
            pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
            pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
            pycurl.PROXY: "",  # an empty one also hides the environment's
            pycurl.CAINFO: self._ca_file,
            pycurl.SSL_VERIFYPEER: 1,
            pycurl.SSL_VERIFYHOST: 2,
            pycurl.MAXFILESIZE_LARGE: self._max_bytes,
            pycurl.MAXCONNECTS: 1,
            pycurl.USERAGENT: "smartyard",
        }
        for option, value in options.items():
            curl.setopt(option, value)


def _in_signs(path: str) -> str:
    """As the log can hold it: one line, and no half characters."""
    return path.encode("unicode_escape").decode("ascii")


def _set_request(curl: pycurl.Curl, request: Request) -> None:
    query = urlencode(list(request.params), quote_via=quote)
    joint = "&" if urlsplit(request.url).query else "?"
    headers = [f"{name}: {value}" for name, value in request.headers.items()]
    if any("\r" in line or "\n" in line for line in headers):
        raise ValueError("a header holds a line break")
    url = f"{request.url}{joint}{query}" if query else request.url
    if not url.isascii() or "\0" in url:
        raise Unreachable(cause="an address with characters that none has")
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.HTTPHEADER, [*headers, "Expect:"])
    curl.setopt(pycurl.FRESH_CONNECT, int(request.once))
    curl.setopt(pycurl.FORBID_REUSE, int(request.once))
    if request.auth is not None:
        for option, word in zip((pycurl.USERNAME, pycurl.PASSWORD), request.auth, strict=True):
            curl.setopt(option, word.encode())
        curl.setopt(pycurl.HTTPAUTH, pycurl.HTTPAUTH_DIGEST | pycurl.HTTPAUTH_BASIC)
        curl.setopt(pycurl.MAXREDIRS, 1)  # libcurl counts repeats after a 401 as redirects
    if request.body is not None:
        curl.setopt(pycurl.POSTFIELDS, request.body)
    curl.setopt(pycurl.CUSTOMREQUEST, request.method)


def _set_flow(curl: pycurl.Curl, flow: Flow, incoming: Incoming) -> None:
    curl.setopt(pycurl.LOW_SPEED_LIMIT, flow.slowest)
    curl.setopt(pycurl.LOW_SPEED_TIME, max(1, round(flow.stall)))
    curl.setopt(pycurl.BUFFERSIZE, _CHUNK)
    curl.setopt(pycurl.NOPROGRESS, 0)
    curl.setopt(pycurl.XFERINFOFUNCTION, incoming.progress)
