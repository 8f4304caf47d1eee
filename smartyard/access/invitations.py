"""Reminding a guest of the right that an owner gave: a message, and an SMS where one is set."""

import logging
from collections.abc import Callable
from datetime import datetime

from smartyard import sms_limits
from smartyard.access.service import OwnersAlone
from smartyard.config import Settings
from smartyard.contracts.homes import FlatOfMine
from smartyard.contracts.people import PeopleService
from smartyard.db import transaction
from smartyard.errors import NotFound, TooOften
from smartyard.gateways.kannel import KannelGateway, SmsNotSent
from smartyard.guard import Caller
from smartyard.limits import Limit, LimitReached, Limits
from smartyard.notices import Notice, Notices
from smartyard.phones import Phone
from smartyard.renewal.service import RenewalService

log = logging.getLogger(__name__)

_AGAIN, _DAY = 60.0, 86400.0  # seconds: a repeat within the first is the same request


class GuestUnknown(NotFound):
    message = "У этого номера нет доступа к квартире. Сначала откройте доступ."


class InvitedOften(TooOften):
    message = "Приглашение уже отправлено. Повторить можно позже."


class InvitationService:
    """Invites again."""

    def __init__(
        self,
        people: PeopleService,
        renewal: RenewalService,
        *,
        kannel: KannelGateway,
        notices: Notices,
        limits: Limits,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._people = people
        self._renewal = renewal
        self._kannel = kannel
        self._notices = notices
        self._limits = limits
        self._settings = settings
        self._clock = clock

    def resend(self, caller: Caller, flat_id: int, guest: Phone, address: str) -> None:
        """Once a minute at most, and a few times a day. `address` is the caller's, for the limits
        of SMS. Raises FlatNotYours, OwnersAlone, GuestUnknown, InvitedOften, SmsNotSent,
        SmsUnknown or WordTooOld."""
        flat = self._renewal.flat(caller.phone, flat_id)
        if not flat.flat_owner:
            raise OwnersAlone()
        known = {one.phone for one in self._people.of_flats([flat_id])}
        if guest not in known | self._billed_mates(flat):
            raise GuestUnknown()
        if not self._is_new(flat_id, guest):
            return
        text = f"Вам открыт доступ по адресу {flat.address}"
        with transaction():
            self._notices.send(Notice(guest, "newAddress", "Вам открыли доступ", text))
        if self._settings.invite_text:
            self._send(guest, address)

    def _billed_mates(self, flat: FlatOfMine) -> set[Phone]:
        """Whom billing alone names beside the caller, less who left."""
        left = self._people.left([flat.flat_id])
        return {one.phone for one in flat.roommates if (flat.flat_id, one.phone) not in left}

    def _is_new(self, flat_id: int, guest: Phone) -> bool:
        now, key = self._clock(), f"{flat_id}:{guest}"
        try:
            self._limits.take([Limit(f"invite-again:{key}", 1, _AGAIN)], now)
        except LimitReached:
            return False
        try:
            most = self._settings.invitations_again_per_day
            self._limits.take([Limit(f"invite-day:{key}", most, _DAY)], now)
        except LimitReached as reached:
            raise InvitedOften(cause=reached.cause) from None
        return True

    def _send(self, guest: Phone, address: str) -> None:
        """Under the limits of codes, since it costs as much. A number that gets no SMS from us has
        its message."""
        if not guest.startswith(self._settings.sms_prefixes):
            return
        limits = sms_limits.of(guest, address, self._settings, known=True)
        try:
            self._limits.take(limits, self._clock())
        except LimitReached as reached:
            raise InvitedOften(cause=reached.cause) from None
        try:
            self._kannel.send(guest, self._settings.invite_text)
        except SmsNotSent:
            self._limits.give_back(limits)
            raise
        log.info("invitation sent to %s", guest.masked)
