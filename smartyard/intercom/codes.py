"""Drawing the code that opens the doors of a house for one flat, also when somebody knows it who
may not come in any more."""

import logging
from collections.abc import Callable
from datetime import datetime
from secrets import SystemRandom

from smartyard.config import Settings
from smartyard.contracts.people import PeopleService
from smartyard.errors import DependencyUnavailable
from smartyard.intercom.repository import DoorCodeRepository, FlatSettingsRepository
from smartyard.notices import Notice, Notices

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


class KnownCode:
    """The code of a flat, when somebody is put out who has seen it (CODE_AFTER_PUT_OUT)."""

    def __init__(
        self,
        rows: FlatSettingsRepository,
        codes: DoorCodes,
        people: PeopleService,
        *,
        notices: Notices,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._rows = rows
        self._codes = codes
        self._people = people
        self._notices = notices
        self._changes = settings.code_after_put_out
        self._clock = clock

    def hold(self, flat_id: int) -> None:
        """In the caller's transaction, before it holds the flat's people: who deletes an account
        takes both in this order."""
        if self._changes:
            self._rows.hold_known(flat_id)

    def change(self, flat_id: int, address: str) -> None:
        """After `hold`, once somebody is out: the flat has another code, and its people are told.
        Putting out never fails for it: where none is left to draw the old one is gone all the same.
        """
        if not self._changes or self._codes.current(flat_id) is None:
            return
        try:
            self._codes.draw(flat_id, self._clock())
        except NoCodeLeft:
            log.error("flat %d: it has no code until somebody looks at its settings", flat_id)
        text = (
            f"Прежний код двери по адресу {address} знал тот, кому закрыли доступ. Новый код —"
            " в настройках адреса."
        )
        for person in self._people.of_flats([flat_id]):
            if person.kind != "outer":
                self._notices.send(Notice(person.phone, "inbox", "Код двери сменён", text))
