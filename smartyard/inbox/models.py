"""What people were told."""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class Message(Base):
    """One message for one phone number. Without `kept` it is a push alone, and on no page."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_phone_id", "phone", "id"),
        Index(
            "ix_messages_unread",
            "phone",
            "action",
            postgresql_where=sql("kept AND read_at IS NULL"),
        ),
        Index(  # a mailing tells everybody once
            "ix_messages_of_mailing",
            "mailing_id",
            "phone",
            unique=True,
            postgresql_where=sql("mailing_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    phone: Mapped[str]
    action: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    kept: Mapped[bool]
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailings.id", ondelete="SET NULL"))
    about_money: Mapped[bool]  # not pushed to who wants no word about money
    data: Mapped[dict[str, str]] = mapped_column(JSONB)  # more keys of the push
    created_at: Mapped[datetime] = mapped_column(index=True)
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
