"""Rows of faces and of their links."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.contracts.models import OUTER, Flat, FlatMember, live
from smartyard.db import db
from smartyard.frs.models import Face, FaceLink
from smartyard.intercom.models import FlatSettings
from smartyard.phones import Phone
from smartyard.registry.models import (
    Camera,
    Door,
    MediaServer,
    Panel,
    door_counts,
    door_is_for_flat,
)


@dataclass(frozen=True)
class Giver:
    """Who linked a face to a flat."""

    flat_id: int
    phone: Phone


def _by(phone: Phone | None) -> ColumnElement[bool]:
    """Links of one person, or (None) of everybody."""
    return FaceLink.phone == phone if phone is not None else FaceLink.phone.is_not(None)


class FaceRepository:
    """What residents and the door ask of."""

    def begin(self, phone: Phone, event_id: UUID, flat_id: int, now: datetime) -> bool:
        """Make the link that FALPRS is to be asked for. False where it is there."""
        row = {"phone": phone, "event_id": event_id, "flat_id": flat_id, "asked_at": now}
        made = insert(FaceLink).values(row).on_conflict_do_nothing()
        return db.session.execute(made.returning(FaceLink.phone)).first() is not None

    def hold(self, phone: Phone, event_id: UUID) -> FaceLink | None:
        """The link, for the caller alone to the end of the transaction."""
        return db.session.scalar(
            select(FaceLink)
            .where(FaceLink.phone == phone, FaceLink.event_id == event_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )

    def finish(self, phone: Phone, event_id: UUID, asked_at: datetime, face_id: int) -> None:
        """The answer to the question of that moment; nothing where the link has gone meanwhile."""
        db.session.execute(
            update(FaceLink)
            .where(
                FaceLink.phone == phone,
                FaceLink.event_id == event_id,
                FaceLink.asked_at == asked_at,
                FaceLink.face_id.is_(None),
            )
            .values(face_id=face_id)
        )

    def give_up(self, phone: Phone, event_id: UUID, asked_at: datetime) -> None:
        """FALPRS learnt nothing: the link goes, so that it may be tried anew."""
        db.session.execute(
            delete(FaceLink).where(
                FaceLink.phone == phone,
                FaceLink.event_id == event_id,
                FaceLink.asked_at == asked_at,
                FaceLink.face_id.is_(None),
            )
        )

    def keep(self, face_id: int, picture: bytes, now: datetime) -> None:
        """The face; of one that is known the first picture stays."""
        row = {"id": face_id, "picture": picture, "learnt_at": now}
        db.session.execute(insert(Face).values(row).on_conflict_do_nothing())

    def of_flat(self, flat_id: int, phone: Phone | None) -> Sequence[int]:
        """The faces of a flat that a person (None: anybody) linked, the latest first."""
        rows = db.session.scalars(
            select(FaceLink.face_id)
            .where(FaceLink.flat_id == flat_id, FaceLink.face_id.is_not(None), _by(phone))
            .distinct()
            .order_by(FaceLink.face_id.desc())
        )
        return [face_id for face_id in rows if face_id is not None]

    def links_of_flat(self, flat_id: int, phone: Phone | None) -> list[tuple[UUID, int]]:
        """Event and face of each link."""
        rows = db.session.execute(
            select(FaceLink.event_id, FaceLink.face_id).where(
                FaceLink.flat_id == flat_id, FaceLink.face_id.is_not(None), _by(phone)
            )
        )
        return [(event_id, face_id) for event_id, face_id in rows if face_id is not None]

    def givers(self, face_id: int) -> list[Giver]:
        """Who linked a face, the first of them first."""
        rows = db.session.execute(
            select(FaceLink.flat_id, FaceLink.phone)
            .where(FaceLink.face_id == face_id)
            .order_by(FaceLink.asked_at, FaceLink.flat_id, FaceLink.phone)
        )
        return list(dict.fromkeys(Giver(flat_id, Phone(phone)) for flat_id, phone in rows))

    def unlink(
        self, flat_id: int, phone: Phone | None, faces: Collection[int], event_id: UUID | None
    ) -> int:
        """Take a flat's links of these faces, and of this event, away; how many went."""
        gone = db.session.execute(
            delete(FaceLink)
            .where(
                FaceLink.flat_id == flat_id,
                _by(phone),
                or_(FaceLink.face_id.in_(faces), FaceLink.event_id == event_id),
            )
            .returning(FaceLink.phone)
        )
        return len(gone.all())

    def forget(self, phone: Phone) -> int:
        """All that a person linked; how many went."""
        gone = delete(FaceLink).where(FaceLink.phone == phone).returning(FaceLink.phone)
        return len(db.session.execute(gone).all())

    def picture(self, face_id: int) -> bytes | None:
        return db.session.scalar(select(Face.picture).where(Face.id == face_id))


