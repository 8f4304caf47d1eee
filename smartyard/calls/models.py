"""Rings of the last minutes, who may answer them, and the newest frame of each panel."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class CallRing(Base):
    """A ring at a flat. `call_id` is the PBX's own name of the call, after the panel and the flat:
    `11/10101/1767168000.7`. `picture` is a JPEG of the moment."""

    __tablename__ = "call_rings"
    __table_args__ = (UniqueConstraint("source", "call_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    call_id: Mapped[str]
    panel_id: Mapped[int]
    flat_id: Mapped[int]
    opens: Mapped[bool]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    picture: Mapped[bytes | None] = mapped_column(deferred=True)


class CallLogin(Base):
    """A device that may answer a ring: its extension at the PBX is made of `id`. Its hash, which is
    the password too, is not kept: it is made again from SECRET_KEY."""

    __tablename__ = "call_logins"
    __table_args__ = (UniqueConstraint("ring_id", "session_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ring_id: Mapped[UUID] = mapped_column(ForeignKey("call_rings.id", ondelete="CASCADE"))
    session_id: Mapped[UUID]
    digest: Mapped[bytes] = mapped_column(unique=True)


class PanelFrame(Base):
    """The newest frame of a panel, for all who look. Whoever holds the claim fetches the next one;
    in the table no log is written for (UNLOGGED): a crash may empty it."""

    __tablename__ = "panel_frames"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    panel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    frame: Mapped[bytes | None]
    taken_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime]
