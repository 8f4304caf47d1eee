"""Opening a door from the phone: the right, and one pulse for all that one tap makes of requests.

Billing's last word counts, so that doors open while it is down; how old it may be is `renewal`'s.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import IntegrityError

from smartyard.config import Settings
from smartyard.contracts.service import ContractService
from smartyard.doors.attempts.service import (
    AttemptService,
    DoorRefused,
    Intent,
    Outcome,
    Turn,
)
from smartyard.errors import DependencyUnavailable, TokenRefused
from smartyard.events.service import Happened
from smartyard.guard import Caller
from smartyard.phones import Phone
from smartyard.registry.panels.rights import refusal
from smartyard.registry.service import ReachedDoor, RegistryService
from smartyard.renewal.service import RenewalService, WordTooOld
from smartyard.waiting import WaitingRoom

_NO_SESSION = "23503"  # of PostgreSQL: an opening hangs on its session, and on nothing else
_LOOK_EVERY = 0.05  # seconds, at another request's row


class DoorSilent(DependencyUnavailable):
    message = "Домофон не отвечает, дверь не открыта. Попробуйте ещё раз через минуту."


class DoorUnknown(DependencyUnavailable):
    message = "Домофон не ответил вовремя. Посмотрите, открылась ли дверь."


_ANSWERS: dict[str, type[DependencyUnavailable]] = {
    "refused": DoorRefused,
    "unreachable": DoorSilent,
    "unknown": DoorUnknown,
}


def from_the_phone(row: Mapping[str, Any], outcome: Outcome) -> Happened:
    """The event of an attempt."""
    return Happened(
        kind="app",
        at=outcome.at,
        domophone_id=row["domophone_id"],
        door_id=row["door_id"],
        house_id=row["house_id"],
        flat_id=row["flat_id"],
        phone=Phone(row["phone"]),
        opened=outcome.opened,
        outcome=outcome.words,
    )


class OpeningService:
    """Opens doors for residents."""

    def __init__(
        self,
        attempts: AttemptService,
        contracts: ContractService,
        renewal: RenewalService,
        registry: RegistryService,
        *,
        settings: Settings,
    ) -> None:
        self._attempts = attempts
        self._contracts = contracts
        self._renewal = renewal
        self._registry = registry
        self._waiting = WaitingRoom("a door", settings.door_waiters)
        # Seconds in which a request must come to its pulse: it may wait for another's attempt, and
        # for billing where its word is old.
        longest = attempts.longest
        self._patience = longest + max(longest, settings.billing_timeout)

    def open(self, caller: Caller, domophone_id: int, door_id: int) -> None:
        """Open it once; a request that repeats another has that one's answer.

        Raises DoorNotYours, DoorBlocked, DoorNotPaid, DoorNotConnected; WordTooOld when billing has
        been silent for too long; DoorRefused and DoorSilent when the door surely stayed shut,
        DoorUnknown when nobody knows.
        """
        arrived = time.monotonic()
        opening = self._right(caller, domophone_id, door_id)
        panel = self._attempts.panel(domophone_id)
        intent = self._intent(caller, opening)
        begun = time.monotonic()
        longest = begun + self._attempts.longest
        decided, state = self._begin(intent)
        if decided is Turn.WAIT:
            with self._waiting.place():
                while decided is Turn.WAIT:
                    time.sleep(_LOOK_EVERY)
                    patient = time.monotonic() < longest
                    decided, state = self._begin(intent, patient=patient)
        if decided is Turn.OPEN:
            in_time = time.monotonic() < arrived + self._patience
            state = self._attempts.pulse(intent, panel) if in_time else self._too_late(intent)
        if state != "opened":
            raise _ANSWERS[state](cause=f"panel {domophone_id}, door {door_id}")

    def settle_dead(self) -> int:
        """As `AttemptService` does."""
        return self._attempts.settle_dead()

    def forget_ended(self, now: datetime) -> int:
        """Delete openings that are long over; the events stay."""
        return self._attempts.forget_ended(now)

    def _right(self, caller: Caller, domophone_id: int, door_id: int) -> ReachedDoor:
        """The door by a flat that opens it. Billing is asked only about who seems a stranger, since
        nobody may have read the homes yet, and where its word is old."""
        output = (domophone_id, door_id)
        reached = self._registry.reached_doors(caller.phone, output)
        if not reached:
            with suppress(DependencyUnavailable):
                self._contracts.refresh(caller.phone)
                reached = self._registry.reached_doors(caller.phone, output)
        elif self._renewal.renew_old(caller.phone, {one.flat_id for one in reached}):
            reached = self._registry.reached_doors(caller.phone, output)
            forgotten = self._renewal.forgotten(caller.phone, {one.flat_id for one in reached})
            if reached and forgotten.issuperset(one.flat_id for one in reached):
                raise WordTooOld()
            reached = [one for one in reached if one.flat_id not in forgotten]
        refused = refusal(reached)
        if refused is not None:
            raise refused
        return next(one for one in reached if one.opens)

    def _begin(self, intent: Intent, *, patient: bool = True) -> tuple[Turn, str]:
        try:
            return self._attempts.begin(intent, patient=patient)
        except IntegrityError as error:
            if getattr(error.orig, "pgcode", None) != _NO_SESSION:
                raise
            raise TokenRefused(cause="the session ended during the call") from None

    def _intent(self, caller: Caller, opening: ReachedDoor) -> Intent:
        door = opening.door
        row = {
            "session_id": caller.session_id,
            "domophone_id": door.domophone_id,
            "door_id": door.door_id,
            "attempt": uuid4(),
            "flat_id": opening.flat_id,
            "house_id": door.house_id,
            "phone": caller.phone,
            "state": "asked",
        }
        return Intent(row, door, inside=not opening.is_outer)

    def _too_late(self, intent: Intent) -> str:
        """Billing or the database kept us: whoever asked is not at the door any more."""
        self._attempts.finish(intent, "unreachable")
        return "unreachable"
