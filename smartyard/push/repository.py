"""Which devices a message is for, which have got it, and the calls that are about to ring."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from smartyard.db import db
from smartyard.inbox.models import Message
from smartyard.phones import Phone
from smartyard.push.models import MessagePush, Ring
from smartyard.push.payloads import Told
from smartyard.user.models import Person, SignedIn

FCM = "fcm"


@dataclass(frozen=True)
class Target:
    """A message for one device."""

    told: Told
    session_id: UUID
    token: str = field(repr=False)


@dataclass(frozen=True)
class Taken:
    """A call for one device, taken to be tried now."""

    session_id: UUID
    token: str = field(repr=False)
    call: dict[str, Any] = field(repr=False)
    created_at: datetime
    until: datetime


def _reachable() -> ColumnElement[bool]:
    """Devices whose token FCM may know."""
    return SignedIn.push_token.is_not(None) & (
        SignedIn.push_service.is_(None) | (SignedIn.push_service == FCM)
    )


class PushRepository:
    def targets(self, message_ids: Collection[int], since: datetime) -> list[Target]:
        """The devices that shall be told of these messages and have not been, whatever happened to
        others: not of old ones, nor what was read, nor who wants no pushes. By one statement."""
        unread = (
            select(func.count())
            .where(Message.phone == Person.phone, Message.kept, Message.read_at.is_(None))
            .correlate(Person)
            .scalar_subquery()
        )
        rows = db.session.execute(
            select(Message, SignedIn.id, SignedIn.push_token, unread)
            .join(Person, Person.phone == Message.phone)
            .join(SignedIn, and_(SignedIn.person_id == Person.id, _reachable()))
            .outerjoin(
                MessagePush,
                and_(MessagePush.message_id == Message.id, MessagePush.session_id == SignedIn.id),
            )
            .where(
                Message.id.in_(message_ids),
                Message.created_at > since,
                Message.read_at.is_(None),
                Person.notify,
                or_(Person.notify_money, ~Message.about_money),
                MessagePush.outcome.is_(None),
            )
            .order_by(Message.id, SignedIn.id)
        )
        return [
            Target(_told(message, count), session, token) for message, session, token, count in rows
        ]

    def take(self, target: Target, now: datetime, until: datetime) -> bool:
        """False while another has it, once it is over, and where message or session is gone."""
        both = (
            select(Message.id, SignedIn.id, literal(until))
            .join_from(Message, SignedIn, SignedIn.id == target.session_id)
            .where(Message.id == target.told.message_id)
            .with_for_update(read=True, key_share=True)
        )
        mark = upsert(MessagePush).from_select(["message_id", "session_id", "leased_until"], both)
        taken = db.session.execute(
            mark.on_conflict_do_update(
                index_elements=["message_id", "session_id"],
                set_={"leased_until": until},
                where=MessagePush.outcome.is_(None) & (MessagePush.leased_until <= now),
            ).returning(MessagePush.message_id)
        )
        return taken.scalar_one_or_none() is not None

    def end(self, target: Target, outcome: str | None, now: datetime) -> None:
        """Write down what became of it; None gives it back, to be tried again."""
        db.session.execute(
            update(MessagePush)
            .where(
                MessagePush.message_id == target.told.message_id,
                MessagePush.session_id == target.session_id,
            )
            .values(outcome=outcome, outcome_at=now if outcome else None, leased_until=now)
        )

    def devices(self, phones: Collection[Phone]) -> list[UUID]:
        """The sessions of these people that can be rung."""
        return list(
            db.session.scalars(
                select(SignedIn.id)
                .join(Person, Person.id == SignedIn.person_id)
                .where(Person.phone.in_(phones), _reachable())
                .order_by(SignedIn.id)
            )
        )

    def add_rings(self, rows: Sequence[dict[str, Any]]) -> list[int]:
        """One for each session that is still there."""
        alive = set(
            db.session.scalars(
                select(SignedIn.id)
                .where(SignedIn.id.in_([row["session_id"] for row in rows]))
                .with_for_update(read=True, key_share=True)
            )
        )
        kept = [row for row in rows if row["session_id"] in alive]
        if not kept:
            return []
        return list(db.session.scalars(insert(Ring).returning(Ring.id), kept))

    def take_rings(self, ring_ids: Collection[int]) -> list[Taken]:
        """Delete them and give them back: nobody tries one of them after this."""
        rows = db.session.execute(
            delete(Ring)
            .where(Ring.id.in_(ring_ids), SignedIn.id == Ring.session_id, _reachable())
            .returning(Ring.session_id, SignedIn.push_token, Ring.call, Ring.created_at, Ring.until)
        )
        return [Taken(*row) for row in rows]

    def forget_rings(self, before: datetime) -> None:
        """Those that nobody came to take."""
        db.session.execute(delete(Ring).where(Ring.until < before))


def _told(message: Message, unread: int) -> Told:
    return Told(
        message.id,
        message.action,
        message.title,
        message.text,
        message.data,
        message.created_at,
        unread,
    )
