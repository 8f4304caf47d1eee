"""Wrong codes of one address: few guesses a code are many for who asks for codes of many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from smartyard import sms_limits
from smartyard.config import Settings
from smartyard.errors import NotYours, TooOften
from smartyard.limits import LimitReached, Limits


class WrongCode(NotYours):
    message = "Неверный код. Проверьте SMS и попробуйте ещё раз."


class TooManyMisses(TooOften):
    message = "Слишком много неверных кодов из вашей сети. Попробуйте через час."


class Misses:
    """CODE_MISSES_PER_ADDRESS_HOUR, whatever numbers the codes were of."""

    def __init__(self, limits: Limits, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._limits = limits
        self._settings = settings
        self._clock = clock

    @contextmanager
    def counting(self, address: str) -> Iterator[None]:
        """A guess stands within: its place is taken before it is compared, so that many at once
        are no more, and only a WrongCode keeps it. Raises TooManyMisses when there is none."""
        places = sms_limits.of_misses(address, self._settings)
        try:
            self._limits.take(places, self._clock())
        except LimitReached as reached:
            raise TooManyMisses(cause=str(reached)) from None
        missed = False
        try:
            yield
        except WrongCode:
            missed = True
            raise
        finally:
            if not missed:
                self._limits.give_back(places)
