"""Signing in by a call from one's own phone: the PBX tells us who called, and checks the number.

`checkPhone` names nothing but the number, so that whoever knows one could take the sign-in of its
owner. Therefore a number has one request, made by one asker (a network and an app); a call confirms
that request alone, and none but its asker learns of it. While it waits, and as long again for a
call that comes late, nobody else can ask by call for this number: they are sent an SMS.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from smartyard import sms_limits
from smartyard.config import Settings
from smartyard.db import in_batches, transaction
from smartyard.errors import NotFound
from smartyard.limits import Limits, network
from smartyard.phones import Phone
from smartyard.secret import Keys
from smartyard.sign_in.models import LoginCall
from smartyard.sign_in.repository import LoginCallRepository
from smartyard.user.sessions import SessionService, new_token

log = logging.getLogger(__name__)


class NotCalled(NotFound):
    message = "Звонок ещё не поступил. Позвоните со своего телефона на указанный номер."


class NobodyWaits(NotFound):
    message = "Звонка с этого номера на этот номер никто не ждёт."


@dataclass(frozen=True)
class Asker:
    """Who asks without a token: the client's address and the name of its app. The address counts as
    far as it stays the same for one household."""

    address: str
    agent: str

    @property
    def name(self) -> str:
        return f"{network(self.address)} {self.agent}"


@dataclass(frozen=True)
class SignedInPerson:
    """What signing in gives: the session's token and the names known so far."""

    token: str
    name: str
    patronymic: str


class CallSignInService:
    """Awaits calls, hears of them, and lets in who asked."""

    def __init__(
        self,
        calls: LoginCallRepository,
        sessions: SessionService,
        *,
        limits: Limits,
        keys: Keys,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._calls = calls
        self._sessions = sessions
        self._limits = limits
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self._life = timedelta(seconds=settings.confirm_call_ttl)

    def ask(self, phone: Phone, asker: Asker) -> Phone | None:
        """Await a call from the phone; returns the number to call, None where it cannot be done by
        call. A request of the same asker takes the place of the earlier one. Raises LimitReached.
        """
        numbers, now = self._settings.confirm_numbers, self._clock()
        if not numbers:
            return None
        mac = self._mac(asker)
        # The same asker is told the same number, and another one most likely a different number.
        number = numbers[int.from_bytes(self._keys.mac("call-number", phone, mac)) % len(numbers)]
        wanted = LoginCall(
            phone=phone,
            request_id=UUID(new_token()),
            number=number,
            asker=mac,
            created_at=now,
            expires_at=now + self._life,
        )
        with transaction():
            if self._is_repeat(self._calls.find(phone), wanted):
                return number
            if not self._calls.add(wanted, now - 2 * self._life):
                log.info("two ask for a call from %s: the second gets an SMS", phone.masked)
                return None
            self._limits.take(sms_limits.of_call(phone, asker.address, self._settings), now)
        return number

    def called(self, caller: str, number: str) -> None:
        """The PBX saw a call: it confirms the request that waits for it, once. Raises NobodyWaits,
        also for callers without a number of ours."""
        try:
            phone, to = Phone.parse(caller), Phone.parse(number)
        except ValueError:
            raise NobodyWaits(cause="no such number") from None
        now = self._clock()
        with transaction():
            # A call of the last moment leaves the app the time of a few questions.
            confirmed = self._calls.confirm(phone, to, now, now + timedelta(minutes=1))
        if not confirmed:
            raise NobodyWaits(cause=f"a call from {phone.masked}")
        log.info("a call from %s confirmed a sign-in", phone.masked)

    def check(self, phone: Phone, asker: Asker, device: str | None) -> SignedInPerson:
        """Begin a session when the call has come. Raises NotCalled, LimitReached.

        Apps ask every few seconds, and may ask again before they have read an answer, or have lost
        it. The token is made from SECRET_KEY and the request, so that they are told the same, until
        it is used, within CODE_CONFIRM_REPEAT seconds.
        """
        now, mac = self._clock(), self._mac(asker)
        with transaction():
            self._limits.take(sms_limits.of_checks(phone, asker.address), now)
            is_confirmed = self._is_confirmed(self._calls.find(phone), mac, now)
        if not is_confirmed:
            raise NotCalled()
        device_key = self._keys.mac("device", device) if device else None
        with transaction():
            person = self._sessions.person(phone)  # locked: one at a time from here
            call = self._calls.find(phone)
            if call is None or not self._is_confirmed(call, mac, now):
                raise NotCalled(cause="another request came")
            token = str(UUID(bytes=self._keys.mac("call-token", phone, call.request_id.bytes)[:16]))
            if call.used_at is None:
                session = self._sessions.begin(person, device_key, token)
                if not self._calls.use(call, now, session.id):
                    raise NotCalled(cause="another request came")
            elif call.session_id is None or not self._sessions.renew_unseen(call.session_id, token):
                raise NotCalled(cause="the call was used")
            return SignedInPerson(token, person.name, person.patronymic)

    def forget(self, phone: Phone) -> None:
        """In the caller's transaction: nobody awaits a call from this phone."""
        self._calls.delete(phone)

    def forget_ended(self, now: datetime) -> int:
        """Delete requests that ended a while ago."""
        return in_batches(lambda most: self._calls.deletion_of_ended(now - 2 * self._life, most))

    def _mac(self, asker: Asker) -> bytes:
        return self._keys.mac("asker", asker.name)

    def _is_repeat(self, known: LoginCall | None, wanted: LoginCall) -> bool:
        """The same asker asked a moment ago, and nobody called yet."""
        since = wanted.created_at - timedelta(seconds=self._settings.code_repeat)
        return (
            known is not None
            and known.asker == wanted.asker
            and known.number == wanted.number
            and known.created_at > since
            and known.expires_at > wanted.created_at
            and known.confirmed_at is None
        )

    def _is_confirmed(self, call: LoginCall | None, asker: bytes, now: datetime) -> bool:
        """By a call, for this asker, and not used, save a moment ago."""
        if call is None or call.confirmed_at is None or call.asker != asker:
            return False
        if call.used_at is None:
            return call.expires_at > now
        return call.used_at > now - timedelta(seconds=self._settings.code_confirm_repeat)
