"""The operator's pages in the menu."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class Extension(Base):
    """`icon` is a data URI. Of two with one `position` the name decides."""

    __tablename__ = "extensions"
    __table_args__ = (
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]{0,39}$'", name="name"),
        CheckConstraint("icon ~ '^data:image/(png|jpeg);base64,'", name="icon"),
        CheckConstraint("caption <> '' AND html <> ''", name="filled"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    caption: Mapped[str]
    icon: Mapped[str]
    html: Mapped[str]
    position: Mapped[int]
    highlight: Mapped[bool]
    changed_at: Mapped[datetime]
