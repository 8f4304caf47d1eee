"""The contracts of which we are the master, who holds them, what is paid, and how money moved."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.contracts.models import flat_in_house
from smartyard.db import Base

SERVICES = ("internet", "iptv", "ctv", "phone", "cctv", "domophone", "gsm", "hcs")
_SERVICES = ", ".join(f"'{name}'" for name in SERVICES)
_MOST_KOPECKS = 2**53 - 1


class LocalContract(Base):
    """`id` is the provider's own: the clientId of the apps. `blocked`: nothing of it is served,
    whatever is paid. `password_mac` is keyed by SECRET_KEY; None: no phone adds itself."""

    __tablename__ = "local_contracts"
    __table_args__ = (
        flat_in_house(),
        Index("ix_local_contracts_flat_id_house_id", "flat_id", "house_id"),
        CheckConstraint(
            f"balance_kopecks BETWEEN -{_MOST_KOPECKS} AND {_MOST_KOPECKS}", name="balance"
        ),
        CheckConstraint("id <> ''", name="id"),
    )

    id: Mapped[str] = mapped_column(ForeignKey("contracts.id"), primary_key=True)
    name: Mapped[str]
    client_name: Mapped[str]
    house_id: Mapped[int]
    flat_id: Mapped[int]
    blocked: Mapped[bool]
    balance_kopecks: Mapped[int] = mapped_column(default=0)
    password_mac: Mapped[str | None]


class LocalPhone(Base):
    """A phone of a contract. Owners may let others in."""

    __tablename__ = "local_phones"
    __table_args__ = (CheckConstraint("phone ~ '^7[0-9]{10}$'", name="phone"),)

    contract_id: Mapped[str] = mapped_column(ForeignKey("local_contracts.id"), primary_key=True)
    phone: Mapped[str] = mapped_column(primary_key=True, index=True)
    is_owner: Mapped[bool]


class LocalService(Base):
    """A service that is connected. `paid_until` is the last day that is paid, on the operator's
    clock; None: for ever."""

    __tablename__ = "local_services"
    __table_args__ = (CheckConstraint(f"service IN ({_SERVICES})", name="service"),)

    contract_id: Mapped[str] = mapped_column(ForeignKey("local_contracts.id"), primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    paid_until: Mapped[date | None] = mapped_column(Date)


class LocalMovement(Base):
    """What moved a balance; the balance is the sum of them. A payment is known by its order at the
    bank, with `refunded_total_kopecks` 0, and each refund of it by the total so far: a repeat is no
    second row."""

    __tablename__ = "local_movements"
    __table_args__ = (
        UniqueConstraint("order_number", "refunded_total_kopecks"),
        CheckConstraint("kopecks <> 0", name="kopecks"),
        CheckConstraint("(order_number IS NULL) = (refunded_total_kopecks IS NULL)", name="order"),
        CheckConstraint(
            "order_number IS NULL OR (refunded_total_kopecks = 0) = (kopecks > 0)", name="refund"
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("local_contracts.id"), index=True)
    at: Mapped[datetime]
    kopecks: Mapped[int]
    words: Mapped[str]
    order_number: Mapped[str | None]
    refunded_total_kopecks: Mapped[int | None]
