"""Writing down what happened at a door. Nothing here opens one."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.events.kinds import Kind, moment_of, new_id
from smartyard.events.repository import EventRepository, Written
from smartyard.jobs import Queue
from smartyard.outbox import Outbox
from smartyard.phones import Phone

__all__ = [
    "TAKE_PICTURE",
    "EventService",
    "Face",
    "Happened",
    "Kind",
    "Opened",
    "Result",
    "moment_of",
    "new_id",
]

TAKE_PICTURE = "take_picture"


@dataclass(frozen=True)
class Face:
    """A face that was known, and its box in the picture (pixels); of no size while it is not
    told."""

    face_id: int
    left: int = 0
    top: int = 0
    width: int = 0
    height: int = 0

    def times(self, ratio: float) -> "Face":
        """The same in a picture that is so much larger."""
        sides = (self.left, self.top, self.width, self.height)
        return Face(self.face_id, *(round(side * ratio) for side in sides))


@dataclass(frozen=True)
class Happened:
    """One event, as whoever saw it tells it. Door and house may be left out where the inventory
    knows the panel; `opened` is None where nobody knows.

    `outcome` is what an operator reads: refused, unreachable, unknown key. `called`: the number
    that `phone` called, of a gate. `external`: who sent it, and the sender's own number of it,
    which makes a repeat nothing. `id`: one that was made beforehand, for `take_picture`.
    """

    kind: Kind
    at: datetime
    domophone_id: int | None = None
    door_id: int | None = None
    house_id: int | None = None
    flat_id: int | None = None
    phone: Phone | None = None
    called: str | None = None
    opened: bool | None = None
    outcome: str = ""
    key: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)
    plate: str | None = None
    face: Face | None = None
    camera_id: int | None = None
    external: tuple[str, str] | None = None
    id: UUID | None = None


class Result(NamedTuple):
    """How a door was opened, or was not."""

    at: datetime
    kind: str
    door_id: int | None
    opened: bool | None
    outcome: str


@dataclass(frozen=True)
class Opened:
    """What people of a flat are shown of an event: the door's name."""

    flat_id: int
    place: str


Listener = Callable[[Happened, Sequence[Opened]], None]


class EventService:
    """The one way in for events, whoever tells of them."""

    def __init__(
        self,
        events: EventRepository,
        queue: Queue,
        outbox: Outbox,
        *,
        on_event: Listener,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        """`on_event` hears, in the transaction, of each event that people of flats are shown."""
        self._events = events
        self._queue = queue
        self._outbox = outbox
        self._on_event = on_event
        self._late = timedelta(seconds=settings.picture_late)
        self._clock = clock

    def record(self, what: Happened) -> UUID | None:
        """In the caller's transaction: one insert, and a job where somebody may be seen. None for a
        repeat of what is there."""
        written = self.record_for(what, [what.flat_id])
        return written[0] if written else None

    def record_for(
        self,
        what: Happened,
        flats: Collection[int | None],
        *,
        pictured: Collection[int] | None = None,
    ) -> list[UUID]:
        """The same, once for each of several flats whose key or code it was. `pictured`: those of
        them that may be shown a frame (None: all)."""
        told = asdict(what) | {"at": what.at.isoformat()}
        source, number = told.pop("external") or (None, None)
        made = told.pop("id")
        rows = self._events.write(
            told | {"source": source, "external_id": number},
            [made] if made else [new_id(what.at) for _ in flats],
            list(flats),
            self._clock(),
        )
        shown = flats if pictured is None else pictured
        seen = [row for row in rows if row.pictured and row.flat_id in shown]
        if seen and made is None and self._clock() - what.at < self._late:
            self.take_picture([row.id for row in seen], what.domophone_id, seen[0].camera_id)
        if rows and what.opened:
            self._outbox.put("door.opened", str(rows[0].id), what.at, _opening(what, rows))
        opened = [Opened(row.flat_id, row.place) for row in rows if row.shown and row.flat_id]
        if opened:
            self._on_event(what, opened)
        return [row.id for row in rows]

    def is_news(self, source: str, number: str) -> bool:
        """In the caller's transaction: whether a sender's own number of an event comes for the
        first time, which it does but once, however many ask. For who must know before it acts."""
        return self._events.note(source, number, self._clock())

    def take_picture(
        self, event_ids: Collection[UUID], panel_id: int | None, camera_id: int | None = None
    ) -> None:
        """In the caller's transaction: let the worker take a frame for these events, which need not
        be recorded yet."""
        self._queue.defer(
            TAKE_PICTURE, events=[str(one) for one in event_ids], panel=panel_id, camera=camera_id
        )

    def last_of_panel(self, domophone_id: int, most: int = 5) -> list[Result]:
        """What an operator asks first: the newest of the last day, none with a code or a phone."""
        since = self._clock() - timedelta(days=1)
        with transaction():
            return [Result(*row) for row in self._events.last_of_panel(domophone_id, since, most)]


def _opening(what: Happened, rows: Sequence[Written]) -> dict[str, Any]:
    """What the provider's programs are told. Neither key nor code: both open the door again."""
    return {
        "eventId": str(rows[0].id),
        "how": what.kind,
        "houseId": rows[0].house_id,
        "flatIds": [row.flat_id for row in rows if row.flat_id is not None],
        "domophoneId": what.domophone_id,
        "doorId": what.door_id,
        "place": rows[0].place,
        "phone": what.phone,
    }
