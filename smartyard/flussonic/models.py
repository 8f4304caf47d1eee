"""Video tokens: what a viewer shows to the media server."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class VideoToken(Base):
    """One answer's cameras for one session. It ends with the session, at `expires_at`, or when
    the right is gone, which is looked at anew each time."""

    __tablename__ = "video_tokens"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int]  # told to the media server as X-UserId
    phone: Mapped[str]
    camera_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
