"""Media servers, cameras, doors, and their links to houses and flats.

What only billing lists is a row like any other, with `source` = billing. A stream's name is what
a media server asks us by, and it does not say who asks: so a name is one camera, everywhere.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.contracts.models import flat_in_house
from smartyard.db import Base

INVENTORY, BILLING = "inventory", "billing"
_SOURCE = "source IN ('inventory', 'billing')"


class MediaServer(Base):
    """`url` has no slash at its end; a camera's stream is found under it."""

    __tablename__ = "media_servers"
    __table_args__ = (
        CheckConstraint(
            "type IN ('flussonic', 'nimble', 'macroscop', 'trassir', 'forpost')", name="type"
        ),
        CheckConstraint("hls_mode IN ('mpegts', 'fmp4')", name="hls_mode"),
        CheckConstraint("url ~ '^https?://' AND url !~ '/$'", name="url"),
        CheckConstraint(_SOURCE, name="source"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str] = mapped_column(default="flussonic")
    hls_mode: Mapped[str] = mapped_column(default="mpegts")
    source: Mapped[str]


class Camera(Base):
    """`lat` and `lon` are decimal text, as the apps want them; empty when unknown."""

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
        CheckConstraint(_SOURCE, name="source"),
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


class Door(Base):
    """A door of a house: an output of an intercom panel, by the panel's number."""

    __tablename__ = "doors"
    __table_args__ = (
        UniqueConstraint("house_id", "domophone_id", "door_id"),
        CheckConstraint("icon IN ('entrance', 'wicket', 'gate', 'barrier')", name="icon"),
        CheckConstraint(_SOURCE, name="source"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id"))
    domophone_id: Mapped[int]
    door_id: Mapped[int]
    icon: Mapped[str] = mapped_column(default="entrance")
    name: Mapped[str] = mapped_column(default="")
    entrance: Mapped[str | None]
    source: Mapped[str]
