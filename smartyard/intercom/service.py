"""What a flat has set of its intercom, for who answers a ring, opens a door or reads the log."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Literal, cast

from smartyard.db import transaction
from smartyard.intercom.repository import (
    DoorCodeRepository,
    FlatCallsRepository,
    FlatSettingsRepository,
)
from smartyard.phones import Phone

__all__ = ["IntercomService", "LogRights"]

LogRights = Literal["all", "owner", "none", "forbidden"]

_CODE = re.compile("[1-9][0-9]{3,7}")


class IntercomService:
    """Reads what flats have set. A flat whose people set nothing has the defaults: its handset and
    all phones ring, nothing opens by itself, and everybody in it sees its events."""

    def __init__(
        self,
        settings: FlatSettingsRepository,
        codes: DoorCodeRepository,
        calls: FlatCallsRepository,
    ) -> None:
        self._settings = settings
        self._codes = codes
        self._calls = calls

    def flat_of_code(self, house_ids: Collection[int], code: str) -> int | None:
        """Whose code a panel of these houses was opened by, when its line arrives. A code that was
        replaced counts until every panel has forgotten it. None when it is nobody's, or is one of
        a flat in each of several houses."""
        if not _CODE.fullmatch(code):
            return None
        with transaction():
            flats = self._codes.flats_of(house_ids, int(code))
        return flats.pop() if len(flats) == 1 else None

    def plog_rights(self, flat_id: int) -> LogRights:
        """Who sees the flat's events."""
        return self.plog_rights_of([flat_id])[flat_id]

    def plog_rights_of(self, flat_ids: Collection[int]) -> dict[int, LogRights]:
        """The same of several flats, by one statement."""
        with transaction():
            told = self._settings.logs_of(flat_ids)
        return {flat: cast(LogRights, told.get(flat, "all")) for flat in flat_ids}

    def opens_by_itself(self, flat_id: int, now: datetime) -> bool:
        """Whether a ring at this flat opens the door: guests are expected, or a door was opened for
        the flat a moment ago. Never where its doors or calls are blocked."""
        with transaction():
            return self._settings.opens_by_itself(flat_id, now)

    def note_opened(self, flat_id: int, now: datetime) -> None:
        """An entrance or a wicket was opened for this flat: the next door may open by itself for as
        long as the flat has set. `now` is our clock's, not the panel's."""
        with transaction():
            self._settings.note_opened(flat_id, now)

    def voip_phones(self, flat_id: int, now: datetime) -> list[Phone]:
        """Whose phones ring when somebody rings at this flat."""
        with transaction():
            return self._calls.phones_of(flat_id, now)

    def cms_enabled(self, flat_id: int) -> bool:
        """Whether the handset on the flat's wall rings."""
        with transaction():
            found = self._settings.find(flat_id)
            return found is None or found.handset

    def faces_off(self, flat_id: int) -> bool:
        """Whether the flat's people want no faces to be recognised."""
        with transaction():
            found = self._settings.find(flat_id)
            return found is not None and found.faces_off

    def forget(self, phone: Phone) -> None:
        """In the caller's transaction: the person left."""
        self._calls.forget(phone)
        self._settings.forget(phone)
