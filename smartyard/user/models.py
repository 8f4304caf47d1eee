"""People and their signed-in devices."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class Person(Base):
    """Whoever signed in with this phone number."""

    __tablename__ = "persons"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    phone: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    patronymic: Mapped[str] = mapped_column(default="")
    notify: Mapped[bool] = mapped_column(default=True)
    notify_money: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class SignedIn(Base):
    """A session: one device of a person. Deleting the row ends it, and its video tokens with it.

    `token_hash` is the SHA-256 of a token of 128 random bits: no key is needed to keep such a
    thing secret, and sessions outlive a change of SECRET_KEY.
    """

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    device_key: Mapped[bytes | None]  # MAC of the device's own token, where the app sends one
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    push_token: Mapped[str | None] = mapped_column(index=True)
    voip_token: Mapped[str | None]
    push_platform: Mapped[str | None]
    push_service: Mapped[str | None]
    push_production: Mapped[bool] = mapped_column(default=True)
    push_at: Mapped[datetime | None]
