"""What a flat has set of its intercom, and the codes that open its entrance."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base

TAKES_CODES = ("beward", "sokol")  # models of panels


class FlatSettings(Base):
    """Made when the flat's people first look at it; until then everything is as the defaults say.

    `handset`: the one on the wall rings. `auto_open_until`: guests are expected, so that a call
    opens. `white_rabbit`: so many minutes after a door was opened for the flat (`last_opened_at`)
    the next one opens to a call. Both hold while who set them (`…_by`; None: long ago) has a right
    in the flat. `log`: who sees the flat's events; `forbidden` is the operator's.
    """

    __tablename__ = "flat_settings"
    __table_args__ = (
        CheckConstraint("white_rabbit IN (0, 1, 2, 3, 5, 7, 10)", name="white_rabbit"),
        CheckConstraint("log IN ('all', 'owner', 'none', 'forbidden')", name="log"),
        *(
            Index(f"ix_flat_settings_{name}", name, postgresql_where=text(f"{name} IS NOT NULL"))
            for name in ("auto_open_by", "white_rabbit_by")
        ),
    )

    flat_id: Mapped[int] = mapped_column(
        ForeignKey("flats.id"), primary_key=True, autoincrement=False
    )
    code_enabled: Mapped[bool] = mapped_column(default=True, server_default="true")
    handset: Mapped[bool] = mapped_column(default=True, server_default="true")
    auto_open_until: Mapped[datetime | None]
    auto_open_by: Mapped[str | None]
    white_rabbit: Mapped[int] = mapped_column(default=0, server_default="0")
    white_rabbit_by: Mapped[str | None]
    last_opened_at: Mapped[datetime | None]
    paper_bill: Mapped[bool] = mapped_column(default=False, server_default="false")
    log: Mapped[str] = mapped_column(default="all", server_default="all")
    faces_off: Mapped[bool] = mapped_column(default=False, server_default="false")
    code_reset_at: Mapped[datetime | None]


class DoorCode(Base):
    """A number that opens the doors of a house for one flat. The key of the table is what keeps two
    flats of a house from having the same one.

    A code that was replaced keeps its place until no panel has it any more: a panel that was silent
    still opens to it, and nobody else may get it meanwhile.
    """

    __tablename__ = "door_codes"
    __table_args__ = (
        CheckConstraint("code BETWEEN 1000 AND 99999999", name="code"),
        Index(
            "ix_door_codes_flat_id_current",
            "flat_id",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("ix_door_codes_flat_id", "flat_id"),
        Index("ix_door_codes_replaced_at", "replaced_at"),
    )

    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"), primary_key=True)
    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    flat_id: Mapped[int] = mapped_column(ForeignKey("flats.id"))
    made_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class FlatCalls(Base):
    """Whether a person's phone rings when somebody rings at this flat's door; without a row it
    does."""

    __tablename__ = "flat_calls"

    phone: Mapped[str] = mapped_column(primary_key=True)
    flat_id: Mapped[int] = mapped_column(ForeignKey("flats.id"), primary_key=True, index=True)
    rings: Mapped[bool]
