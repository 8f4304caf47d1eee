"""Where an address is: our own houses first, then a geocoder outside, politely.

The apps ask before they send a ticket, and send none when this fails. So a geocoder that is silent,
busy or has had enough of somebody is no failure here: the place is not known then, as for an
address that nobody knows, and the ticket comes with its words alone. The transport logs who was
silent.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.nominatim import GeocoderRefused, NominatimGateway
from smartyard.geo.book.names import bare_key_of, full_address, key_of
from smartyard.geo.repository import BookRepository, GeocoderRepository
from smartyard.guard import Caller
from smartyard.limits import Limit, LimitReached, Limits
from smartyard.waiting import WaitingRoom

__all__ = ["CoderService", "Place"]

log = logging.getLogger(__name__)

_HOUR = 3600.0
_UNKNOWN_FOR = timedelta(days=1)  # what nobody knows today may be on the map tomorrow
_LOOK_EVERY = 0.1  # seconds
_WAITERS = 4  # threads of a process; at one question a second no more have a hope


@dataclass(frozen=True)
class Place:
    """Degrees as decimal text; `0.0` where it is not known."""

    address: str
    lat: str = "0.0"
    lon: str = "0.0"


class CoderService:
    """Finds places. One question a GEOCODER_EVERY seconds, whoever asks in the installation."""

    def __init__(
        self,
        book: BookRepository,
        memory: GeocoderRepository,
        *,
        geocoder: NominatimGateway,
        limits: Limits,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._book = book
        self._memory = memory
        self._geocoder = geocoder
        self._limits = limits
        self._settings = settings
        self._clock = clock
        self._waiting = WaitingRoom("the geocoder", _WAITERS)

    def place_of(self, caller: Caller, address: str) -> Place:
        """Never fails for want of an answer; the address comes back as it was asked, or as the
        book writes it."""
        own = self._in_the_book(address)
        if own is not None:
            return own
        query = " ".join(address.lower().split())[:300]
        if not self._geocoder.configured or not query:
            return Place(address)
        try:
            found = self._outside(caller, query)
        except (DependencyUnavailable, LimitReached) as failed:
            log.info("a place is not known: %s", failed)
            found = None
        return Place(address) if found is None else Place(address, *found)

    def forget_ended(self, now: datetime) -> None:
        """Delete answers that are too old."""
        with transaction():
            self._memory.forget_ended(now)

    def _in_the_book(self, address: str) -> Place | None:
        key, bare = key_of(address), bare_key_of(address)
        if not bare:
            return None
        with transaction():
            found = self._book.named(key) or self._book.barely_named(bare)
        if found is None:
            return None
        words = full_address(found.location, found.street_type, found.street, found.number)
        return Place(words, found.lat, found.lon)

    def _outside(self, caller: Caller, query: str) -> tuple[str, str] | None:
        """Raises DependencyUnavailable when there is no turn or no answer, LimitReached."""
        now = self._clock()
        with transaction():
            known = self._memory.answer(query, now)
        if known is None:
            most = self._settings.geocoder_per_phone_hour
            self._limits.take([Limit(f"geocoder:{caller.phone}", most, _HOUR)], now)
            with self._waiting.place():
                return self._asked_in_turn(query, now)
        return _place(known.lat, known.lon)

    def _asked_in_turn(self, query: str, now: datetime) -> tuple[str, str] | None:
        every = timedelta(seconds=self._settings.geocoder_every)
        give_up = time.monotonic() + self._settings.geocoder_wait
        while True:
            with transaction():
                known = self._memory.answer(query, now)  # another asked the same meanwhile
                mine = known is None and self._memory.take_turn(every)
            if known is not None:
                return _place(known.lat, known.lon)
            if mine:
                return self._ask(query, now)
            if time.monotonic() > give_up:
                raise DependencyUnavailable(cause="no turn to ask the geocoder came")
            time.sleep(_LOOK_EVERY)

    def _ask(self, query: str, now: datetime) -> tuple[str, str] | None:
        try:
            found = self._geocoder.find(query)
        except GeocoderRefused:
            with transaction():  # they have had enough of us
                self._memory.rest(timedelta(seconds=self._settings.geocoder_rest))
            raise
        keep = timedelta(days=self._settings.geocoder_keep_days) if found else _UNKNOWN_FOR
        with transaction():
            self._memory.keep(query, found, now + keep)
        return found


def _place(lat: str | None, lon: str | None) -> tuple[str, str] | None:
    return (lat, lon) if lat is not None and lon is not None else None
