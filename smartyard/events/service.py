"""Writing down what happened at a door. Nothing here opens one."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from smartyard.events.kinds import Kind, new_id
from smartyard.events.repository import EventRepository
from smartyard.phones import Phone

__all__ = ["EventService", "Face", "Happened", "Kind"]


@dataclass(frozen=True)
class Face:
    """A face that was known, and its box in the picture (pixels)."""

    face_id: int
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Happened:
    """One event, as whoever saw it tells it. Door and house may be left out where the inventory
    knows the panel; `opened` is None where nobody knows.

    `outcome` is what an operator reads: refused, unreachable, unknown key. `called`: the number
    that `phone` called, of a gate. `external`: who sent it, and the sender's own number of it,
    which makes a repeat nothing.
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


class EventService:
    """The one way in for events, whoever tells of them."""

    def __init__(self, events: EventRepository, clock: Callable[[], datetime]) -> None:
        self._events = events
        self._clock = clock

    def record(self, what: Happened) -> UUID | None:
        """In the caller's transaction: one insert. None for a repeat of what is there."""
        written = self.record_for(what, [what.flat_id])
        return written[0] if written else None

    def record_for(self, what: Happened, flats: Collection[int | None]) -> list[UUID]:
        """The same, once for each of several flats whose key or code it was."""
        told = asdict(what) | {"at": what.at.isoformat()}
        source, number = told.pop("external") or (None, None)
        return self._events.write(
            told | {"source": source, "external_id": number},
            [new_id(what.at) for _ in flats],
            list(flats),
            self._clock(),
        )
