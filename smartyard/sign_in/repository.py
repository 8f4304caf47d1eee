"""Rows of codes and calls. Nothing here commits or decides."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Delete, case, delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db, deletion_of
from smartyard.phones import Phone
from smartyard.sign_in.models import LoginCall, LoginCode


class LoginCodeRepository:
    def find(self, phone: Phone) -> LoginCode | None:
        return db.session.get(LoginCode, phone, populate_existing=True)

    def add(self, code: LoginCode, repeatable_since: datetime, most_guesses: int) -> bool:
        """Put this code in the place of the phone's earlier one, unless that one still holds for
        a repeated request (see `SignInService`); then False, and nothing is changed."""
        holds = (
            (LoginCode.created_at > repeatable_since)
            & (LoginCode.expires_at > code.created_at)
            & LoginCode.used_at.is_(None)
            & (LoginCode.guesses < most_guesses)
        )
        new = {
            "request_id": code.request_id,
            "code_hash": code.code_hash,
            "created_at": code.created_at,
            "expires_at": code.expires_at,
            "guesses": 0,
            "sms_state": code.sms_state,
            "used_at": None,
            "used_by": None,
            "session_id": None,
        }
        placed = db.session.execute(
            insert(LoginCode)
            .values(phone=code.phone, **new)
            .on_conflict_do_update(index_elements=["phone"], set_=new, where=~holds)
            .returning(LoginCode.phone)
        )
        return placed.scalar_one_or_none() is not None

    def count_guess(
        self, phone: Phone, now: datetime, most: int, repeatable_since: datetime
    ) -> LoginCode | None:
        """Count a guess before anything is compared, in one statement; None when there is no code
        that may still be guessed. A code that was just used takes a few more, for an answer that
        was lost on its way."""
        row = db.session.execute(
            update(LoginCode)
            .where(
                LoginCode.phone == phone,
                LoginCode.expires_at > now,
                or_(LoginCode.used_at.is_(None), LoginCode.used_at > repeatable_since),
                LoginCode.guesses < case((LoginCode.used_at.is_(None), most), else_=most + 5),
            )
            .values(guesses=LoginCode.guesses + 1)
            .returning(LoginCode)
            .execution_options(populate_existing=True)
        )
        return row.scalar_one_or_none()

    def use(self, code: LoginCode, now: datetime, used_by: bytes, session_id: UUID) -> bool:
        """Exactly one caller uses a code."""
        used = db.session.execute(
            update(LoginCode)
            .where(
                LoginCode.phone == code.phone,
                LoginCode.request_id == code.request_id,
                LoginCode.used_at.is_(None),
            )
            .values(used_at=now, used_by=used_by, session_id=session_id)
            .returning(LoginCode.phone)
        )
        return used.scalar_one_or_none() is not None

    def set_sms_state(self, phone: Phone, request_id: UUID, state: str) -> None:
        db.session.execute(
            update(LoginCode)
            .where(LoginCode.phone == phone, LoginCode.request_id == request_id)
            .values(sms_state=state)
        )

    def delete(self, phone: Phone, request_id: UUID | None = None) -> None:
        """Delete the phone's code, or only the one of this request."""
        gone = delete(LoginCode).where(LoginCode.phone == phone)
        if request_id is not None:
            gone = gone.where(LoginCode.request_id == request_id)
        db.session.execute(gone)

    def deletion_of_ended(self, before: datetime, most: int) -> Delete:
        """The statement that deletes so many of the codes that ended before then."""
        # A new code may come into the place of one that has ended.
        return deletion_of(LoginCode, LoginCode.expires_at < before, most)


class LoginCallRepository:
    def find(self, phone: Phone) -> LoginCall | None:
        return db.session.get(LoginCall, phone, populate_existing=True)

    def add(self, call: LoginCall, held_since: datetime) -> bool:
        """Put it in the place of the phone's earlier one. False where that one was asked for by
        somebody else since `held_since`, and is not used: then nothing is changed."""
        new = {
            "request_id": call.request_id,
            "number": call.number,
            "asker": call.asker,
            "created_at": call.created_at,
            "expires_at": call.expires_at,
            "confirmed_at": None,
            "used_at": None,
            "session_id": None,
        }
        free = or_(
            LoginCall.asker == call.asker,
            LoginCall.created_at <= held_since,
            LoginCall.used_at.is_not(None),
        )
        placed = db.session.execute(
            insert(LoginCall)
            .values(phone=call.phone, **new)
            .on_conflict_do_update(index_elements=["phone"], set_=new, where=free)
            .returning(LoginCall.phone)
        )
        return placed.scalar_one_or_none() is not None

    def confirm(self, phone: Phone, number: Phone, now: datetime, until: datetime) -> bool:
        """The call came; the request lives at least `until`. False when none waits for it."""
        confirmed = db.session.execute(
            update(LoginCall)
            .where(
                LoginCall.phone == phone,
                LoginCall.number == number,
                LoginCall.expires_at > now,
                LoginCall.confirmed_at.is_(None),
            )
            .values(confirmed_at=now, expires_at=func.greatest(LoginCall.expires_at, until))
            .returning(LoginCall.phone)
        )
        return confirmed.scalar_one_or_none() is not None

    def use(self, call: LoginCall, now: datetime, session_id: UUID) -> bool:
        """Exactly one caller uses a call."""
        used = db.session.execute(
            update(LoginCall)
            .where(
                LoginCall.phone == call.phone,
                LoginCall.request_id == call.request_id,
                LoginCall.used_at.is_(None),
            )
            .values(used_at=now, session_id=session_id)
            .returning(LoginCall.phone)
        )
        return used.scalar_one_or_none() is not None

    def delete(self, phone: Phone) -> None:
        db.session.execute(delete(LoginCall).where(LoginCall.phone == phone))

    def deletion_of_ended(self, before: datetime, most: int) -> Delete:
        """The statement that deletes so many of those that ended before then."""
        return deletion_of(LoginCall, LoginCall.expires_at < before, most)
