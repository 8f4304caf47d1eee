"""What the panels were told of flats, and whom there is something to tell."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class PanelPush(Base):
    """A panel that is to be told something, at `due_at`; None when nothing is left.

    `changes` counts what was wanted of it: who tells it looks whether more came meanwhile. One
    worker tells it at a time, by a committed claim that ends by itself when the worker is killed.
    """

    __tablename__ = "panel_pushes"

    panel_id: Mapped[int] = mapped_column(
        ForeignKey("panels.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    changes: Mapped[int] = mapped_column(default=1, server_default="1")
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str | None]
    claim: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]


class PanelFlat(Base):
    """What a panel surely holds under the number of a flat; `told_at` None: it was told something,
    and nobody knows whether it took that."""

    __tablename__ = "panel_flats"

    panel_id: Mapped[int] = mapped_column(
        ForeignKey("panels.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    flat_id: Mapped[int] = mapped_column(ForeignKey("flats.id"), index=True)
    code: Mapped[int | None]
    handset: Mapped[bool] = mapped_column(default=True, server_default="true")
    sip: Mapped[str] = mapped_column(default="", server_default="")
    told_at: Mapped[datetime | None]
    error: Mapped[str | None]


class PanelKey(Base):
    """A key that the panel is to be told of: whether it opens is looked at then. `change` is new
    each time that it changes, so that who tells it sees whether it did meanwhile."""

    __tablename__ = "panel_keys"

    panel_id: Mapped[int] = mapped_column(
        ForeignKey("panels.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    code: Mapped[str] = mapped_column(primary_key=True)
    change: Mapped[UUID]
    error: Mapped[str | None]
