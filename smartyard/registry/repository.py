"""Rows of the inventory, joined with who may see them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Select, any_, delete, distinct, exists, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import insert

from smartyard.contracts.models import (
    CCTV,
    DOMOPHONE,
    OUTER,
    Flat,
    FlatBlock,
    FlatMember,
    blocked,
    live,
)
from smartyard.db import db
from smartyard.gateways.billing import BilledHouse
from smartyard.phones import Phone
from smartyard.registry.models import (
    BILLING,
    Camera,
    CameraLink,
    Door,
    MediaServer,
    Panel,
    door_counts,
    door_is_for_flat,
)


@dataclass(frozen=True)
class SeenCamera:
    """A camera that a phone is connected to, through `house_id`, None for one of the whole city;
    `paid` may be seen now."""

    camera: Camera
    server: MediaServer
    house_id: int | None
    paid: bool

    @property
    def url(self) -> str:
        """The stream's base for players; no slash at its end."""
        return f"{self.server.url}/{quote(self.camera.stream)}"


def _at_home(phone: Phone, now: datetime) -> Select[FlatMember]:
    """Members of this phone, and the links that reach them, whatever is connected. An outer guest
    has gates alone."""
    return (
        select(FlatMember)
        .join(
            CameraLink,
            (CameraLink.house_id == FlatMember.house_id)
            & or_(CameraLink.flat_id.is_(None), CameraLink.flat_id == FlatMember.flat_id),
        )
        .where(FlatMember.phone == phone, FlatMember.kind != OUTER, live(now))
    )


def _connected(phone: Phone, now: datetime) -> Select[FlatMember]:
    """The same, of those with cameras connected."""
    return _at_home(phone, now).where(literal(CCTV) == any_(FlatMember.services))


class CameraRepository:
    def seen_by(self, phone: Phone, house_id: int | None, now: datetime) -> list[SeenCamera]:
        """The cameras of one house of a phone, or of all, each once, by name."""
        query = _connected(phone, now)
        if house_id is not None:
            query = query.where(FlatMember.house_id == house_id)
        rows = db.session.execute(
            query.with_only_columns(
                Camera,
                MediaServer,
                func.min(FlatMember.house_id),
                func.bool_or(FlatMember.watches & ~CameraLink.suspended & ~blocked(CCTV)),
            )
            .join(Camera, Camera.id == CameraLink.camera_id)
            .join(MediaServer, MediaServer.id == Camera.media_server_id)
            .group_by(Camera.id, MediaServer.id)
            .order_by(Camera.name, Camera.id)
        )
        return [SeenCamera(*row) for row in rows]

    def of_city(self, camera_id: int | None = None) -> list[SeenCamera]:
        """The cameras that everybody may see, or this one of them, by name."""
        query = (
            select(Camera, MediaServer)
            .join(MediaServer, MediaServer.id == Camera.media_server_id)
            .where(Camera.common)
            .order_by(Camera.name, Camera.id)
        )
        if camera_id is not None:
            query = query.where(Camera.id == camera_id)
        rows = db.session.execute(query)
        return [SeenCamera(camera, server, None, True) for camera, server in rows]

    def counts(self, phone: Phone, now: datetime) -> dict[int, int]:
        """How many cameras a phone is connected to in each of its houses, paid or not."""
        rows = db.session.execute(
            _connected(phone, now)
            .with_only_columns(FlatMember.house_id, func.count(distinct(CameraLink.camera_id)))
            .group_by(FlatMember.house_id)
        )
        return dict(rows.all())

    def is_at_home(self, phone: Phone, camera_id: int, now: datetime) -> bool:
        """Whether a camera is one of a home of this phone, connected or not."""
        mine = _at_home(phone, now).where(CameraLink.camera_id == camera_id)
        return bool(db.session.scalar(select(mine.exists())))

    def seen_from(self, camera_id: int, flat_ids: Collection[int]) -> frozenset[int]:
        """Those of these flats that it is linked to, or whose door's panel it is; of one of the
        city all."""
        linked = exists().where(
            CameraLink.camera_id == camera_id,
            CameraLink.house_id == Flat.house_id,
            or_(CameraLink.flat_id.is_(None), CameraLink.flat_id == Flat.id),
        )
        at_door = exists(
            select(Door.id)
            .join(Panel, Panel.id == Door.domophone_id)
            .where(Panel.camera_id == camera_id, door_is_for_flat(), door_counts())
            .correlate(Flat)
        )
        of_city = exists().where(Camera.id == camera_id, Camera.common)
        rows = select(Flat.id).where(Flat.id.in_(flat_ids), or_(linked, at_door, of_city))
        return frozenset(db.session.scalars(rows))

    def houses_with_inventory(self, house_ids: Collection[int]) -> set[int]:
        """The houses of which the operator's own inventory has a camera; there it alone counts."""
        rows = db.session.scalars(
            select(CameraLink.house_id)
            .where(CameraLink.house_id.in_(house_ids), CameraLink.source != BILLING)
            .distinct()
        )
        return set(rows)


