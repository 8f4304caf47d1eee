"""Published recordings, of the operator's file."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class PublishedVideo(Base):
    """One of a camera is for whoever sees the camera, one of none for everybody. `picture` is ""
    where the video site has its own."""

    __tablename__ = "published_videos"
    __table_args__ = (
        CheckConstraint("url ~ '^https?://'", name="url"),
        CheckConstraint("title <> ''", name="title"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    camera_id: Mapped[int | None] = mapped_column(
        ForeignKey("cameras.id", ondelete="CASCADE"), index=True
    )
    event_at: Mapped[datetime] = mapped_column(index=True)
    title: Mapped[str]
    description: Mapped[str]
    url: Mapped[str]
    picture: Mapped[str]