@dataclass(frozen=True)
class PanelStream:
    """The camera of a panel."""

    panel_id: int
    stream: str
    server: MediaServer


class KeepingRepository:
    """What FALPRS is to be told."""

    def streams(self, panel_id: int | None = None) -> list[PanelStream]:
        """Of the panels (or of this one) that have a door and a camera at a Flussonic."""
        query = (
            select(Panel.id, Camera.stream, MediaServer)
            .join(Camera, Camera.id == Panel.camera_id)
            .join(MediaServer, MediaServer.id == Camera.media_server_id)
            .where(
                MediaServer.type == "flussonic",
                Panel.model != "none",
                exists().where(Door.domophone_id == Panel.id),
            )
            .order_by(Panel.id)
        )
        if panel_id is not None:
            query = query.where(Panel.id == panel_id)
        return [PanelStream(*row) for row in db.session.execute(query)]

    def looked_for(self, panel_id: int | None = None) -> dict[int, set[int]]:
        """The faces that may be known at each panel (or at this one): of flats that its doors are
        for, and whose people have not switched faces off. Whether a door opens is looked at when
        one of them is there."""
        off = exists().where(
            FlatSettings.flat_id == FaceLink.flat_id, FlatSettings.faces_off.is_(True)
        )
        query = (
            select(Door.domophone_id, FaceLink.face_id)
            .select_from(Door)
            .join(Flat, door_is_for_flat())
            .join(FaceLink, FaceLink.flat_id == Flat.id)
            .where(FaceLink.face_id.is_not(None), door_counts(), ~off)
            .distinct()
        )
        if panel_id is not None:
            query = query.where(Door.domophone_id == panel_id)
        found: dict[int, set[int]] = {}
        for panel, face_id in db.session.execute(query):
            found.setdefault(panel, set()).add(face_id or 0)
        return found

    def end_links(self, now: datetime, dead: datetime) -> None:
        """Links whose giver has no right in the flat any more, or of a question that nobody will
        answer, since it was asked before `dead`."""
        still = exists().where(
            FlatMember.flat_id == FaceLink.flat_id,
            FlatMember.phone == FaceLink.phone,
            FlatMember.kind != OUTER,
            live(now),
        )
        unanswered = FaceLink.face_id.is_(None) & (FaceLink.asked_at <= dead)
        db.session.execute(delete(FaceLink).where(or_(~still, unanswered)))

    def is_asking(self) -> bool:
        """Whether FALPRS may be learning a face just now."""
        return bool(db.session.scalar(select(exists().where(FaceLink.face_id.is_(None)))))

    def known(self) -> set[int]:
        return set(db.session.scalars(select(Face.id)))

    def unlinked(self) -> list[int]:
        """Faces that are nobody's any more."""
        return list(db.session.scalars(select(Face.id).where(self._loose()).order_by(Face.id)))

    def drop(self, faces: Collection[int]) -> None:
        """Those of them that are still nobody's."""
        db.session.execute(delete(Face).where(Face.id.in_(faces), self._loose()))

    def clear(self) -> int:
        """Everything; how many faces it was."""
        db.session.execute(delete(FaceLink))
        return len(db.session.execute(delete(Face).returning(Face.id)).all())

    @staticmethod
    def _loose() -> Any:
        return ~exists().where(FaceLink.face_id == Face.id)
