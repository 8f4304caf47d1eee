"""Calls of panels, put together from their lines.

No line tells of a whole call, lines come in another order than they were sent, and some do not come
at all. So a call is over a moment after a panel said so, or when it has been silent for long.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from smartyard.events.incoming.syslog.lines import Said
from smartyard.events.kinds import new_id

AFTER = timedelta(seconds=2)  # what is said again, or was overtaken, is of the same call
SILENT = timedelta(minutes=3)
OF_CALLS = frozenset(("ring", "talk", "opened", "over"))


@dataclass
class Ring:
    """A call of a panel. `flat` is the number that was called."""

    panel_id: int
    began_at: datetime
    ends_at: datetime
    flat: str | None = None
    output: int = 0
    answered: bool = False
    opened: bool = False
    looked: bool = False  # its picture was asked for
    event_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.event_id = new_id(self.began_at)


@dataclass
class Rings:
    """The calls that go on; a panel has one at a time. Used by one thread."""

    going: dict[int, Ring] = field(default_factory=dict)
    _done: list[Ring] = field(default_factory=list)

    def note(self, panel_id: int, said: Said, at: datetime) -> Ring | None:
        """A line of a call came; where there was none before, it began with this line. None for the
        end of a call of which nothing is known."""
        ring = self.going.get(panel_id)
        if ring is not None and (ring.ends_at <= at or _is_another(ring, said)):
            self._done.append(self.going.pop(panel_id))
            ring = None
        if ring is None:
            if said.what == "over" and said.flat is None:
                return None
            ring = self.going[panel_id] = Ring(panel_id, at, at + SILENT)
        ring.flat = ring.flat or said.flat
        if said.what == "opened":
            ring.opened, ring.output = True, said.output
        ring.answered = ring.answered or said.what in ("talk", "opened")
        if said.what == "over":
            ring.ends_at = min(ring.ends_at, at + AFTER)
        elif ring.ends_at > at + AFTER:
            ring.ends_at = at + SILENT
        return ring

    def over(self, now: datetime) -> list[Ring]:
        """Those that are over by now, each once."""
        for ring in [one for one in self.going.values() if one.ends_at <= now]:
            self._done.append(self.going.pop(ring.panel_id))
        done, self._done = self._done, []
        return done


def _is_another(ring: Ring, said: Said) -> bool:
    known = said.what != "over" and None not in (ring.flat, said.flat)
    return known and ring.flat != said.flat
