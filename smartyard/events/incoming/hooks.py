"""Events that a program of the provider's sends."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from smartyard.config import Settings
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.events.incoming.whose import Whose
from smartyard.events.service import EventService, Face, Happened
from smartyard.registry.panels.codes import normal

__all__ = ["Face", "Happened", "HookService", "Sighting", "Told"]

AHEAD = timedelta(minutes=5)  # that a sender's clock may be fast


@dataclass(frozen=True)
class Told:
    """What became of one event."""

    result: Literal["written", "repeated", "refused"]
    ids: tuple[UUID, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Sighting:
    """An event as it came; `flat_number` as the panel has it, where no flat is told."""

    what: Happened
    flat_number: str | None = None


class HookService:
    """Writes down what it is told, and whose it was where the sender says not. Opens nothing."""

    def __init__(
        self,
        contracts: ContractService,
        whose: Whose,
        events: EventService,
        *,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._contracts = contracts
        self._whose = whose
        self._events = events
        self._kept = timedelta(days=settings.events_keep_days)
        self._clock = clock

    def take(self, batch: Sequence[Sighting]) -> list[Told]:
        """What became of each. One is `refused` when it is of a flat that nobody knows, of no key,
        of the future, or older than what is kept. All are written together: where the database
        fails none is, and the sender, who hears of it, sends them again."""
        now = self._clock()
        named = {one.what.flat_id for one in batch if one.what.flat_id is not None}
        told: dict[int, Told] = {}
        with transaction():
            known = self._contracts.houses_of_flats(named) if named else {}
            # In the order of their numbers, so that two senders of the same wait in no ring.
            for number, one in sorted(
                enumerate(batch), key=lambda pair: pair[1].what.external or ()
            ):
                told[number] = self._taken(one, known, now)
        return [told[number] for number in range(len(batch))]

    def _taken(self, one: Sighting, known: Collection[int], now: datetime) -> Told:
        what = one.what
        if not now - self._kept < what.at <= now + AHEAD:
            return Told("refused", reason="at: too old, or of the future")
        if what.flat_id is not None and what.flat_id not in known:
            return Told("refused", reason="flatId: no such flat")
        if what.key is not None:
            what = replace(what, key=normal(what.key))
            if what.key is None:
                return Told("refused", reason="key: 6 to 14 hexadecimal digits")
        named = what.flat_id
        flats = self._resolve(what, one.flat_number) if named is None else [named]
        # Whoever names a flat and a camera must not look through those of others by that.
        mine = self._whose.looking(flats, what.domophone_id, what.camera_id)
        ids = self._events.record_for(what, flats or [None], pictured=mine)
        return Told("written", tuple(ids)) if ids else Told("repeated")

    def now(self) -> datetime:
        """When something happened whose sender does not say."""
        return self._clock()

    def _resolve(self, what: Happened, flat_number: str | None) -> list[int]:
        """What tells most comes first: a number on the panel, a key, a code, a phone."""
        panel, house = what.domophone_id, what.house_id
        found = self._whose.number(flat_number, panel) if flat_number else []
        if not found and what.key:
            found = self._whose.key(what.key, panel)
        if not found and what.code:
            found = self._whose.code(what.code, panel, house)
        if not found and what.phone:
            found = self._whose.phone(what.phone, panel, house)
        return found
