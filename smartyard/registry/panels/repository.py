"""Panels and what hangs on them. One statement a question, whatever the number of flats."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select

from smartyard.contracts.models import Flat
from smartyard.db import db
from smartyard.registry.models import (
    Camera,
    Door,
    Key,
    MediaServer,
    Panel,
    door_counts,
    door_is_for_flat,
)

_NUMBER = re.compile("[0-9]{1,18}", re.ASCII)
PanelRow = tuple[Panel, Camera | None, MediaServer | None]


@dataclass(frozen=True)
class FlatOfPanel:
    """A flat that a door of the panel is for; `entrance` is None where nobody told."""

    flat_id: int
    house_id: int
    number: str
    entrance: str | None


def _panels() -> Select[Panel, Camera, MediaServer]:
    return (
        select(Panel, Camera, MediaServer)
        .outerjoin(Camera, Camera.id == Panel.camera_id)
        .outerjoin(MediaServer, MediaServer.id == Camera.media_server_id)
    )


class PanelRepository:
    def find(self, panel_id: int) -> PanelRow | None:
        """The panel with its own camera, or None."""
        return db.session.execute(_panels().where(Panel.id == panel_id)).one_or_none()

    def all(self) -> Sequence[PanelRow]:
        """Every panel, by its number."""
        return db.session.execute(_panels().order_by(Panel.id)).all()

    def called(self, name: str) -> PanelRow | None:
        """By its SIP number, or else by its own."""
        number = int(name) if _NUMBER.fullmatch(name) else None
        rows = db.session.execute(
            _panels().where(or_(Panel.sip_number == name, Panel.id == number))
        ).all()
        return min(rows, key=lambda row: row[0].sip_number != name, default=None)

    def syslog_addresses(self) -> Sequence[tuple[int, str | None, str | None]]:
        """Of each panel its number, the IP that its lines come from where one is told, and the IP
        of its address."""
        return db.session.execute(select(Panel.id, Panel.syslog_ip, Panel.address_ip)).all()

    def of_flat(self, flat_id: int) -> Sequence[PanelRow]:
        """The panels of the doors that are for a flat."""
        doors = select(Door.domophone_id).join(Flat, door_is_for_flat())
        mine = doors.where(Flat.id == flat_id, door_counts())
        return db.session.execute(_panels().where(Panel.id.in_(mine)).order_by(Panel.id)).all()

    def with_camera(self, panel_ids: Collection[int]) -> Sequence[PanelRow]:
        """Those of them that have a camera of their own."""
        mine = _panels().where(Panel.id.in_(panel_ids), Panel.camera_id.is_not(None))
        return db.session.execute(mine.order_by(Panel.id)).all()

    def flats(self, panel_id: int, number: str | None = None) -> list[FlatOfPanel]:
        """The flats that its doors are for, each once; with `number` those of this number."""
        query = (
            select(Flat.id, Flat.house_id, Flat.number, Flat.entrance)
            .join(Door, door_is_for_flat())
            .where(Door.domophone_id == panel_id, door_counts())
            .distinct()
            .order_by(Flat.house_id, Flat.id)
        )
        if number is not None:
            query = query.where(Flat.number == number)
        return [FlatOfPanel(*row) for row in db.session.execute(query)]

    def doors(self, panel_id: int) -> Sequence[Door]:
        return db.session.scalars(
            select(Door)
            .where(Door.domophone_id == panel_id, door_counts())
            .order_by(Door.door_id, Door.house_id)
        ).all()

    def flats_with_key(self, code: str) -> Collection[int]:
        return db.session.scalars(
            select(Key.flat_id).where(Key.code == code).order_by(Key.flat_id)
        ).all()

    def keys_of(self, flat_ids: Collection[int]) -> dict[str, str]:
        """The name of each code."""
        found = select(Key.code, Key.name).where(Key.flat_id.in_(flat_ids)).order_by(Key.flat_id)
        return dict(db.session.execute(found).all())
