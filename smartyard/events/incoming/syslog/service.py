"""Who it was, by what the inventory says when the line comes in: keys and codes change hands."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from smartyard.db import transaction
from smartyard.events.incoming.syslog.lines import Said, read
from smartyard.events.incoming.syslog.rings import OF_CALLS, Ring, Rings
from smartyard.events.incoming.whose import Whose
from smartyard.events.kinds import Kind
from smartyard.events.log.pictures import PictureTaker
from smartyard.events.service import EventService, Happened
from smartyard.intercom.service import IntercomService
from smartyard.registry.panels.codes import normal
from smartyard.registry.service import RegistryService

__all__ = ["Datagram", "LineService"]

log = logging.getLogger(__name__)

SAME = timedelta(seconds=2)  # the same datagram again, which UDP doubled
REMEMBERED = timedelta(seconds=30)  # which addresses are those of panels
_KINDS: dict[str, Kind] = {"key": "key", "code": "code", "exit": "exit", "motion": "motion"}
_UNKNOWN = {"key": "unknown key", "code": "unknown code"}


@dataclass(frozen=True)
class Datagram:
    """A line as it came. `ref` makes a second try of it the same event."""

    address: str
    content: bytes = field(repr=False)
    at: datetime
    ref: str = field(default_factory=lambda: uuid4().hex)


class LineService:
    """Takes the lines of one listener, in its one thread; `knows` may be asked by any. Nothing
    here opens a door."""

    def __init__(
        self,
        registry: RegistryService,
        intercom: IntercomService,
        events: EventService,
        pictures: PictureTaker,
        whose: Whose,
    ) -> None:
        self._registry = registry
        self._intercom = intercom
        self._events = events
        self._pictures = pictures
        self._whose = whose
        self._rings = Rings()
        self._panels: Mapping[str, int] | None = None
        self._learned_at: datetime | None = None
        self._heard: dict[tuple[str, bytes], datetime] = {}
        self.counts: Counter[str] = Counter()

    def knows(self, address: str) -> bool:
        """Whether lines of this IP are looked at. Asks nobody: strangers cost nothing. Nothing was
        learned yet: then all are."""
        return self._panels is None or address in self._panels

    def learn(self, now: datetime, *, after: timedelta = REMEMBERED) -> None:
        """Read which addresses are those of panels, where that was so long ago."""
        if self.is_due(now, after):
            self._panels = self._registry.syslog_addresses()
            self._learned_at = now

    def is_due(self, now: datetime, after: timedelta) -> bool:
        """Whether so much time has gone since that was learned."""
        return self._learned_at is None or now - self._learned_at >= after

    def hear(self, datagram: Datagram) -> None:
        """One line. May be called again with the same one when it raised."""
        said = read(datagram.content)
        if said is None:
            self.counts["other"] += 1
            return
        panel_id = (self._panels or {}).get(datagram.address)
        if panel_id is None:
            self.counts["unknown"] += 1
        elif self._is_repeat(datagram):
            self.counts["repeated"] += 1
        elif said.what in OF_CALLS:
            ring = self._rings.note(panel_id, said, datagram.at)
            if ring is not None:
                self._look(ring)
            if said.what == "opened" and ring is not None:
                self._note_opened(ring, datagram.at)
            self.counts["calls"] += 1
        else:
            self._record(panel_id, said, datagram)
            self.counts["events"] += 1
        self._heard[(datagram.address, datagram.content)] = datagram.at

    def rings_over(self, now: datetime, *, all_of_them: bool = False) -> list[Ring]:
        """The calls that ended by now, for `record_ring`; all of them when the listener ends."""
        self._forget(now)
        return self._rings.over(datetime.max.replace(tzinfo=now.tzinfo) if all_of_them else now)

    def record_ring(self, ring: Ring) -> None:
        """Write a call down. May be called again when it raised."""
        flats = self._whose.number(ring.flat, ring.panel_id) if ring.flat else []
        what = Happened(
            "call_answered" if ring.answered else "call_missed",
            ring.began_at,
            domophone_id=ring.panel_id,
            door_id=ring.output,
            flat_id=flats[0] if flats else None,
            opened=ring.opened,
            external=("syslog", f"ring:{ring.event_id}"),
            id=ring.event_id,
        )
        with transaction():
            self._events.record(what)
        self._pictures.adopt([ring.event_id])

    def _look(self, ring: Ring) -> None:
        """The picture of a call is of its beginning: at its end the person may have gone."""
        if not ring.looked:
            with transaction():
                self._events.take_picture([ring.event_id], ring.panel_id)
            ring.looked = True

    def _note_opened(self, ring: Ring, now: datetime) -> None:
        """Somebody of a flat lets a guest in: the next door on the way may know of it."""
        flats = self._whose.number(ring.flat, ring.panel_id) if ring.flat else []
        doors = self._registry.doors_of_panel(ring.panel_id) if flats else []
        on_foot = {door.door_id for door in doors if door.icon in ("entrance", "wicket")}
        if ring.output in on_foot:
            self._intercom.note_opened(flats[0], now)

    def _record(self, panel_id: int, said: Said, datagram: Datagram) -> None:
        what = Happened(
            _KINDS[said.what],
            datagram.at,
            domophone_id=panel_id,
            door_id=said.output,
            opened=said.opened,
            outcome="" if said.opened is not False else _UNKNOWN[said.what],
            key=normal(said.key) if said.key else None,
            code=said.code,
            external=("syslog", datagram.ref),
        )
        with transaction():
            self._events.record_for(what, self._flats(panel_id, said) or [None])

    def _flats(self, panel_id: int, said: Said) -> list[int]:
        """Whose key or code it was; the number that the panel tells is the last resort."""
        if not said.opened or said.what not in ("key", "code"):
            return []
        found = self._whose.key(said.key, panel_id) if said.key else []
        if said.code:
            found = self._whose.code(said.code, panel_id)
        return found or (self._whose.number(said.flat, panel_id) if said.flat else [])

    def _is_repeat(self, datagram: Datagram) -> bool:
        last = self._heard.get((datagram.address, datagram.content))
        return last is not None and datagram.at - last < SAME

    def _forget(self, now: datetime) -> None:
        """What is remembered stays small, however much a panel sends."""
        self._heard = {one: at for one, at in self._heard.items() if now - at < SAME}
