"""Houses, flats and contracts by billing's ids, the people of a flat, and how old a copy is.

The people of a flat are billing's phones, plus those whom an owner let in (`source` = grant), less
those who left or were put out (`FlatLeave`). What is blocked in a flat is a `FlatBlock`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    exists,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base

CCTV, DOMOPHONE = "cctv", "domophone"
BILLING, GRANT = "billing", "grant"
OWNER, INNER, OUTER = "owner", "inner", "outer"
BY_BILLING = "billing"  # who put somebody out


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


class Entrance(Base):
    """An entrance of a house, by the word that stands on it ("1", "2а")."""

    __tablename__ = "entrances"

    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)


def entrance_of_house() -> ForeignKeyConstraint:
    """An entrance that is named is one of the same house."""
    return ForeignKeyConstraint(["house_id", "entrance"], ["entrances.house_id", "entrances.name"])


class Flat(Base):
    """`entrance`: None where nobody told, and then the flat has all doors of its house."""

    __tablename__ = "flats"
    __table_args__ = (
        UniqueConstraint("id", "house_id"),  # what a pair of both may refer to
        entrance_of_house(),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # billing's flatId
    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"), index=True)
    number: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    entrance: Mapped[str | None]


class Contract(Base):
    __tablename__ = "contracts"

    id: Mapped[str] = mapped_column(primary_key=True)  # billing's clientId
    name: Mapped[str] = mapped_column(default="")  # contractName
    client_name: Mapped[str] = mapped_column(default="")


class FlatMember(Base):
    """Billing knows this phone at this flat under this contract, with these services; or an owner
    let it in, and then services are the flat's, and `expires_at` is when the right ends.
    `named_at`: since when billing names it there, short gaps aside; None is longer than we know.

    `loose_at` of a guest: when billing's word left nobody for the right to hang on. It ended then,
    and `loose_until` is the end that it had: should billing name them again soon (GUESTS_RETURN),
    it goes on. What a person ended has neither.

    `watches` is what the media server's question comes down to; PostgreSQL keeps it.
    """

    __tablename__ = "flat_members"
    __table_args__ = (
        UniqueConstraint(
            "phone", "flat_id", "contract_id", "source", postgresql_nulls_not_distinct=True
        ),
        Index("ix_flat_members_phone_house_id", "phone", "house_id"),
        Index("ix_flat_members_flat_id_house_id", "flat_id", "house_id"),
        Index(
            "ix_flat_members_granted_by",
            "granted_by",
            postgresql_where=text("granted_by IS NOT NULL"),
        ),
        flat_in_house(),
        CheckConstraint("source IN ('billing', 'grant')", name="source"),
        CheckConstraint("kind IN ('owner', 'inner', 'outer')", name="kind"),
        CheckConstraint(
            "source = 'grant' AND granted_by IS NOT NULL AND contract_id IS NULL"
            " OR source = 'billing' AND expires_at IS NULL AND kind <> 'outer'",
            name="grant",
        ),
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
        Boolean,
        Computed(
            "'cctv' = ANY (services) AND NOT 'cctv' = ANY (unpaid) AND kind <> 'outer'",
            persisted=True,
        ),
    )
    has_gates: Mapped[bool]
    lcab: Mapped[str | None]
    roommates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    source: Mapped[str] = mapped_column(default=BILLING, server_default=BILLING)
    kind: Mapped[str] = mapped_column(default=INNER, server_default=INNER)
    expires_at: Mapped[datetime | None]
    granted_by: Mapped[str | None]
    granted_at: Mapped[datetime | None]
    named_at: Mapped[datetime | None]
    loose_at: Mapped[datetime | None]
    loose_until: Mapped[datetime | None]


class FlatLeave(Base):
    """This phone left the flat by itself, was put out, or was there until billing named it or its
    host no more (BY_BILLING).

    A grant and a contract's password (`addMyPhone`) lift every mark, and so does a QR card that was
    made after it; an older card lifts those alone that the phone made itself. Billing's word lifts
    its own, and where it names an owner also those of others. `named_at` of a mark of billing's:
    since when the phone had been named there; None is longer than we know.
    """

    __tablename__ = "flat_leaves"
    __table_args__ = (
        Index(
            "ix_flat_leaves_put_out_by",
            "put_out_by",
            postgresql_where=text("put_out_by IS NOT NULL"),
        ),
        Index(
            "ix_flat_leaves_left_at",
            "left_at",
            postgresql_where=text("put_out_by = 'billing'"),
        ),
    )

    phone: Mapped[str] = mapped_column(primary_key=True)
    flat_id: Mapped[int] = mapped_column(ForeignKey("flats.id"), primary_key=True, index=True)
    left_at: Mapped[datetime]
    put_out_by: Mapped[str | None]  # None: left by itself
    named_at: Mapped[datetime | None]


class FlatBlock(Base):
    """A service of a flat that is blocked, with the cause that its people read."""

    __tablename__ = "flat_blocks"
    __table_args__ = (
        CheckConstraint("service IN ('all', 'doors', 'cctv', 'log', 'calls')", name="service"),
        CheckConstraint("source IN ('operator', 'debt')", name="source"),
        CheckConstraint("cause <> ''", name="cause"),
    )

    flat_id: Mapped[int] = mapped_column(ForeignKey("flats.id"), primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    cause: Mapped[str]
    created_at: Mapped[datetime]


def live(now: datetime, member: type[FlatMember] = FlatMember) -> ColumnElement[bool]:
    """Of `FlatMember`, or of an alias of it: the right has not ended."""
    return or_(member.expires_at.is_(None), member.expires_at > now)


def blocked(service: str) -> ColumnElement[bool]:
    """Of `FlatMember`: the service is blocked in that flat."""
    return exists().where(
        FlatBlock.flat_id == FlatMember.flat_id, FlatBlock.service.in_(["all", service])
    )


class ContractFlat(Base):
    """A contract's flat as the operator's inventory has it; billing's own word is `FlatMember`."""

    __tablename__ = "contract_flats"

    contract_id: Mapped[str] = mapped_column(ForeignKey("contracts.id"), primary_key=True)
    flat_id: Mapped[int] = mapped_column(ForeignKey("flats.id"), primary_key=True, index=True)


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
    opened_at: Mapped[datetime | None] = mapped_column(index=True)  # a refresh found doors to open
    doors_lost_at: Mapped[datetime | None] = mapped_column(index=True)


Loss = Literal["viewing", "doors"]
"""What billing can take from people: cameras or all homes; and the doors."""


@dataclass(frozen=True)
class Rights:
    """What a phone has to lose: cameras and doors that are paid now, and a home at all."""

    watches: bool
    opens: bool
    at_home: bool

    def has(self, what: Loss) -> bool:
        return self.watches if what == "viewing" else self.opens

    def lost_in(self, later: "Rights", what: Loss) -> bool:
        """That went; and all homes count as viewing."""
        gone = self.has(what) and not later.has(what)
        return gone or what == "viewing" and self.at_home and not later.at_home
