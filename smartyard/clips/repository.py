"""Rows of clips."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.clips.models import BROKEN, FAILED, READY, RUNNING, WAITING, Clip
from smartyard.db import db


@dataclass(frozen=True)
class Wanted:
    """What is asked for: one span of a camera, for one person."""

    person_id: int
    phone: str
    camera_id: int
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Fetched:
    """A clip that a worker has taken in hand."""

    id: int
    name: str
    wanted: Wanted
    attempts: int


class ClipRepository:
    def claim(
        self, wanted: Wanted, name: str, now: datetime, expires: datetime
    ) -> tuple[Clip, bool]:
        """The one clip of this span, locked, and whether it is new. Two who ask at once get one."""
        statement = insert(Clip).values(
            **vars(wanted), name=name, created_at=now, expires_at=expires, state=WAITING, attempts=0
        )
        found = db.session.execute(
            statement.on_conflict_do_update(
                index_elements=[Clip.person_id, Clip.camera_id, Clip.begins_at, Clip.ends_at],
                set_={"phone": statement.excluded.phone},
            )
            .returning(Clip, literal_column("xmax = 0", Boolean))
            .execution_options(populate_existing=True)
        ).one()
        return found[0], found[1]

    def begin_anew(self, clip_id: int, name: str, now: datetime, expires: datetime) -> None:
        db.session.execute(
            update(Clip)
            .where(Clip.id == clip_id)
            .values(
                name=name,
                state=WAITING,
                attempts=0,
                failure=None,
                size_bytes=None,
                created_at=now,
                expires_at=expires,
            )
        )

    def unfinished(self, person_id: int) -> int:
        """How many of a person's are not ready yet."""
        waiting = select(func.count()).where(
            Clip.person_id == person_id, Clip.state.in_((WAITING, RUNNING))
        )
        return db.session.scalar(waiting) or 0

    def find(self, clip_id: int, person_id: int) -> Clip | None:
        """None too for one of somebody else."""
        return db.session.scalar(
            select(Clip).where(Clip.id == clip_id, Clip.person_id == person_id)
        )

    def is_ready(self, name: str, now: datetime) -> bool:
        """Whether there is a clip of this name whose time has not come."""
        kept = select(Clip.id).where(Clip.name == name, Clip.state == READY, Clip.expires_at > now)
        return db.session.scalar(kept) is not None

    def take(self, clip_id: int) -> Fetched | None:
        """Count one more attempt, whether the clip waited or its worker was killed."""
        row = db.session.scalar(
            update(Clip)
            .where(Clip.id == clip_id, Clip.state.in_((WAITING, RUNNING)))
            .values(state=RUNNING, attempts=Clip.attempts + 1)
            .returning(Clip)
            .execution_options(populate_existing=True)
        )
        if row is None:
            return None
        wanted = Wanted(row.person_id, row.phone, row.camera_id, row.begins_at, row.ends_at)
        return Fetched(row.id, row.name, wanted, row.attempts)

    def put_back(self, clip: Fetched, *, counted: bool) -> bool:
        """It waits again; False when it is nobody's business any more."""
        attempts = clip.attempts if counted else clip.attempts - 1
        return self._change(clip, state=WAITING, attempts=attempts)

    def ready(self, clip: Fetched, size: int, expires: datetime) -> bool:
        """True for whoever is first to say so."""
        return self._change(clip, state=READY, size_bytes=size, expires_at=expires)

    def fail(self, clip: Fetched, failure: str = BROKEN) -> None:
        self._change(clip, state=FAILED, failure=failure)

    def _change(self, clip: Fetched, **values: object) -> bool:
        changed = db.session.execute(
            update(Clip)
            .where(Clip.id == clip.id, Clip.name == clip.name, Clip.state == RUNNING)
            .values(**values)
            .returning(Clip.id)
        )
        return changed.first() is not None

    def delete_ended(self, now: datetime, most: int) -> Sequence[str]:
        """Whose time has come, in whatever state; their names."""
        ended = select(Clip.id).where(Clip.expires_at <= now).limit(most)
        return db.session.scalars(
            delete(Clip).where(Clip.id.in_(ended), Clip.expires_at <= now).returning(Clip.name)
        ).all()

    def known(self, names: Collection[str]) -> set[str]:
        return set(db.session.scalars(select(Clip.name).where(Clip.name.in_(names))))
