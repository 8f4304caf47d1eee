"""Offices, in the order of the operator's file."""

from sqlalchemy import CheckConstraint, Double, Identity
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class Office(Base):
    """`opening`: the hours, in the operator's own words."""

    __tablename__ = "offices"
    __table_args__ = (
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="place"),
        CheckConstraint("address <> ''", name="address"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    lat: Mapped[float] = mapped_column(Double)
    lon: Mapped[float] = mapped_column(Double)
    address: Mapped[str] = mapped_column(unique=True)
    opening: Mapped[str]
