"""The log of a flat, by days of the operator's zone, for who may read it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from smartyard.config import Settings
from smartyard.contracts.homes import FlatOfMine, as_one
from smartyard.contracts.people import PeopleService
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.errors import AppError, NotYours
from smartyard.events.log.repository import LogRepository
from smartyard.events.log.rights import reads_from
from smartyard.events.models import Event
from smartyard.guard import Caller
from smartyard.intercom.service import IntercomService
from smartyard.phones import Phone

__all__ = ["Event", "EventNotYours", "FaceFlags", "LogService", "Page"]

MOST = 2000  # events of one day that are shown
FaceFlags = Callable[[Phone, FlatOfMine, Sequence[Event]], Mapping[UUID, Sequence[str]]]
"""What a person may do about the faces of a flat's events; called in a transaction."""


class EventNotYours(NotYours):
    message = "У вас нет доступа к этому событию. Обновите список событий."


@dataclass(frozen=True)
class Page:
    """The events of a day, the newest first; the phones that the reader knows anyway; and what the
    reader may do about the faces of events."""

    events: Sequence[Event]
    known: frozenset[str]
    flags: Mapping[UUID, Sequence[str]] = field(default_factory=dict)

    def phone(self, told: str | None) -> str | None:
        """A phone as the reader may see it: whole of who lives here, masked of everybody else."""
        return told if told is None or told in self.known else Phone(told).masked


class LogService:
    """Reads events of flats; nothing is written."""

    def __init__(
        self,
        contracts: ContractService,
        people: PeopleService,
        intercom: IntercomService,
        events: LogRepository,
        *,
        face_flags: FaceFlags,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._contracts = contracts
        self._people = people
        self._intercom = intercom
        self._events = events
        self._face_flags = face_flags
        self._zone = settings.timezone
        self._kept = timedelta(days=settings.events_keep_days)
        self._clock = clock

    def day(self, caller: Caller, flat_id: int, day: date) -> Page:
        """The events of one own flat on a day. Raises FlatNotYours, and what `reads_from` does."""
        self._contracts.refresh(caller.phone)
        with transaction():
            flat = self._contracts.flat(caller.phone, flat_id, ask=False)
            since = self._since(flat)
            today = self._clock().astimezone(self._zone).date()
            if not since.astimezone(self._zone).date() <= day <= today:
                return Page((), frozenset())
            begins, ends = self._midnight(day), self._midnight(day + timedelta(days=1))
            events = self._events.of_flat(flat_id, max(since, begins), ends, MOST)
            people = self._people.of_flats([flat_id]) if events else []
            flags = self._face_flags(caller.phone, flat, events) if events else {}
        mates = [mate.phone for mate in flat.roommates] + [person.phone for person in people]
        return Page(events, frozenset([caller.phone, *mates]), flags)

    def days(
        self, caller: Caller, flat_id: int, kinds: Sequence[str] | None
    ) -> list[tuple[date, int]]:
        """The days with events, of these kinds or of all, the newest first. Raises as `day`."""
        self._contracts.refresh(caller.phone)
        with transaction():
            since = self._since(self._contracts.flat(caller.phone, flat_id, ask=False))
            first = since.astimezone(self._zone).date()
            today = self._clock().astimezone(self._zone).date()
            days = [first + timedelta(days=number) for number in range((today - first).days + 2)]
            bounds = [since, *map(self._midnight, days[1:])]
            found = self._events.counts(flat_id, bounds, kinds)
        return [(days[number], found[number]) for number in sorted(found, reverse=True)]

    def open_to(self, flats: Sequence[FlatOfMine]) -> set[int]:
        """Of these flats of one person, those whose log the person may read now."""
        by_id: dict[int, list[FlatOfMine]] = {}
        for flat in flats:
            by_id.setdefault(flat.flat_id, []).append(flat)
        told = self._intercom.plog_rights_of(list(by_id))
        readable = set()
        for flat_id, rows in by_id.items():
            try:
                reads_from(as_one(rows), told[flat_id], self._zone)
            except AppError:
                continue
            readable.add(flat_id)
        return readable

    @contextmanager
    def reading(self, caller: Caller, flat_id: int) -> Iterator[None]:
        """A transaction for who may read the log of a flat. Raises as `day`."""
        self._contracts.refresh(caller.phone)
        with transaction():
            self._since(self._contracts.flat(caller.phone, flat_id, ask=False))
            yield

    def event(self, caller: Caller, event_id: UUID) -> tuple[Event, FlatOfMine]:
        """An event that a person reads in the log of a flat now, and that flat. Raises
        EventNotYours, the same whether there is such an event or not, and what `reads_from` does.
        """
        self._contracts.refresh(caller.phone)
        with transaction():
            event = self._events.find(event_id)
            if event is None or event.flat_id is None or not event.shown:
                raise EventNotYours(cause="no such event")
            try:
                flat = self._contracts.flat(caller.phone, event.flat_id, ask=False)
            except NotYours:
                raise EventNotYours(cause="of a flat of somebody else") from None
            if event.at < self._since(flat):
                raise EventNotYours(cause="older than the reader may see")
            return event, flat

    def any_event(self, event_id: UUID) -> Event:
        """An event, for who has seen to the right. Raises EventNotYours where there is none."""
        with transaction():
            event = self._events.find(event_id)
        if event is None:
            raise EventNotYours(cause="no such event")
        return event

    def open_now(self, phone: Phone, flat_id: int) -> bool:
        """Whether a phone may read the log of a flat now. Billing is not asked."""
        try:
            self._since(self._contracts.flat(phone, flat_id, ask=False))
        except AppError:
            return False
        return True

    def shows(self, phone: Phone, event: Event) -> bool:
        """Whether a phone reads this event in its log now. Billing is not asked."""
        try:
            since = self._since(self._contracts.flat(phone, event.flat_id or 0, ask=False))
        except AppError:
            return False
        return event.shown and event.at >= since

    def _since(self, flat: FlatOfMine) -> datetime:
        oldest = self._clock() - self._kept
        first = reads_from(flat, self._intercom.plog_rights(flat.flat_id), self._zone)
        return oldest if first is None else max(oldest, first)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)
