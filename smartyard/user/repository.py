"""Rows of people and sessions. Nothing here commits or decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db
from smartyard.phones import Phone
from smartyard.user.models import Person, SignedIn


class PersonRepository:
    def ensure(self, phone: Phone, now: datetime) -> Person:
        """The person of this number, locked until the transaction ends; made when new."""
        made = insert(Person).values(phone=phone, created_at=now)
        # An update that changes nothing locks the row, also one that appears or goes meanwhile.
        locked = made.on_conflict_do_update(index_elements=["phone"], set_={"phone": phone})
        return db.session.execute(
            locked.returning(Person), execution_options={"populate_existing": True}
        ).scalar_one()

    def knows(self, phone: Phone) -> bool:
        """Whether somebody signed in with this number."""
        return bool(db.session.scalar(select(exists().where(Person.phone == phone))))

    def get(self, person_id: int) -> Person:
        return db.session.get_one(Person, person_id)

    def delete(self, person_id: int) -> None:
        """Sessions and video tokens go with the row."""
        db.session.execute(delete(Person).where(Person.id == person_id))


@dataclass(frozen=True)
class Found:
    """A session, by its token."""

    session_id: UUID
    person_id: int
    last_seen_at: datetime | None
    phone: str


class SessionRepository:
    def add(self, session: SignedIn) -> None:
        db.session.add(session)
        db.session.flush()

    def find(self, token_hash: bytes) -> Found | None:
        """Whose session it is. Asked at each request, so columns and no entity are read."""
        row = db.session.execute(
            select(SignedIn.id, SignedIn.person_id, SignedIn.last_seen_at, Person.phone)
            .join(Person, Person.id == SignedIn.person_id)
            .where(SignedIn.token_hash == token_hash)
        ).one_or_none()
        return None if row is None else Found(*row)

    def get(self, session_id: UUID) -> SignedIn:
        return db.session.get_one(SignedIn, session_id)

    def seen(self, session_id: UUID, now: datetime) -> None:
        db.session.execute(
            update(SignedIn).where(SignedIn.id == session_id).values(last_seen_at=now)
        )

    def replace_unseen_token(self, session_id: UUID, token_hash: bytes) -> bool:
        """False when the session is gone, or its token was already used."""
        changed = db.session.execute(
            update(SignedIn)
            .where(SignedIn.id == session_id, SignedIn.last_seen_at.is_(None))
            .values(token_hash=token_hash)
            .returning(SignedIn.id)
        )
        return changed.scalar_one_or_none() is not None

    def end_device(self, person_id: int, device_key: bytes) -> None:
        """A device that signs in again has one session."""
        db.session.execute(
            delete(SignedIn).where(
                SignedIn.person_id == person_id, SignedIn.device_key == device_key
            )
        )

    def end_longest_unseen(self, person_id: int, keep: int) -> None:
        """Only the `keep` sessions that were seen last stay."""
        surplus = (
            select(SignedIn.id)
            .where(SignedIn.person_id == person_id)
            .order_by(func.coalesce(SignedIn.last_seen_at, SignedIn.created_at).desc(), SignedIn.id)
            .offset(keep)
        )
        db.session.execute(delete(SignedIn).where(SignedIn.id.in_(surplus)))

    def of_person(self, person_id: int) -> Sequence[SignedIn]:
        """All of them, those that were seen last first."""
        return db.session.scalars(
            select(SignedIn)
            .where(SignedIn.person_id == person_id)
            .order_by(func.coalesce(SignedIn.last_seen_at, SignedIn.created_at).desc(), SignedIn.id)
        ).all()

    def end(self, person_id: int, session_id: UUID) -> bool:
        """False when the person has no such session."""
        ended = db.session.execute(
            delete(SignedIn)
            .where(SignedIn.id == session_id, SignedIn.person_id == person_id)
            .returning(SignedIn.id)
        )
        return ended.scalar_one_or_none() is not None

    def end_others(self, person_id: int, but: UUID) -> None:
        db.session.execute(
            delete(SignedIn).where(SignedIn.person_id == person_id, SignedIn.id != but)
        )

    def forget_push_token(self, push_token: str, but: UUID) -> None:
        """A device's push token belongs to the session that told it last."""
        db.session.execute(
            update(SignedIn)
            .where(SignedIn.push_token == push_token, SignedIn.id != but)
            .values(push_token=None, voip_token=None)
        )

    def people(self, after: str, most: int) -> list[Phone]:
        found = db.session.scalars(
            select(Person.phone).where(Person.phone > after).order_by(Person.phone).limit(most)
        )
        return [Phone(phone) for phone in found]

    def count_people(self) -> int:
        return db.session.scalar(select(func.count()).select_from(Person)) or 0

    def drop_push_token(self, session_id: UUID, push_token: str) -> None:
        """Only where it is still this one."""
        db.session.execute(
            update(SignedIn)
            .where(SignedIn.id == session_id, SignedIn.push_token == push_token)
            .values(push_token=None, voip_token=None)
        )
