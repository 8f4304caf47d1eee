"""The address book as the operator imports it, and what an outside geocoder said."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class Location(Base):
    """A town or a village."""

    __tablename__ = "geo_locations"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # the operator's
    name: Mapped[str]


class Street(Base):
    __tablename__ = "geo_streets"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # the operator's
    location_id: Mapped[int] = mapped_column(ForeignKey("geo_locations.id"), index=True)
    name: Mapped[str]
    type: Mapped[str]


class BookHouse(Base):
    """Where a house stands. `key` and `bare_key` are what its address folds to (book/names.py)."""

    __tablename__ = "geo_houses"

    house_id: Mapped[int] = mapped_column(
        ForeignKey("houses.id"), primary_key=True, autoincrement=False
    )
    street_id: Mapped[int] = mapped_column(ForeignKey("geo_streets.id"), index=True)
    number: Mapped[str]
    lat: Mapped[str]
    lon: Mapped[str]
    key: Mapped[str] = mapped_column(index=True)
    bare_key: Mapped[str] = mapped_column(index=True)


class Offer(Base):
    """A service that can be had at a house."""

    __tablename__ = "geo_offers"
    __table_args__ = (
        CheckConstraint(
            "service IN ('internet', 'iptv', 'ctv', 'phone', 'cctv', 'domophone', 'gsm')",
            name="service",
        ),
    )

    house_id: Mapped[int] = mapped_column(
        ForeignKey("geo_houses.house_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    service: Mapped[str] = mapped_column(primary_key=True)
    by_default: Mapped[bool]
    can_change: Mapped[bool]


class GeocoderAnswer(Base):
    """What the geocoder said of an address; no place when it knows none."""

    __tablename__ = "geocoder_answers"

    query: Mapped[str] = mapped_column(primary_key=True)
    lat: Mapped[str | None]
    lon: Mapped[str | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class GeocoderTurn(Base):
    """One row: when the whole installation may ask the geocoder again, by the database's clock."""

    __tablename__ = "geocoder_turns"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    next_at: Mapped[datetime]
