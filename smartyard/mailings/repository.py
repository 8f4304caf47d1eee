"""Rows of mailings, and what became of their messages."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from smartyard.db import db
from smartyard.inbox.models import Message
from smartyard.mailings.models import Mailing
from smartyard.push.models import MessagePush


@dataclass(frozen=True)
class Sheet:
    """A mailing, and how many of its messages were pushed to a device, came there, were read."""

    mailing: Mailing
    pushed: int
    delivered: int
    read: int


class MailingRepository:
    def add(self, mailing: Mailing) -> int:
        db.session.add(mailing)
        db.session.flush()
        return mailing.id

    def get(self, mailing_id: int) -> Mailing:
        return db.session.get_one(Mailing, mailing_id, populate_existing=True)

    def lock(self, mailing_id: int) -> Mailing:
        """For the caller alone until the transaction ends."""
        return db.session.get_one(Mailing, mailing_id, populate_existing=True, with_for_update=True)

    def newest(self, most: int) -> Sequence[Sheet]:
        """The last ones, the newest first."""
        pushed = (
            select(func.count(func.distinct(MessagePush.message_id)))
            .join(Message, Message.id == MessagePush.message_id)
            .where(Message.mailing_id == Mailing.id, MessagePush.outcome == "sent")
            .correlate(Mailing)
            .scalar_subquery()
        )
        counts = (
            select(func.count(Message.delivered_at), func.count(Message.read_at))
            .where(Message.mailing_id == Mailing.id)
            .correlate(Mailing)
            .lateral("counts")
        )
        rows = db.session.execute(
            select(Mailing, pushed, *counts.columns)
            .join(counts, counts.c[0].is_not(None))
            .order_by(Mailing.id.desc())
            .limit(most)
        )
        return [Sheet(*row) for row in rows]
