"""Signing in by phone number and SMS (protocols.md, sections 2 and 6; faults.md).

A code has four digits, so all else must be strict: one live code a number, few guesses, each
counted before it is compared, a short life, and limits on how many codes there are at all.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from smartyard import sms_limits
from smartyard.config import Settings
from smartyard.db import in_batches, transaction
from smartyard.errors import DependencyUnavailable, Malformed, NotFound, NotYours, TooOften
from smartyard.gateways.kannel import KannelGateway, SmsNotSent
from smartyard.limits import Limit, LimitReached, Limits
from smartyard.phones import Phone
from smartyard.secret import Keys
from smartyard.sign_in import codes
from smartyard.sign_in.calling import Asker, CallSignInService, SignedInPerson
from smartyard.sign_in.models import LoginCode
from smartyard.sign_in.repository import LoginCodeRepository
from smartyard.user.sessions import SessionService, new_token
from smartyard.waiting import WaitingRoom

log = logging.getLogger(__name__)

SMS = "sms"
_BY_CALL = ("outgoingCall", "flashCall")  # what apps name; both are answered by the first
_WAITERS = 8  # threads of a process that may wait for the SMS of another request


class WrongCode(NotYours):
    message = "Неверный код. Проверьте SMS и попробуйте ещё раз."


class TooManyMisses(TooOften):
    message = "Слишком много неверных кодов из вашей сети. Попробуйте через час."


class CodeNotRequested(NotFound):
    message = "Код устарел или не запрашивался. Запросите новый код."


class CodeSpent(TooOften):
    message = "Слишком много неверных попыток. Запросите новый код."


class SmsFailed(DependencyUnavailable):
    message = "Не удалось отправить SMS. Попробуйте ещё раз через несколько минут."


class TooManyCodes(TooOften):
    message = "Слишком много запросов кода. Попробуйте позже."


class NumberNotServed(Malformed):
    message = "На этот номер SMS не отправляются. Укажите номер российского мобильного оператора."


class _AnotherWasFirst(Exception):
    """The phone has a live code that was asked for at the same time."""


class SignInService:
    """Sends codes and takes them, or lets a call take their place."""

    def __init__(  # pylint: disable=too-many-arguments  # each is a part that tests exchange
        self,
        codes_: LoginCodeRepository,
        sessions: SessionService,
        calls: CallSignInService,
        *,
        limits: Limits,
        kannel: KannelGateway,
        keys: Keys,
        settings: Settings,
        clock: Callable[[], datetime],
        has_home: Callable[[Phone], bool],
    ) -> None:
        """`has_home` tells whether we know of a home of a number, without asking anybody."""
        self._codes = codes_
        self._sessions = sessions
        self._calls = calls
        self._limits = limits
        self._kannel = kannel
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self._has_home = has_home
        self._waiting = WaitingRoom("an SMS", _WAITERS)

    def request_code(
        self, phone: Phone, asker: Asker, method: str | None, knows_calls: bool
    ) -> Phone | None:
        """Send a code, or let a repeated request stand for the first; or, where that is wanted and
        can be done, await a call from the phone, and return the number to call. No PBX of ours
        calls people: who asks for a `flashCall` is told to call, too, and apps go by the answer.

        Raises NumberNotServed, TooManyCodes, or SmsFailed when Kannel refused, was not reached or
        did not answer in time. Only in the last case may an SMS be on its way, and the code lives.
        """
        reviewer = self._is_reviewer(phone)
        if not reviewer and not phone.startswith(self._settings.sms_prefixes):
            raise NumberNotServed()
        if not reviewer and self._is_by_call(method, knows_calls):
            number = self._calls.ask(phone, asker)
            if number is not None:
                return number
        self._send_code(phone, asker.address, reviewer)
        return None

    def _send_code(self, phone: Phone, address: str, reviewer: bool) -> None:
        if self._is_repeat(phone):
            return
        if reviewer:
            limits = sms_limits.of_reviewer(phone, address, self._settings)
        else:
            limits = sms_limits.of(phone, address, self._settings, known=self._knows(phone))
        code = self._new_code(phone, reviewer)
        request_id = self._keep(phone, code, limits, reviewer)
        if request_id is None:  # the same request came twice at once, and the other was first
            if not self._is_repeat(phone):
                raise SmsFailed(cause="the request that came first failed")
        elif not reviewer:
            self._send(phone, request_id, code, limits)

    def confirm_code(
        self, phone: Phone, code: str, asker: Asker, *, device: str | None
    ) -> SignedInPerson:
        """Begin a session with a right code. Raises WrongCode, CodeSpent or CodeNotRequested, and
        TooManyMisses for an address of many wrong ones."""
        misses = sms_limits.of_misses(asker.address, self._settings)
        try:
            with self._limits.counting(misses, self._clock(), only=WrongCode):
                kept = self._guessed(phone, code)
        except LimitReached as reached:
            raise TooManyMisses(cause=str(reached)) from None
        device_key = self._keys.mac("device", device) if device else None
        used_by = device_key or self._keys.mac("address", f"{asker.address} {asker.agent}")
        with transaction():
            return self._begin(phone, kept, device_key, used_by)

    def _guessed(self, phone: Phone, code: str) -> LoginCode:
        now = self._clock()
        since = now - timedelta(seconds=self._settings.code_confirm_repeat)
        with transaction():
            kept = self._codes.count_guess(phone, now, self._settings.code_guesses, since)
            spent = kept is None and self._is_spent(phone, now)
        if kept is None:
            raise CodeSpent() if spent else CodeNotRequested()
        if not codes.is_right(self._keys, phone, kept.request_id, code, kept.code_hash):
            if kept.guesses == self._settings.code_guesses and self._is_reviewer(phone):
                log.warning("the guesses at a code of the reviewers' number are spent: TEST_USER")
            raise WrongCode()
        return kept

    def forget(self, phone: Phone) -> None:
        """In the caller's transaction: no code is on its way to this phone, no call from it."""
        self._codes.delete(phone)
        self._calls.forget(phone)

    def forget_ended(self, now: datetime) -> None:
        """Delete codes that ended a while ago."""
        before = now - timedelta(minutes=10)
        in_batches(lambda most: self._codes.deletion_of_ended(before, most))

    def _begin(
        self, phone: Phone, kept: LoginCode, device_key: bytes | None, used_by: bytes
    ) -> SignedInPerson:
        """Use the code once; or, for an answer that was lost, give the same session a new token."""
        person = self._sessions.person(phone)  # locked: one at a time from here
        current = self._codes.find(phone)
        if current is None or current.request_id != kept.request_id:
            raise CodeNotRequested()
        token = new_token()
        if current.used_at is None:
            session = self._sessions.begin(person, device_key, token)
            self._codes.use(current, self._clock(), used_by, session.id)
        elif (
            current.session_id is None
            or current.used_by != used_by
            or not self._sessions.renew_unseen(current.session_id, token)
        ):
            raise CodeNotRequested(cause="the code was used")
        return SignedInPerson(token, person.name, person.patronymic)

    def _is_by_call(self, method: str | None, knows_calls: bool) -> bool:
        """What the app asks for; where it asks for nothing, what the operator wants of those who
        can."""
        wanted = method or (self._settings.confirm_method if knows_calls else SMS)
        return wanted in _BY_CALL

    def _is_reviewer(self, phone: Phone) -> bool:
        return phone == self._settings.test_user and bool(self._settings.test_pass)

    def _knows(self, phone: Phone) -> bool:
        """Somebody who signed in before, or has a home here; their codes are not strangers'."""
        with transaction():
            return self._sessions.knows(phone) or self._has_home(phone)

    def _is_spent(self, phone: Phone, now: datetime) -> bool:
        found = self._codes.find(phone)
        return found is not None and found.expires_at > now and found.used_at is None

    def _holding(self, phone: Phone) -> LoginCode | None:
        """The code of an earlier request of the last CODE_REPEAT seconds, if it still holds."""
        with transaction():
            found = self._codes.find(phone)
        now = self._clock()
        holds = (
            found is not None
            and found.created_at > now - timedelta(seconds=self._settings.code_repeat)
            and found.expires_at > now
            and found.used_at is None
            and found.guesses < self._settings.code_guesses
        )
        return found if holds else None

    def _is_repeat(self, phone: Phone) -> bool:
        """Whether an earlier request still holds. One whose SMS is just being sent is waited for,
        since its answer is ours too; past Kannel's time-out its worker was killed, and whether
        the SMS went out nobody knows."""
        found = self._holding(phone)
        if found is None or found.sms_state != "sending":
            return found is not None
        longest = self._settings.kannel_timeout + 0.5
        give_up = time.monotonic() + longest
        with self._waiting.place():
            while (found := self._holding(phone)) is not None:
                overdue = found.created_at < self._clock() - timedelta(seconds=longest)
                if found.sms_state != "sending" or overdue or time.monotonic() > give_up:
                    return True
                time.sleep(0.1)
        return False

    def _new_code(self, phone: Phone, reviewer: bool) -> str:
        if reviewer:
            log.info("code of the reviewers' number %s asked for", phone.masked)
            return self._settings.test_pass.get_secret_value()
        return codes.new_code(self._settings.code_length)

    def _keep(self, phone: Phone, code: str, limits: list[Limit], reviewer: bool) -> UUID | None:
        """Count this request and make its code the phone's live one, both or neither. None when
        the same request came at once and was first; it may have taken the last place, too."""
        now = self._clock()
        request_id = uuid4()
        kept = LoginCode(
            phone=phone,
            request_id=request_id,
            code_hash=codes.code_hash(self._keys, phone, request_id, code),
            created_at=now,
            expires_at=now + timedelta(seconds=self._settings.code_ttl),
            sms_state="taken" if reviewer else "sending",
        )
        repeatable_since = now - timedelta(seconds=self._settings.code_repeat)
        try:
            with transaction():
                self._limits.take(limits, now)
                if not self._codes.add(kept, repeatable_since, self._settings.code_guesses):
                    raise _AnotherWasFirst()  # rolls the counting back
        except _AnotherWasFirst:
            return None
        except LimitReached as reached:
            if self._holding(phone) is not None:
                return None
            if reached.key in sms_limits.SPENT:
                log.warning(
                    "%s: no more such codes are sent for now", sms_limits.SPENT[reached.key]
                )
            raise TooManyCodes(cause=reached.cause) from None
        return request_id

    def _send(self, phone: Phone, request_id: UUID, code: str, limits: list[Limit]) -> None:
        """Hand the SMS to Kannel with no transaction open, then keep what became of it."""
        text = codes.sms_text(self._settings.kannel_text, code, self._settings.sms_last_line)
        try:
            self._kannel.send(phone, text)
        except SmsNotSent as failed:  # surely: this code never existed
            with transaction():
                self._codes.delete(phone, request_id)
            self._limits.give_back(limits)
            raise SmsFailed(cause=failed.cause) from None
        except DependencyUnavailable as failed:  # it may still be delivered (seen with Kannel)
            self._keep_state(phone, request_id, "unknown")
            raise SmsFailed(cause=failed.cause) from None
        self._keep_state(phone, request_id, "taken")
        log.info("code sent to %s", phone.masked)

    def _keep_state(self, phone: Phone, request_id: UUID, state: str) -> None:
        with transaction():
            self._codes.set_sms_state(phone, request_id, state)
