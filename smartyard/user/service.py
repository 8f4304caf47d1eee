"""What a signed-in person keeps with us: names, wishes about messages, push tokens; and leaving."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm.exc import StaleDataError

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import TokenRefused
from smartyard.guard import Caller
from smartyard.phones import Phone
from smartyard.user.models import Person
from smartyard.user.repository import PersonRepository, SessionRepository

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PushTokens:
    """How messages reach one device. An empty `push` means: no more messages here."""

    push: str
    platform: str
    voip: str | None = None
    service: str = "fcm"
    production: bool = True


@contextmanager
def _own_rows() -> Iterator[None]:
    """A transaction on rows of the caller. When they go in the middle of a call (the account was
    deleted, the session ended on another device) the token has ended too."""
    try:
        with transaction():
            yield
    except (NoResultFound, StaleDataError):
        raise TokenRefused(cause="the session ended during the call") from None


class UserService:
    """One person's own data. Every method acts on the caller alone."""

    def __init__(
        self,
        people: PersonRepository,
        sessions: SessionRepository,
        *,
        settings: Settings,
        clock: Callable[[], datetime],
        on_leaving: Callable[[Phone], None],
    ) -> None:
        """`on_leaving` forgets what other features keep of a phone, in the same transaction."""
        self._people = people
        self._sessions = sessions
        self._settings = settings
        self._clock = clock
        self._on_leaving = on_leaving
        self._unspoken: set[str] = set()

    def person(self, caller: Caller) -> Person:
        with _own_rows():
            return self._people.get(caller.person_id)

    def rename(self, caller: Caller, name: str, patronymic: str | None) -> None:
        """Keep how the person wants to be called; a patronymic that was not told stays."""
        with _own_rows():
            person = self._people.get(caller.person_id)
            person.name = name
            if patronymic is not None:
                person.patronymic = patronymic

    def set_notification(self, caller: Caller, money: bool | None, enable: bool | None) -> Person:
        """Change what is told, and answer the whole state."""
        with _own_rows():
            person = self._people.get(caller.person_id)
            if money is not None:
                person.notify_money = money
            if enable is not None:
                person.notify = enable
            return person

    def register_push(self, caller: Caller, tokens: PushTokens) -> None:
        """Keep the device's push tokens with its session, and with no other."""
        with _own_rows():
            session = self._sessions.get(caller.session_id)
            session.push_token = tokens.push or None
            session.voip_token = tokens.voip if tokens.push else None
            session.push_platform = tokens.platform
            session.push_service = tokens.service
            session.push_production = tokens.production
            session.push_at = self._clock()
            if tokens.push:
                self._sessions.forget_push_token(tokens.push, caller.session_id)

        if tokens.push and tokens.service != "fcm" and tokens.service not in self._unspoken:
            self._unspoken.add(tokens.service)
            log.info("push tokens of %r are kept, but nothing is sent to them", tokens.service)

    def push_tokens(self, caller: Caller) -> tuple[str, str]:
        """Push and VoIP token of this device; "off" where there is none."""
        with _own_rows():
            session = self._sessions.get(caller.session_id)
            return session.push_token or "off", session.voip_token or "off"

    def leave(self, caller: Caller) -> None:
        """Delete the account: every session and video token ends, personal data is erased. Homes
        are the provider's and stay."""
        with transaction():
            self._people.delete(caller.person_id)
            self._on_leaving(caller.phone)

    def version_verdict(self, platform: str, version: str) -> str:
        """`none`, `upgrade` or `force_upgrade`, by the operator's thresholds. An app that can only
        be told "upgrade" at every start is told nothing, so both thresholds are off by default."""
        wanted, needed = {
            "android": (self._settings.android_upgrade, self._settings.android_force_upgrade),
            "ios": (self._settings.ios_upgrade, self._settings.ios_force_upgrade),
        }[platform]
        leading = re.match("[0-9]{1,9}", version)
        if leading is None:
            return "none"  # a version we cannot read is no reason to lock somebody out
        build = int(leading.group())
        if build < needed:
            return "force_upgrade"
        return "upgrade" if build < wanted else "none"

    def phone_pattern(self) -> str:
        """Dial prefix and digit mask for the sign-in screen."""
        return self._settings.phone_pattern
