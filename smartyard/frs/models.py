"""Faces by FALPRS' numbers, whose they are, and the doors that were opened to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base
from smartyard.doors.attempts.models import Attempt


class Face(Base):
    """A face that FALPRS learnt for us. `picture` is a JPEG of it alone."""

    __tablename__ = "faces"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    picture: Mapped[bytes] = mapped_column(deferred=True)
    learnt_at: Mapped[datetime]


class FaceLink(Base):
    """A person of a flat said of an event that its face is one of the flat's.

    Without `face_id` FALPRS is being asked: whoever made the row does that, once for however many
    requests, and after a while (it was killed) another may.
    """

    __tablename__ = "face_links"
    __table_args__ = (Index("ix_face_links_flat_id_face_id", "flat_id", "face_id"),)

    phone: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    flat_id: Mapped[int] = mapped_column(ForeignKey("flats.id"))
    face_id: Mapped[int | None] = mapped_column(
        ForeignKey("faces.id", ondelete="CASCADE"), index=True
    )
    asked_at: Mapped[datetime]


class FaceOpening(Attempt):
    """One row for each door, whoever's face it was: an open door needs no second pulse."""

    __tablename__ = "face_openings"

    face_id: Mapped[int]