@dataclass(frozen=True)
class ReachedDoor:
    """A door that one flat of a person reaches. `block` is what keeps that flat from its doors:
    source and cause."""

    door: Door
    flat_id: int
    kind: str
    connected: bool
    unpaid: bool
    block: tuple[str, str] | None

    @property
    def opens(self) -> bool:
        return self.connected and not self.unpaid and self.block is None

    @property
    def is_outer(self) -> bool:
        """Of a guest who has gates and wickets alone."""
        return self.kind == OUTER


def _reached(phone: Phone, now: datetime) -> Select[Any]:
    """Door, flat, kind, connected, unpaid, and the block's source and cause."""
    block = (
        select(FlatBlock.source, FlatBlock.cause)
        .where(FlatBlock.flat_id == FlatMember.flat_id, FlatBlock.service.in_(["all", "doors"]))
        .order_by(FlatBlock.source.desc(), FlatBlock.service)
        .limit(1)
        .lateral()
    )
    return (
        select(
            Door,
            FlatMember.flat_id,
            FlatMember.kind,
            literal(DOMOPHONE) == any_(FlatMember.services),
            literal(DOMOPHONE) == any_(FlatMember.unpaid),
            block.c.source,
            block.c.cause,
        )
        .select_from(FlatMember)
        .join(Flat, Flat.id == FlatMember.flat_id)
        .join(Door, door_is_for_flat())
        .outerjoin(block, true())
        .where(
            FlatMember.phone == phone,
            live(now),
            or_(FlatMember.kind != OUTER, Door.icon != "entrance"),
            door_counts(),
        )
        .order_by(Door.house_id, FlatMember.flat_id, Door.id, FlatMember.id)
    )


class DoorRepository:
    def reached_by(
        self, phone: Phone, now: datetime, output: tuple[int, int] | None = None
    ) -> list[ReachedDoor]:
        """The doors of a person's flats, once for each flat, by house, flat and door: of the whole
        house, or of the flat's entrance (all, where nobody told which that is). An outer guest
        reaches gates, barriers and wickets. Where the inventory has doors of a house, billing's
        list does not count. `output`: this panel and door alone."""
        query = _reached(phone, now)
        if output is not None:
            query = query.where(Door.domophone_id == output[0], Door.door_id == output[1])
        return [
            ReachedDoor(door, flat, kind, connected, unpaid, (source, cause) if source else None)
            for door, flat, kind, connected, unpaid, source, cause in db.session.execute(query)
        ]

    def keep_billed(self, houses: Sequence[BilledHouse]) -> None:
        """The doors that billing lists of these houses, and no other ones of billing's."""
        rows: dict[tuple[int, int, int], dict[str, object]] = {
            (house.house_id, door.domophone_id, door.door_id): {
                "house_id": house.house_id,
                "domophone_id": door.domophone_id,
                "door_id": door.door_id,
                "icon": door.icon,
                "name": door.name,
                "entrance": door.entrance,
                "source": BILLING,
            }
            for house in houses
            for door in house.doors
        }
        told = {house.house_id for house in houses if house.doors}
        if not told:
            return  # billings that list no doors say nothing about them
        kept = self._upsert_billed([rows[key] for key in sorted(rows)])
        db.session.execute(
            delete(Door).where(
                Door.house_id.in_(told), Door.source == BILLING, Door.id.not_in(kept)
            )
        )

    def _upsert_billed(self, rows: list[dict[str, object]]) -> list[int]:
        statement = insert(Door).values(rows)
        new = statement.excluded
        written = db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["house_id", "domophone_id", "door_id"],
                set_={"icon": new.icon, "name": new.name, "entrance": new.entrance},
                where=Door.source == BILLING,
            ).returning(Door.id)
        )
        return list(written.scalars())
