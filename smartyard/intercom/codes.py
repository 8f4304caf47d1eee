"""Drawing the code that opens the doors of a house for one flat."""

import logging
from collections.abc import Callable
from datetime import datetime
from secrets import SystemRandom

from smartyard.config import Settings
from smartyard.errors import DependencyUnavailable
from smartyard.intercom.repository import DoorCodeRepository

log = logging.getLogger(__name__)

_DRAWS = 20


class NoCodeLeft(DependencyUnavailable):
    message = "Не удалось подобрать новый код. Попробуйте ещё раз."


class DoorCodes:
    """In the caller's transaction, who holds the flat's settings."""

    def __init__(
        self, codes: DoorCodeRepository, settings: Settings, on_change: Callable[[int], None]
    ) -> None:
        """`on_change` hears of which flat the panels are to be told."""
        self._codes = codes
        self._space = range(settings.door_codes[0], settings.door_codes[1] + 1)
        self._on_change = on_change
        self._chance = SystemRandom()

    def current(self, flat_id: int) -> int | None:
        """The flat's code, if it has one in the house where it is now."""
        return self._codes.current(flat_id)

    def draw(self, flat_id: int, now: datetime) -> int:
        """A new code, unlike any that a flat of the house has or had lately. Raises NoCodeLeft."""
        self._codes.replace(flat_id, now)
        for code in self._chance.sample(self._space, min(_DRAWS, len(self._space))):
            if self._codes.take(flat_id, code, now):
                self._on_change(flat_id)
                return code
        log.error("flat %d: no code is left in its house; see DOOR_CODES", flat_id)
        raise NoCodeLeft()
