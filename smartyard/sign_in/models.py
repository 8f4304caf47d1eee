"""The one-time code that is on its way to a phone, and the call that is awaited from one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class LoginCode(Base):
    """The one live code of a phone number; a new request takes its place."""

    __tablename__ = "login_codes"
    __table_args__ = (
        CheckConstraint("sms_state IN ('sending', 'taken', 'unknown')", name="sms_state"),
        CheckConstraint("guesses >= 0", name="guesses_not_negative"),
    )

    phone: Mapped[str] = mapped_column(primary_key=True)
    request_id: Mapped[UUID]
    code_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    guesses: Mapped[int] = mapped_column(default=0)
    sms_state: Mapped[str]
    used_at: Mapped[datetime | None]
    used_by: Mapped[bytes | None]  # MAC of the device or address that used it
    session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("sessions.id", ondelete="SET NULL"), index=True
    )


class LoginCall(Base):
    """The one call that is awaited from a phone number: to which number, and who asked (a MAC)."""

    __tablename__ = "login_calls"

    phone: Mapped[str] = mapped_column(primary_key=True)
    request_id: Mapped[UUID]  # 128 random bits: the session's token is made of them
    number: Mapped[str]
    asker: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("sessions.id", ondelete="SET NULL"), index=True
    )
