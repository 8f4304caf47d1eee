"""Houses, flats and contracts by billing's ids, the people of a flat, and how old a copy is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base

CCTV = "cctv"


def flat_in_house() -> ForeignKeyConstraint:
    """A flat is named together with its house, and follows it when billing corrects the house."""
    return ForeignKeyConstraint(
        ["flat_id", "house_id"], ["flats.id", "flats.house_id"], onupdate="CASCADE"
    )


class House(Base):
    """Made by whoever names it first, never deleted: rights and events hang on it."""

    __tablename__ = "houses"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # billing's houseId
    address: Mapped[str] = mapped_column(default="")


class Flat(Base):
    __tablename__ = "flats"
    __table_args__ = (UniqueConstraint("id", "house_id"),)  # what a pair of both may refer to

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # billing's flatId
    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"), index=True)
    number: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")


class Contract(Base):
    __tablename__ = "contracts"

    id: Mapped[str] = mapped_column(primary_key=True)  # billing's clientId
    name: Mapped[str] = mapped_column(default="")  # contractName
    client_name: Mapped[str] = mapped_column(default="")


class FlatMember(Base):
    """Billing knows this phone at this flat under this contract, with these services.

    `watches` is what the media server's question comes down to; PostgreSQL keeps it.
    """

    __tablename__ = "flat_members"
    __table_args__ = (
        UniqueConstraint("phone", "flat_id", "contract_id", postgresql_nulls_not_distinct=True),
        Index("ix_flat_members_phone_house_id", "phone", "house_id"),
        Index("ix_flat_members_flat_id_house_id", "flat_id", "house_id"),
        flat_in_house(),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    phone: Mapped[str]
    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"), index=True)
    flat_id: Mapped[int]
    contract_id: Mapped[str | None] = mapped_column(ForeignKey("contracts.id"), index=True)
    contract_owner: Mapped[bool]
    flat_owner: Mapped[bool]
    services: Mapped[list[str]] = mapped_column(ARRAY(Text))
    unpaid: Mapped[list[str]] = mapped_column(ARRAY(Text))
    watches: Mapped[bool] = mapped_column(
        Boolean, Computed("'cctv' = ANY (services) AND NOT 'cctv' = ANY (unpaid)", persisted=True)
    )
    has_gates: Mapped[bool]
    lcab: Mapped[str | None]
    roommates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class ListedHouse(Base):
    """Billing lists this house for this phone, with so many cameras where it says."""

    __tablename__ = "listed_houses"

    phone: Mapped[str] = mapped_column(primary_key=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"), primary_key=True, index=True)
    cctv: Mapped[int | None]


class BillingCopy(Base):
    """How old our copy of a subject is (`homes:<phone>`, `cameras:<house>`), and who fetches it.

    The claim is a committed row: whoever holds it calls billing with no lock and no connection,
    and once `claimed_until` has passed (the holder was killed) another may take it.
    """

    __tablename__ = "billing_copies"

    subject: Mapped[str] = mapped_column(primary_key=True)
    fetched_at: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    claim: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]
    watched_at: Mapped[datetime | None] = mapped_column(index=True)  # a refresh found a viewer
    lost_at: Mapped[datetime | None] = mapped_column(index=True)  # viewing or all homes went
