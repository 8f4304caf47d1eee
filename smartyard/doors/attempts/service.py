"""One attempt at a door: the intent, one pulse, the outcome.

A late pulse is a break-in. So the panel is asked once, within a deadline on the clock, with no
transaction open; what became of it is written whatever it was, and is never tried again by us.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smartyard.db import in_batches, transaction
from smartyard.doors.attempts.models import Attempt
from smartyard.doors.attempts.repeats import Spans, Turn, turn
from smartyard.doors.attempts.repository import AttemptRepository
from smartyard.errors import DependencyUnavailable
from smartyard.events.service import EventService, Happened
from smartyard.gateways.panels import Panel, PanelGateway, PanelRefused
from smartyard.gateways.transport import Unreachable
from smartyard.intercom.service import IntercomService
from smartyard.registry.panels.rights import DoorNotConnected
from smartyard.registry.service import Door, RegistryService

__all__ = [
    "Attempt",
    "AttemptService",
    "DoorRefused",
    "Intent",
    "Outcome",
    "Panel",
    "Spans",
    "Turn",
]

log = logging.getLogger(__name__)

_KEPT = timedelta(days=1)
_BATCH = 500
_OPENED = {"opened": True, "refused": False, "unreachable": False, "unknown": None}
_DEAD = "unknown: the server ended before the answer"


class DoorRefused(DependencyUnavailable):
    message = "Домофон не открыл дверь. Если это повторится, сообщите вашему оператору."


@dataclass(frozen=True)
class Intent:
    """One attempt, as its row has it, and the door it is about. `inside`: who asks may go on by the
    entrance, so that the flat's next door may open to a call by itself; a guest for the gates may
    not."""

    row: dict[str, Any]
    door: Door
    inside: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt, for its event: `opened` is None where nobody knows."""

    at: datetime
    opened: bool | None
    words: str


Tell = Callable[[Mapping[str, Any], Outcome], Happened]


class AttemptService:
    """The attempts of one table."""

    def __init__(
        self,
        attempts: AttemptRepository,
        registry: RegistryService,
        intercom: IntercomService,
        events: EventService,
        *,
        panels: PanelGateway,
        spans: Spans,
        tell: Tell,
        clock: Callable[[], datetime],
    ) -> None:
        """`tell` makes the event of an attempt from its row."""
        self._attempts = attempts
        self._registry = registry
        self._intercom = intercom
        self._events = events
        self._panels = panels
        self._spans = spans
        self._tell = tell
        self._clock = clock

    @property
    def longest(self) -> float:
        """Seconds after which an intent without an outcome is dead."""
        return self._spans.longest

    def panel(self, domophone_id: int) -> Panel:
        """What to ask for a pulse. Raises DoorNotConnected, DoorRefused."""
        found = self._registry.panel(domophone_id)
        if found is None or found.model == "none":
            raise DoorNotConnected(cause=f"panel {domophone_id} is not in the inventory")
        if found.unreadable:
            raise DoorRefused(cause=f"the credentials of panel {domophone_id} cannot be read")
        return Panel(
            found.id, found.model, found.address, found.login, found.password, found.method
        )

    def begin(self, intent: Intent, *, patient: bool = True) -> tuple[Turn, str]:
        """Commit the intent where it is ours to ask, and say what the request is beside others,
        with the outcome of the other one. Who has waited as long as an attempt may take (`patient`
        no more) takes it for dead, though the clock of our rules may stand still."""
        row, now = intent.row, self._clock()
        with transaction():
            if self._attempts.begin(row | {"asked_at": now}):
                return Turn.OPEN, ""
            other = self._attempts.hold(row)
            if other is None:  # swept away meanwhile
                return Turn.WAIT, ""
            asked_at = other.asked_at
            if not patient and other.state == "asked":
                asked_at = min(asked_at, now - timedelta(seconds=self._spans.longest))
            decided = turn(asked_at, other.finished_at, intent.door.icon, now, self._spans)
            if decided is Turn.OPEN:
                if other.state == "asked":
                    self._record_dead(other)
                self._attempts.begin_again(row | {"asked_at": now})
            return decided, "unknown" if decided is Turn.UNKNOWN else other.state

    def pulse(self, intent: Intent, panel: Panel) -> str:
        """Ask the panel, after `begin` said OPEN; the outcome is written, and returned."""
        try:
            self._panels.open(panel, intent.door.door_id)
            state = "opened"
        except PanelRefused as failed:
            state = self._failed("refused", panel, failed)
        except Unreachable as failed:
            state = self._failed("unreachable", panel, failed)
        except DependencyUnavailable as failed:
            state = self._failed("unknown", panel, failed)
        except BaseException:
            self.finish(intent, "unknown")
            raise
        self.finish(intent, state)
        return state

    def finish(self, intent: Intent, state: str) -> None:
        """The outcome, the event and what follows from an open door, all or none."""
        row, now = intent.row, self._clock()
        with transaction():
            if not self._attempts.finish(row, state, now) and self._attempts.hold(row) is not None:
                return  # taken for dead: whoever did so has written that nobody knows
            # Where the row went with its session, which was ended meanwhile, the log knows still.
            words = "" if state == "opened" else state
            self._events.record(self._tell(row, Outcome(now, _OPENED[state], words)))
            if state == "opened" and intent.inside and intent.door.icon in ("entrance", "wicket"):
                self._intercom.note_opened(row["flat_id"], now)

    def settle_dead(self) -> int:
        """Of attempts whose server was killed before it wrote the outcome: nobody knows, and the
        log says so. Returns how many."""
        before = self._clock() - timedelta(seconds=60 + self._spans.longest)
        with transaction():
            dead = self._attempts.dead(before, _BATCH)
            for row in dead:
                row.state, row.finished_at = "unknown", self._clock()
                self._record_dead(row)
        return len(dead)

    def forget_ended(self, now: datetime) -> int:
        """Delete attempts that are long over; the events stay."""
        return in_batches(lambda most: self._attempts.ended(now - _KEPT, most))

    def _failed(self, state: str, panel: Panel, error: DependencyUnavailable) -> str:
        log.warning("panel %d: %s: %s", panel.id, state, error)
        return state

    def _record_dead(self, other: Attempt) -> None:
        row = {column.key: getattr(other, column.key) for column in other.__table__.columns}
        self._events.record(self._tell(row, Outcome(other.asked_at, None, _DEAD)))
