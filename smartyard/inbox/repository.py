"""Rows of messages. Whatever is asked for by a person is asked for by their phone, too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db
from smartyard.inbox.models import Message
from smartyard.phones import Phone

CHAT = "chat"


@dataclass(frozen=True)
class Unread:
    """How many messages nobody has read yet; those of the chat apart."""

    count: int
    chat: int


class MessageRepository:
    def add(self, message: Message) -> int:
        db.session.add(message)
        db.session.flush()
        return message.id

    def add_many(self, rows: Sequence[dict[str, Any]]) -> list[int]:
        """Messages of one mailing; who has got theirs gets no second one."""
        added = insert(Message).values(rows).on_conflict_do_nothing().returning(Message.id)
        return list(db.session.scalars(added))

    def unread(self, phone: Phone) -> Unread:
        """By the index of unread ones, however many were read."""
        chat = func.count().filter(Message.action == CHAT)
        count, of_chat = db.session.execute(
            select(func.count(), chat).where(
                Message.phone == phone, Message.kept, Message.read_at.is_(None)
            )
        ).one()
        return Unread(count - of_chat, of_chat)

    def newest(self, phone: Phone, most: int) -> Sequence[Message]:
        """The newest that are kept, first the last one."""
        return db.session.scalars(
            select(Message)
            .where(Message.phone == phone, Message.kept)
            .order_by(Message.id.desc())
            .limit(most)
        ).all()

    def read_all(self, phone: Phone, now: datetime, *, action: str | None = None) -> set[int]:
        """All of one action, or all there are; the ids of those that were unread."""
        which = [Message.phone == phone, Message.kept, Message.read_at.is_(None)]
        if action is not None:
            which.append(Message.action == action)
        read = _marked_read(now).where(*which).returning(Message.id)
        return set(db.session.scalars(read, execution_options={"synchronize_session": False}))

    def read(self, phone: Phone, message_id: int, now: datetime) -> bool:
        """False when this phone has no such message. The first time is what counts."""
        return self._touch(_marked_read(now), phone, message_id)

    def deliver(self, phone: Phone, message_id: int, now: datetime) -> bool:
        """The same for its arrival at a device."""
        came = update(Message).values(delivered_at=func.coalesce(Message.delivered_at, now))
        return self._touch(came, phone, message_id)

    def _touch(self, change: Any, phone: Phone, message_id: int) -> bool:
        touched = db.session.execute(
            change.where(Message.id == message_id, Message.phone == phone).returning(Message.id),
            execution_options={"synchronize_session": False},
        )
        return touched.scalar_one_or_none() is not None

    def forget(self, phone: Phone) -> None:
        db.session.execute(delete(Message).where(Message.phone == phone))

    def deletion_of_old(self, before: datetime, before_pushed: datetime, most: int) -> Delete:
        """The statement that deletes so many of the old ones, and of pushes that nobody can look
        at any more."""
        old = (
            select(Message.id)
            .where(
                or_(
                    Message.created_at < before,
                    (Message.created_at < before_pushed) & ~Message.kept,
                )
            )
            .limit(most)
        )
        return delete(Message).where(Message.id.in_(old))


def _marked_read(now: datetime) -> Any:
    """Who reads it has got it."""
    return update(Message).values(
        read_at=func.coalesce(Message.read_at, now),
        delivered_at=func.coalesce(Message.delivered_at, now),
    )
