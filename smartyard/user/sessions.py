"""Sessions: who a bearer token belongs to, and how long it holds.

A token is 128 random bits in UUID form, kept as its SHA-256. A person may be signed in at several
devices; past SESSIONS_PER_PHONE the one unseen for longest goes.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from smartyard.db import transaction
from smartyard.errors import NotYours
from smartyard.guard import Caller
from smartyard.outbox import Outbox
from smartyard.phones import Phone
from smartyard.user.models import Person, SignedIn
from smartyard.user.repository import PersonRepository, SessionRepository

__all__ = ["SessionNotYours", "SessionService", "SignedIn", "new_token", "token_hash"]


def new_token() -> str:
    """All 128 bits are random: this is no UUID of a version, it only looks like one."""
    return str(UUID(bytes=secrets.token_bytes(16)))


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class SessionNotYours(NotYours):
    message = "Такого устройства среди ваших нет. Обновите список."


class SessionService:
    """Begins, finds and ends sessions."""

    def __init__(
        self,
        sessions: SessionRepository,
        people: PersonRepository,
        clock: Callable[[], datetime],
        *,
        outbox: Outbox,
        most: int,
        every: float,
    ) -> None:
        """`most` devices a person; `last_seen_at` is written at most each `every` seconds."""
        self._sessions = sessions
        self._people = people
        self._clock = clock
        self._outbox = outbox
        self._most = most
        self._every = timedelta(seconds=every)

    def identify(self, token: str) -> Caller | None:
        """Who this token lets in, by one statement; None when it is unknown or ended."""
        now = self._clock()
        with transaction():
            found = self._sessions.find(token_hash(token))
            if found is None:
                return None
            if found.last_seen_at is None or found.last_seen_at < now - self._every:
                self._sessions.seen(found.session_id, now)
        return Caller(found.person_id, found.session_id, Phone(found.phone))

    def knows(self, phone: Phone) -> bool:
        """Whether somebody signed in with this number."""
        with transaction():
            return self._people.knows(phone)

    def person(self, phone: Phone) -> Person:
        """In the caller's transaction: whoever signs in with this number, made when new, and locked
        until it ends."""
        return self._people.ensure(phone, self._clock())

    def begin(self, person: Person, device_key: bytes | None, token: str) -> SignedIn:
        """A session in the caller's transaction. `person` must be locked (see there), so that two
        who sign in at once do not both count themselves in under the cap."""
        if device_key is not None:
            self._sessions.end_device(person.id, device_key)
        self._sessions.end_longest_unseen(person.id, self._most - 1)
        session = SignedIn(
            id=uuid4(),
            person_id=person.id,
            token_hash=token_hash(token),
            device_key=device_key,
            created_at=self._clock(),
        )
        self._sessions.add(session)
        told = {"phone": person.phone}
        self._outbox.put("session.started", str(session.id), session.created_at, told)
        return session

    def of(self, caller: Caller) -> Sequence[SignedIn]:
        """All sessions of a person, those that were seen last first."""
        with transaction():
            return self._sessions.of_person(caller.person_id)

    def end(self, caller: Caller, session_id: UUID) -> None:
        """End one session of the caller's own: its token, its push token and its video tokens hold
        no longer. Raises SessionNotYours, the same whether there is one."""
        with transaction():
            if not self._sessions.end(caller.person_id, session_id):
                raise SessionNotYours()

    def end_others(self, caller: Caller) -> None:
        """End all of the caller's sessions but this one."""
        with transaction():
            self._sessions.end_others(caller.person_id, but=caller.session_id)

    def people(self, after: str, most: int) -> list[Phone]:
        """So many of those who ever signed in after a phone, in the order of their phones."""
        with transaction():
            return self._sessions.people(after, most)

    def count_people(self) -> int:
        """How many ever signed in."""
        with transaction():
            return self._sessions.count_people()

    def forget_push_token(self, session_id: UUID, push_token: str) -> None:
        """In the caller's transaction: no device has it any more. One that came since stays."""
        self._sessions.drop_push_token(session_id, push_token)

    def renew_unseen(self, session_id: UUID, token: str) -> bool:
        """Give a session whose token was never used another one. False when it was used."""
        return self._sessions.replace_unseen_token(session_id, token_hash(token))
