"""Rows of rings, of who may answer them, and of frames."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.calls.models import CallLogin, CallRing, PanelFrame
from smartyard.contracts.models import OUTER, FlatMember, live
from smartyard.db import db
from smartyard.user.models import Person, SignedIn


@dataclass(frozen=True)
class Seen:
    """What a hash is of: a ring that is not over, and its picture where it is taken."""

    ring_id: UUID
    panel_id: int
    rung_at: datetime
    picture: bytes | None


@dataclass(frozen=True)
class KeptFrame:
    """The newest frame of a panel, where it gave one yet; until `claimed_until` nobody else may
    fetch the next."""

    frame: bytes | None
    taken_at: datetime | None
    claimed_until: datetime


class RingRepository:
    def begin(self, row: dict[str, Any], now: datetime) -> tuple[UUID, bool]:
        """The id of the row's call, and whether it opens: of this row, unless the PBX told of the
        call before and its ring is not over. The row is locked until the transaction ends."""
        told = [CallRing.source == row["source"], CallRing.call_id == row["call_id"]]
        db.session.execute(delete(CallRing).where(*told, CallRing.expires_at <= now))
        # An update that changes nothing: unlike DO NOTHING it returns the row that was there, and
        # there is no moment in which the sweep could take it away.
        there = db.session.execute(
            insert(CallRing)
            .values(row)
            .on_conflict_do_update(
                index_elements=["source", "call_id"], set_={"source": row["source"]}
            )
            .returning(CallRing.id, CallRing.opens)
        ).one()
        return there[0], there[1]

    def add_logins(self, ring_id: UUID, digests: Mapping[UUID, bytes]) -> None:
        rows = [
            {"ring_id": ring_id, "session_id": session, "digest": digest}
            for session, digest in sorted(digests.items())
        ]
        if rows:
            db.session.execute(insert(CallLogin).values(rows))

    def logins(self, ring_id: UUID, now: datetime) -> dict[UUID, int]:
        """The number of each session's login, of devices that are signed in still and whose people
        live there still."""
        rows = db.session.execute(
            select(CallLogin.session_id, CallLogin.id)
            .join(CallRing, CallRing.id == CallLogin.ring_id)
            .join(SignedIn, SignedIn.id == CallLogin.session_id)
            .where(CallLogin.ring_id == ring_id, _may_answer(now))
        )
        return dict(rows.all())

    def seen_by(self, digest: bytes, now: datetime, *, picture: bool) -> Seen | None:
        """The ring of a hash whose device is signed in still, of somebody who lives there still,
        less its picture where that is not wanted."""
        row = db.session.execute(
            select(
                CallRing.id,
                CallRing.panel_id,
                CallRing.created_at,
                *([CallRing.picture] if picture else []),
            )
            .join(CallLogin, CallLogin.ring_id == CallRing.id)
            .join(SignedIn, SignedIn.id == CallLogin.session_id)
            .where(CallLogin.digest == digest, CallRing.expires_at > now, _may_answer(now))
        ).one_or_none()
        return None if row is None else Seen(*row[:3], picture=row[3] if picture else None)

    def to_picture(self, ring_id: UUID, now: datetime) -> Seen | None:
        """The ring, where it is not over and has no picture."""
        row = db.session.execute(
            select(CallRing.id, CallRing.panel_id, CallRing.created_at).where(
                CallRing.id == ring_id, CallRing.expires_at > now, CallRing.picture.is_(None)
            )
        ).one_or_none()
        return None if row is None else Seen(*row, picture=None)

    def keep_picture(self, ring_id: UUID, picture: bytes) -> None:
        """The first one stays."""
        db.session.execute(
            update(CallRing)
            .where(CallRing.id == ring_id, CallRing.picture.is_(None))
            .values(picture=picture)
        )

    def ended(self, now: datetime, most: int) -> Any:
        """A deletion of at most so many rings that are over."""
        over = select(CallRing.id).where(CallRing.expires_at <= now).limit(most)
        return delete(CallRing).where(CallRing.id.in_(over))


def _may_answer(now: datetime) -> ColumnElement[bool]:
    """Of a ring and a session: whose device that is has not lost the flat since it rang."""
    return exists().where(
        Person.id == SignedIn.person_id,
        FlatMember.phone == Person.phone,
        FlatMember.flat_id == CallRing.flat_id,
        FlatMember.kind != OUTER,
        live(now),
    )


class FrameRepository:
    def find(self, panel_id: int) -> KeptFrame | None:
        row = db.session.execute(
            select(PanelFrame.frame, PanelFrame.taken_at, PanelFrame.claimed_until).where(
                PanelFrame.panel_id == panel_id
            )
        ).one_or_none()
        return None if row is None else KeptFrame(*row)

    def claim(self, panel_id: int, now: datetime, old: datetime, until: datetime) -> bool:
        """The right to fetch the next frame, where the newest was taken before `old` and nobody
        else has it."""
        statement = insert(PanelFrame).values(panel_id=panel_id, claimed_until=until)
        claimed = db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["panel_id"],
                set_={"claimed_until": until},
                where=(PanelFrame.claimed_until <= now)
                & or_(PanelFrame.taken_at.is_(None), PanelFrame.taken_at <= old),
            ).returning(PanelFrame.panel_id)
        )
        return claimed.scalar_one_or_none() is not None

    def keep(self, panel_id: int, frame: bytes, now: datetime) -> None:
        db.session.execute(
            update(PanelFrame)
            .where(PanelFrame.panel_id == panel_id)
            .values(frame=frame, taken_at=now, claimed_until=now)
        )

    def release(self, panel_id: int, until: datetime) -> None:
        """No frame came: nobody tries again before `until`."""
        db.session.execute(
            update(PanelFrame).where(PanelFrame.panel_id == panel_id).values(claimed_until=until)
        )
