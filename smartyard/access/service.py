"""An owner lets somebody into the flat, or puts them out; anybody may leave.

The right is a row with its end, which every use looks at. Whom billing names as an owner nobody but
that person can put out. What repeats changes nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from smartyard.access.expiry import ends_at
from smartyard.audit import Audit
from smartyard.config import Settings
from smartyard.contracts.homes import FlatOfMine
from smartyard.contracts.people import PeopleService, Person
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.errors import NotYours, TooOften
from smartyard.guard import Caller
from smartyard.intercom.codes import KnownCode
from smartyard.limits import Limit, LimitReached, Limits
from smartyard.notices import Notice, Notices
from smartyard.phones import Phone
from smartyard.renewal.service import RenewalService

log = logging.getLogger(__name__)

_DAY = 86400.0


class OwnersAlone(NotYours):
    message = "Давать и забирать доступ может только владелец квартиры."


class OwnerStays(NotYours):
    message = "Это владелец квартиры по договору: забрать доступ может только он сам."


class TooManyGuests(TooOften):
    message = "В квартире уже слишком много гостей. Удалите тех, кому доступ больше не нужен."


class TooManyInvitations(TooOften):
    message = "Слишком много приглашений за день. Попробуйте завтра."


class TooManyChanges(TooOften):
    message = "Слишком много изменений доступа за день. Попробуйте завтра."


class AccessService:
    """Gives and takes rights in a flat."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        contracts: ContractService,
        people: PeopleService,
        renewal: RenewalService,
        code: KnownCode,
        *,
        audit: Audit,
        notices: Notices,
        limits: Limits,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._contracts = contracts
        self._people = people
        self._renewal = renewal
        self._code = code
        self._audit = audit
        self._notices = notices
        self._limits = limits
        self._settings = settings
        self._clock = clock

    def change(
        self,
        caller: Caller,
        flat_id: int,
        guest: Phone | None,
        kind: str,
        expire: datetime | None,
    ) -> None:
        """Give a right until `expire` (on the operator's clock; None for ever), or take it where
        that is past. Raises FlatNotYours, OwnersAlone, OwnerStays, TooManyGuests,
        TooManyInvitations, TooManyChanges, WordTooOld."""
        target = guest or caller.phone
        flats = self._contracts if target == caller.phone else self._renewal
        mine = flats.flat(caller.phone, flat_id)
        until = ends_at(expire, self._settings.timezone)
        if until is not None and until <= self._clock():
            self._take(caller, mine, target)
        elif target != caller.phone:  # nobody gives to himself
            self._give(caller, mine, target, kind, until)

    def _take(self, caller: Caller, flat: FlatOfMine, target: Phone) -> None:
        itself = target == caller.phone
        if not itself:
            _must_own(flat)
            self._count(f"access:{caller.phone}", self._settings.access_changes_per_day)
        with transaction():
            self._code.hold(flat.flat_id)
            self._people.hold(flat.flat_id, target)
            if not itself:
                self._own_until(caller, flat)
                if self._owns_by_billing(flat, target):
                    raise OwnerStays()
            person = self._person(flat.flat_id, target)
            gone = self._people.put_out(flat.flat_id, target, by=caller.phone)
            self._note(caller, "access taken", flat.flat_id, target)
            if gone and not itself:
                self._tell(target, "Доступ закрыт", f"Доступ по адресу {flat.address} закрыт")
            if person is not None and person.kind != "outer" and not itself:
                self._code.change(flat.flat_id, flat.address)

    def _owns_by_billing(self, flat: FlatOfMine, phone: Phone) -> bool:
        """Also of an owner whom billing names, and who has never been here."""
        person = self._person(flat.flat_id, phone)
        if person is not None and person.billed:
            return person.kind == "owner"
        return any(mate.phone == phone and mate.kind == "owner" for mate in flat.roommates)

    def _give(
        self, caller: Caller, flat: FlatOfMine, target: Phone, kind: str, until: datetime | None
    ) -> None:
        _must_own(flat)
        until = _earlier(until, flat.expires_at)  # nobody gives for longer than he has
        person = self._person(flat.flat_id, target)
        if person is not None and (
            person.billed or (person.kind, person.expires_at) == (kind, until)
        ):
            return
        if person is None:
            self._count_invitation(caller)
        else:
            self._count(f"access:{caller.phone}", self._settings.access_changes_per_day)
        with transaction():
            # From here on the flat's people are ours to change, so that two invitations at once
            # do not both fit into the last place, and nobody gives who is being put out.
            guests = self._people.hold(flat.flat_id, target)
            until = _earlier(until, self._own_until(caller, flat))
            if person is None and guests >= self._settings.guests_per_flat:
                raise TooManyGuests()
            self._people.let_in(flat.flat_id, target, kind=kind, expires_at=until, by=caller.phone)
            self._note(caller, "access given", flat.flat_id, target, kind, until)
            self._tell(target, "Вам открыли доступ", f"Вам открыт доступ по адресу {flat.address}")

    def _own_until(self, caller: Caller, flat: FlatOfMine) -> datetime | None:
        """With the flat held: until when the caller owns it, None for ever. Raises OwnersAlone: it
        may have ended since the flat was read."""
        own = self._person(flat.flat_id, caller.phone)
        if own is None or own.kind != "owner":
            raise OwnersAlone()
        return own.expires_at

    def _person(self, flat_id: int, phone: Phone) -> Person | None:
        people = self._people.of_flats([flat_id])
        return next((person for person in people if person.phone == phone), None)

    def _count_invitation(self, caller: Caller) -> None:
        try:
            self._count(f"invitations:{caller.phone}", self._settings.invitations_per_day)
        except TooManyChanges as reached:
            raise TooManyInvitations(cause=reached.cause) from None

    def _count(self, key: str, most: int) -> None:
        try:
            self._limits.take([Limit(key, most, _DAY)], self._clock())
        except LimitReached as reached:
            raise TooManyChanges(cause=reached.cause) from None

    def _note(
        self,
        caller: Caller,
        action: str,
        flat_id: int,
        target: Phone,
        kind: str = "",
        until: datetime | None = None,
    ) -> None:
        detail: dict[str, str] = {"phone": target}
        if kind:
            detail |= {"kind": kind, "until": until.isoformat() if until else "for ever"}
        self._audit.note(f"phone:{caller.phone}", action, f"flat:{flat_id}", detail)

    def _tell(self, target: Phone, title: str, text: str) -> None:
        self._notices.send(Notice(target, "newAddress", title, text))


def _must_own(flat: FlatOfMine) -> None:
    if not flat.flat_owner:
        raise OwnersAlone()


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Of two ends; None is never."""
    return min((end for end in (one, other) if end is not None), default=None)
