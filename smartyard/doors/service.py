"""Opening a door: the right, the intent, one pulse, the outcome.

A late pulse is a break-in. So the panel is asked once, within a deadline on the clock, with no
transaction open; what became of it is written whatever it was, and is never tried again by us.
Billing's last word counts, so that doors open while it is down.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from smartyard.config import Settings
from smartyard.contracts.service import ContractService
from smartyard.db import in_batches, transaction
from smartyard.doors.repeats import Spans, Turn, turn
from smartyard.doors.repository import OpeningRepository
from smartyard.errors import DependencyUnavailable
from smartyard.events.service import EventService, Happened
from smartyard.gateways.panels import Panel, PanelGateway, PanelRefused
from smartyard.gateways.transport import Unreachable
from smartyard.guard import Caller
from smartyard.intercom.service import IntercomService
from smartyard.phones import Phone
from smartyard.registry.panels.rights import DoorNotConnected, refusal
from smartyard.registry.service import Door, ReachedDoor, RegistryService
from smartyard.waiting import WaitingRoom

log = logging.getLogger(__name__)

_KEPT = timedelta(days=1)
_BATCH = 500
_LOOK_EVERY = 0.05  # seconds, at another request's row


class DoorSilent(DependencyUnavailable):
    message = "Домофон не отвечает, дверь не открыта. Попробуйте ещё раз через минуту."


class DoorRefused(DependencyUnavailable):
    message = "Домофон не открыл дверь. Если это повторится, сообщите вашему оператору."


class DoorUnknown(DependencyUnavailable):
    message = "Домофон не ответил вовремя. Посмотрите, открылась ли дверь."


_ANSWERS: dict[str, type[DependencyUnavailable]] = {
    "refused": DoorRefused,
    "unreachable": DoorSilent,
    "unknown": DoorUnknown,
}
_OPENED = {"opened": True, "refused": False, "unreachable": False, "unknown": None}


@dataclass(frozen=True)
class _Intent:
    """One attempt, as its row has it, and the door it is about."""

    row: dict[str, Any]
    door: Door


class OpeningService:
    """Opens doors for residents."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        openings: OpeningRepository,
        contracts: ContractService,
        registry: RegistryService,
        intercom: IntercomService,
        events: EventService,
        *,
        panels: PanelGateway,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._openings = openings
        self._contracts = contracts
        self._registry = registry
        self._intercom = intercom
        self._events = events
        self._panels = panels
        self._clock = clock
        self._spans = Spans(
            settings.door_repeat, settings.gate_repeat, settings.panel_timeout + settings.door_slack
        )
        self._waiting = WaitingRoom("a door", settings.door_waiters)

    def open(self, caller: Caller, domophone_id: int, door_id: int) -> None:
        """Open it once; a request that repeats another has that one's answer.

        Raises DoorNotYours, DoorBlocked, DoorNotPaid, DoorNotConnected; DoorRefused and DoorSilent
        when the door surely stayed shut, DoorUnknown when nobody knows.
        """
        opening = self._right(caller, domophone_id, door_id)
        panel = self._panel(domophone_id)
        intent = self._intent(caller, opening.door, opening.flat_id)
        begun = time.monotonic()
        longest = begun + self._spans.longest
        decided, state = self._begin(intent, patient=True)
        if decided is Turn.WAIT:
            with self._waiting.place():
                while decided is Turn.WAIT:
                    time.sleep(_LOOK_EVERY)
                    decided, state = self._begin(intent, patient=time.monotonic() < longest)
        if decided is Turn.OPEN:
            in_time = time.monotonic() < begun + 2 * self._spans.longest
            state = self._pulse(intent, panel) if in_time else self._too_late(intent)
        if state != "opened":
            raise _ANSWERS[state](cause=f"panel {domophone_id}, door {door_id}")

    def settle_dead(self) -> int:
        """Of openings whose server was killed before it wrote the outcome: nobody knows, and the
        log says so. Returns how many."""
        before = self._clock() - timedelta(seconds=60 + self._spans.longest)
        with transaction():
            dead = self._openings.dead(before, _BATCH)
            for row in dead:
                row.state, row.finished_at = "unknown", self._clock()
                self._record_dead(row)
        return len(dead)

    def forget_ended(self, now: datetime) -> int:
        """Delete openings that are long over; the events stay."""
        return in_batches(lambda most: self._openings.ended(now - _KEPT, most))

    def _right(self, caller: Caller, domophone_id: int, door_id: int) -> ReachedDoor:
        """The door by a flat that opens it. Billing is asked only about who seems a stranger, and
        where its word is due: it may be somebody whose homes nobody has read yet."""
        reached = self._registry.reached_doors(caller.phone, (domophone_id, door_id))
        if not reached:
            with suppress(DependencyUnavailable):
                self._contracts.refresh(caller.phone)
                reached = self._registry.reached_doors(caller.phone, (domophone_id, door_id))
        refused = refusal(reached)
        if refused is not None:
            raise refused
        return next(one for one in reached if one.opens)

    def _panel(self, domophone_id: int) -> Panel:
        found = self._registry.panel(domophone_id)
        if found is None or found.model == "none":
            raise DoorNotConnected(cause=f"panel {domophone_id} is not in the inventory")
        if found.unreadable:
            raise DoorRefused(cause=f"the credentials of panel {domophone_id} cannot be read")
        return Panel(
            found.id, found.model, found.address, found.login, found.password, found.method
        )

    def _intent(self, caller: Caller, door: Door, flat_id: int) -> _Intent:
        row = {
            "session_id": caller.session_id,
            "domophone_id": door.domophone_id,
            "door_id": door.door_id,
            "attempt": uuid4(),
            "flat_id": flat_id,
            "house_id": door.house_id,
            "phone": caller.phone,
            "state": "asked",
        }
        return _Intent(row, door)

    def _begin(self, intent: _Intent, *, patient: bool) -> tuple[Turn, str]:
        """Commit the intent where it is ours to ask, and say what the request is beside others.
        Who has waited as long as an attempt may take (`patient` no more) takes it for dead, though
        the clock of our rules may stand still."""
        row, now = intent.row, self._clock()
        with transaction():
            if self._openings.begin(row | {"asked_at": now}):
                return Turn.OPEN, ""
            other = self._openings.hold(row["session_id"], row["domophone_id"], row["door_id"])
            if other is None:  # swept away meanwhile
                return Turn.WAIT, ""
            asked_at = other.asked_at
            if not patient and other.state == "asked":
                asked_at = min(asked_at, now - timedelta(seconds=self._spans.longest))
            decided = turn(asked_at, other.finished_at, intent.door.icon, now, self._spans)
            if decided is Turn.OPEN:
                if other.state == "asked":
                    self._record_dead(other)
                self._openings.begin_again(row | {"asked_at": now})
            return decided, "unknown" if decided is Turn.UNKNOWN else other.state

    def _pulse(self, intent: _Intent, panel: Panel) -> str:
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
            self._finish(intent, "unknown")
            raise
        self._finish(intent, state)
        return state

    def _too_late(self, intent: _Intent) -> str:
        """The database kept us: whoever asked is not at the door any more."""
        self._finish(intent, "unreachable")
        return "unreachable"

    def _failed(self, state: str, panel: Panel, error: DependencyUnavailable) -> str:
        log.warning("panel %d: %s: %s", panel.id, state, error)
        return state

    def _finish(self, intent: _Intent, state: str) -> None:
        """The outcome, the event and what follows from an open door, all or none."""
        row, now = intent.row, self._clock()
        with transaction():
            if not self._openings.finish(row, state, now):
                return  # taken for dead: whoever did so has written that nobody knows
            self._events.record(
                Happened(
                    kind="app",
                    at=now,
                    domophone_id=row["domophone_id"],
                    door_id=row["door_id"],
                    house_id=row["house_id"],
                    flat_id=row["flat_id"],
                    phone=row["phone"],
                    opened=_OPENED[state],
                    outcome="" if state == "opened" else state,
                )
            )
            if state == "opened" and intent.door.icon in ("entrance", "wicket"):
                self._intercom.note_opened(row["flat_id"], now)

    def _record_dead(self, row: Any) -> None:
        self._events.record(
            Happened(
                kind="app",
                at=row.asked_at,
                domophone_id=row.domophone_id,
                door_id=row.door_id,
                house_id=row.house_id,
                flat_id=row.flat_id,
                phone=Phone(row.phone),
                opened=None,
                outcome="unknown: the server ended before the answer",
            )
        )
