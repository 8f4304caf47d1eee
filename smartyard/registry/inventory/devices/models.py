"""Devices and doors by the numbers that a provider's billing knows them by, and rights to them.

A camera and an intercom are rows of the registry like any other; a lock is a group of doors, each
an output of a panel. A right is a contract's: what its flats have by it is derived (`spread`).
"""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base

CAMERA, NEW_CAMERA, LOCK = 1, 2, 3


class Device(Base):
    """`told` is what the provider said of it, as it said it and without secrets; `panel_id` is the
    intercom of which this is the camera."""

    __tablename__ = "provider_devices"
    __table_args__ = (
        CheckConstraint("type IN (1, 2, 3)", name="type"),
        CheckConstraint("(type = 3) = (camera_id IS NULL)", name="camera"),
        CheckConstraint("type <> 3 OR panel_id IS NULL", name="panel"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    type: Mapped[int]
    title: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="", index=True)
    url: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    camera_id: Mapped[int | None] = mapped_column(
        ForeignKey("cameras.id", ondelete="CASCADE"), unique=True
    )
    panel_id: Mapped[int | None] = mapped_column(
        ForeignKey("panels.id", ondelete="SET NULL"), unique=True
    )
    told: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class DeviceDoor(Base):
    """A door of a lock: an output of a panel. `own`: the panel was made for this door alone."""

    __tablename__ = "provider_doors"
    __table_args__ = (
        UniqueConstraint("panel_id", "output"),
        CheckConstraint("icon IN ('entrance', 'wicket', 'gate', 'barrier')", name="icon"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    device_id: Mapped[int] = mapped_column(
        ForeignKey("provider_devices.id", ondelete="CASCADE"), index=True
    )
    cam_id: Mapped[int | None] = mapped_column(
        ForeignKey("provider_devices.id", ondelete="SET NULL"), index=True
    )
    panel_id: Mapped[int] = mapped_column(ForeignKey("panels.id", ondelete="CASCADE"))
    output: Mapped[int]
    own: Mapped[bool]
    icon: Mapped[str]
    name: Mapped[str]
    entrance: Mapped[str | None]
    open: Mapped[str]
    method: Mapped[str]


class ContractRight(Base):
    """A contract has this device."""

    __tablename__ = "contract_rights"

    contract_id: Mapped[str] = mapped_column(ForeignKey("contracts.id"), primary_key=True)
    device_id: Mapped[int] = mapped_column(
        ForeignKey("provider_devices.id", ondelete="CASCADE"), primary_key=True, index=True
    )
