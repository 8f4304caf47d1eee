"""The program that takes the syslog of panels over UDP: `flask panels listen`.

One thread takes datagrams in as they come and puts those of panels into a bounded queue; the other
writes. A database that is away is waited for, with the line in hand: what the queue cannot hold is
dropped and counted. Of a datagram no more is kept than a line may have; those from strangers are
counted and take no room. Only one of them at a time, and one a second, is taken for a panel that
may have been added, and looked for in the inventory.
"""

import logging
import queue
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.exc import TimeoutError as PoolTimeout

from smartyard.errors import is_database_away, told
from smartyard.events.incoming.syslog.lines import LONGEST
from smartyard.events.incoming.syslog.service import Datagram, LineService

log = logging.getLogger(__name__)

TICK = 0.25  # seconds
BUFFER = 4 * 1024 * 1024  # bytes that the kernel may hold, where it lets us
TOLD_EVERY = 60.0  # seconds
LAST = 10.0  # seconds that are left to write when asked to end
NEW_PANEL = timedelta(seconds=1)  # between two looks for who is not known


class Listener:
    """Listens until `stop`. `address` is a host and a port, as in 0.0.0.0:45450."""

    def __init__(
        self, lines: LineService, *, address: str, room: int, clock: Callable[[], datetime]
    ) -> None:
        self._lines = lines
        self._clock = clock
        self._queue: queue.Queue[Datagram] = queue.Queue(room)
        self._stopping = threading.Event()
        self._sought: str | None = None  # a stranger whose line is in the queue
        # Every name from the first: two threads count, and one of them reads all.
        self._counts = Counter(dropped=0, lost=0, unknown=0)
        self._told: Counter[str] = Counter()
        host, _, port = address.rpartition(":")
        host = host.strip("[]")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._socket.bind((host, int(port)))
        self._socket.settimeout(TICK)

    def stop(self) -> None:
        """What was taken in is still written, for a few seconds."""
        self._stopping.set()

    @property
    def waiting(self) -> int:
        """Lines that were taken in, and not yet looked at."""
        return self._queue.qsize()

    @property
    def counts(self) -> Counter[str]:
        """Of all datagrams that came, what became of them."""
        return self._lines.counts + self._counts

    def run(self) -> None:
        """Take in and write, until `stop`."""
        taking = threading.Thread(target=self._take_in, name="syslog")
        taking.start()
        spoke = time.monotonic()
        log.info("listening for panels at %s port %d", *self._socket.getsockname()[:2])
        try:
            while not (self._stopping.is_set() and self._queue.empty()):
                self._surely(lambda: self._lines.learn(self._clock()))
                with suppress(queue.Empty):
                    self._write(self._queue.get(timeout=TICK))
                self._write_rings(all_of_them=False)
                if time.monotonic() - spoke > TOLD_EVERY:
                    spoke = time.monotonic()
                    self._tell()
            self._write_rings(all_of_them=True)
        finally:
            self._stopping.set()
            taking.join()
            self._socket.close()
            self._tell()

    def _take_in(self) -> None:
        while not self._stopping.is_set():
            try:
                content, sender = self._socket.recvfrom(LONGEST)
            except TimeoutError:
                continue
            except OSError as error:  # an ICMP answer to nothing of ours
                log.warning("the socket of the panels: %s", error.strerror)
                continue
            address = sender[0].removeprefix("::ffff:")  # IPv4 at a socket of both kinds
            now = self._clock()
            if not self._lines.knows(address):
                if self._sought is not None or not self._lines.is_due(now, NEW_PANEL):
                    self._counts["unknown"] += 1
                    continue
                self._sought = address
            try:
                self._queue.put_nowait(Datagram(address, content, now))
            except queue.Full:
                self._counts["dropped"] += 1
                self._sought = None if self._sought == address else self._sought

    def _write(self, datagram: Datagram) -> None:
        if datagram.address == self._sought:
            self._surely(lambda: self._lines.learn(datagram.at, after=NEW_PANEL))
            self._sought = None
        self._surely(lambda: self._lines.hear(datagram))

    def _write_rings(self, *, all_of_them: bool) -> None:
        for ring in self._lines.rings_over(self._clock(), all_of_them=all_of_them):
            self._surely(lambda ring=ring: self._lines.record_ring(ring))  # type: ignore[misc]

    def _surely(self, work: Callable[[], None]) -> None:
        """Again and again while the database is away; one that fails otherwise is left out."""
        waited = False
        ends: float | None = None
        while True:
            try:
                work()
            except Exception as error:  # pylint: disable=broad-exception-caught
                if not (isinstance(error, PoolTimeout) or is_database_away(error)):
                    log.error("a line of a panel is left out: %s", told(error))
                    return
                if not waited:
                    log.warning("the database does not answer: lines wait for it")
                waited = True
                if self._stopping.is_set():
                    ends = ends or time.monotonic() + LAST
                    if time.monotonic() > ends:
                        self._counts["lost"] += 1
                        return
                time.sleep(TICK)
            else:
                if waited:
                    log.info("the database answers again: %d lines waited", self._queue.qsize())
                return

    def _tell(self) -> None:
        """What came since the last time, if anything that an operator would look at did."""
        counts = self.counts
        news = counts - self._told
        if news:
            log.info(
                "lines of panels: %s", ", ".join(f"{n} {what}" for what, n in sorted(news.items()))
            )
        self._told = counts
