"""Media servers, cameras, intercom panels, doors and keys, and their links to houses and flats.

What only billing lists is a row like any other, with `source` = billing. What a contract has by a
right that the provider gave it (`inventory/devices`) has `source` = provider. A stream's name is
what a media server asks us by, and it does not say who asks: so a name is one camera, everywhere.
"""

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    exists,
    false,
    or_,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from smartyard.contracts.models import Flat, entrance_of_house, flat_in_house
from smartyard.db import Base

INVENTORY, BILLING, PROVIDER = "inventory", "billing", "provider"
TOKEN, SECURETOKEN = "token", "securetoken"
_SOURCE = "source IN ('inventory', 'billing')"
_ANY_SOURCE = "source IN ('inventory', 'billing', 'provider')"
_IP_OF_ADDRESS = (
    r"coalesce(substring(address from '^https?://([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)([:/?]|$)'),"
    r" substring(lower(address) from '^https?://\[([0-9a-f:.]+)\]'))"
)


class MediaServer(Base):
    """`url` has no slash at its end; a camera's stream is found under it.

    `auth` is how it knows a viewer: it asks us about the token (`token`), or the token is signed
    with a key that it shares with us (`securetoken`) and it asks nobody. `secret` is that key, and
    login and password of its API, sealed under SECRET_KEY with the server's name.
    """

    __tablename__ = "media_servers"
    __table_args__ = (
        CheckConstraint(
            "type IN ('flussonic', 'nimble', 'macroscop', 'trassir', 'forpost')", name="type"
        ),
        CheckConstraint("hls_mode IN ('mpegts', 'fmp4')", name="hls_mode"),
        CheckConstraint("url ~ '^https?://' AND url !~ '/$'", name="url"),
        CheckConstraint("auth IN ('token', 'securetoken')", name="auth"),
        CheckConstraint(_SOURCE, name="source"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str] = mapped_column(default="flussonic")
    hls_mode: Mapped[str] = mapped_column(default="mpegts")
    auth: Mapped[str] = mapped_column(default=TOKEN, server_default=TOKEN)
    secret: Mapped[bytes | None]
    source: Mapped[str]


class Camera(Base):
    """`lat` and `lon` are decimal text, as apps want them; empty when unknown. A `common` camera
    is the city's: whoever is signed in sees it, whatever else is linked to it."""

    __tablename__ = "cameras"
    __table_args__ = (
        CheckConstraint(r"lat ~ '^(-?[0-9]{1,2}(\.[0-9]+)?)?$'", name="lat"),
        CheckConstraint(r"lon ~ '^(-?[0-9]{1,3}(\.[0-9]+)?)?$'", name="lon"),
        CheckConstraint("stream <> ''", name="stream"),
        CheckConstraint(_SOURCE, name="source"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    stream: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    media_server_id: Mapped[int] = mapped_column(ForeignKey("media_servers.id"), index=True)
    lat: Mapped[str] = mapped_column(default="")
    lon: Mapped[str] = mapped_column(default="")
    has_sound: Mapped[bool] = mapped_column(default=False)
    common: Mapped[bool] = mapped_column(default=False, server_default=false())
    source: Mapped[str]
    external_id: Mapped[int | None]  # billing's own id of a camera that it lists


class CameraLink(Base):
    """Who sees a camera: a whole house, or (with `flat_id`) one flat of it.

    `suspended`: billing lists the camera for the house, but says that the house has not paid.
    """

    __tablename__ = "camera_links"
    __table_args__ = (
        UniqueConstraint("camera_id", "house_id", "flat_id", postgresql_nulls_not_distinct=True),
        Index("ix_camera_links_house_id_camera_id", "house_id", "camera_id"),
        Index("ix_camera_links_flat_id_house_id", "flat_id", "house_id"),
        flat_in_house(),
        CheckConstraint(_ANY_SOURCE, name="source"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    camera_id: Mapped[int] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"))
    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"))
    flat_id: Mapped[int | None] = mapped_column()
    suspended: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str]


class HouseCameras(Base):
    """What billing last said of a house's cameras: listed, unpaid, or absent."""

    __tablename__ = "house_cameras"
    __table_args__ = (CheckConstraint("state IN ('listed', 'unpaid', 'absent')", name="state"),)

    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"), primary_key=True)
    state: Mapped[str]


class Panel(Base):
    """An intercom panel, or any device that opens by a URL. Its number is the apps' domophoneId.

    `model` none: nothing of ours opens it. `url`: `address` is the whole URL, called by `method`;
    of other models it is the device's base. `secret` is login and password, sealed under SECRET_KEY
    with the panel's number. `camera_id` is its own camera; `sip_number` is how the PBX calls it,
    and `dtmf` what opens the door in a call. `syslog_ip` where its lines come from another address
    than `address_ip`, which PostgreSQL takes from `address`.
    """

    __tablename__ = "panels"
    __table_args__ = (
        CheckConstraint("model IN ('none', 'beward', 'sokol', 'url')", name="model"),
        CheckConstraint("method IN ('GET', 'PUT', 'POST')", name="method"),
        CheckConstraint("(model = 'none') = (address = '')", name="address"),
        CheckConstraint("address = '' OR address ~ '^https?://[^ ]+$'", name="address_url"),
        CheckConstraint("dtmf ~ '^[0-9*#]{1,4}$'", name="dtmf"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(default="")
    model: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    address_ip: Mapped[str | None] = mapped_column(
        Computed(_IP_OF_ADDRESS, persisted=True), index=True
    )
    method: Mapped[str] = mapped_column(default="GET")
    secret: Mapped[bytes | None]
    sip_number: Mapped[str | None] = mapped_column(unique=True)
    dtmf: Mapped[str] = mapped_column(default="1")
    syslog_ip: Mapped[str | None] = mapped_column(unique=True)
    camera_id: Mapped[int | None] = mapped_column(
        ForeignKey("cameras.id", ondelete="SET NULL"), index=True
    )


class Door(Base):
    """A door of a house: an output of an intercom panel, by the panel's number. Those that billing
    lists may be of panels that the inventory does not know; its own may not.

    `entrance`: the door is for the flats of that entrance; None: for the whole house. One of the
    provider's is for those flats of the house that have a `DoorRight`, and for no others.
    """

    __tablename__ = "doors"
    __table_args__ = (
        UniqueConstraint("house_id", "domophone_id", "door_id"),
        CheckConstraint("icon IN ('entrance', 'wicket', 'gate', 'barrier')", name="icon"),
        CheckConstraint("door_id BETWEEN 0 AND 99", name="door_id"),
        entrance_of_house(),
        CheckConstraint(_ANY_SOURCE, name="source"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"))
    domophone_id: Mapped[int] = mapped_column(index=True)
    door_id: Mapped[int]
    panel_id: Mapped[int | None] = mapped_column(
        ForeignKey("panels.id"),
        Computed("CASE WHEN source <> 'billing' THEN domophone_id END", persisted=True),
    )
    icon: Mapped[str] = mapped_column(default="entrance")
    name: Mapped[str] = mapped_column(default="")
    entrance: Mapped[str | None]
    source: Mapped[str]


class DoorRight(Base):
    """This flat may open this output of a panel, by a right of one of its contracts."""

    __tablename__ = "door_rights"

    flat_id: Mapped[int] = mapped_column(ForeignKey("flats.id"), primary_key=True)
    domophone_id: Mapped[int] = mapped_column(
        ForeignKey("panels.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    door_id: Mapped[int] = mapped_column(primary_key=True)


def door_is_for_flat() -> ColumnElement[bool]:
    """Of a door and a flat: they are of one house, and the door is for all of it, or for the flat's
    entrance (a flat of no entrance has all doors), or the flat has a right of its own to it."""
    by_right = exists().where(
        DoorRight.flat_id == Flat.id,
        DoorRight.domophone_id == Door.domophone_id,
        DoorRight.door_id == Door.door_id,
    )
    same = or_(Door.entrance.is_(None), Flat.entrance.is_(None), Door.entrance == Flat.entrance)
    mine = or_((Door.source != PROVIDER) & same, (Door.source == PROVIDER) & by_right)
    return (Door.house_id == Flat.house_id) & mine


def door_counts() -> ColumnElement[bool]:
    """Where we have doors of a house ourselves, billing's list of that house is not looked at."""
    own = aliased(Door)
    has_own = exists().where(own.house_id == Door.house_id, own.source != BILLING)
    return or_(Door.source != BILLING, ~has_own)


class Key(Base):
    """A key (RFID) of a flat: its code is fourteen hex digits, as panels pad it."""

    __tablename__ = "keys"
    __table_args__ = (CheckConstraint("code ~ '^[0-9A-F]{14}$'", name="code"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    flat_id: Mapped[int] = mapped_column(ForeignKey("flats.id"), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(default="")
