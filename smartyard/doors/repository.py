"""Rows of openings: an intent is written before the pulse, its outcome after it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db
from smartyard.doors.models import DoorOpening

_KEY = ("session_id", "domophone_id", "door_id")


class OpeningRepository:
    def begin(self, row: dict[str, Any]) -> bool:
        """Write an intent where this session has none for the door. False where it has."""
        added = db.session.execute(
            insert(DoorOpening).values(row).on_conflict_do_nothing().returning(DoorOpening.attempt)
        )
        return added.scalar_one_or_none() is not None

    def hold(self, session_id: UUID, domophone_id: int, door_id: int) -> DoorOpening | None:
        """The row of a session and door, for the caller alone to the end of the transaction."""
        return db.session.scalar(
            select(DoorOpening)
            .where(
                DoorOpening.session_id == session_id,
                DoorOpening.domophone_id == domophone_id,
                DoorOpening.door_id == door_id,
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )

    def begin_again(self, row: dict[str, Any]) -> None:
        """A new intent in the place of one that is over."""
        key = [getattr(DoorOpening, name) == row[name] for name in _KEY]
        db.session.execute(update(DoorOpening).where(*key).values(**row, finished_at=None))

    def finish(self, row: dict[str, Any], state: str, now: datetime) -> bool:
        """The outcome of an intent. False where another has taken the place meanwhile."""
        key = [getattr(DoorOpening, name) == row[name] for name in (*_KEY, "attempt")]
        done = db.session.execute(
            update(DoorOpening)
            .where(*key, DoorOpening.state == "asked")
            .values(state=state, finished_at=now)
            .returning(DoorOpening.attempt)
        )
        return done.scalar_one_or_none() is not None

    def dead(self, before: datetime, most: int) -> Sequence[DoorOpening]:
        """Intents without an outcome, held: whoever had them was killed."""
        return db.session.scalars(
            select(DoorOpening)
            .where(DoorOpening.state == "asked", DoorOpening.asked_at <= before)
            .order_by(DoorOpening.asked_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).all()

    def ended(self, before: datetime, most: int) -> Any:
        """A deletion of at most so many openings that are long over."""
        over = (
            select(DoorOpening.session_id, DoorOpening.domophone_id, DoorOpening.door_id)
            .where(DoorOpening.state != "asked", DoorOpening.asked_at <= before)
            .limit(most)
            .subquery()
        )
        return delete(DoorOpening).where(
            DoorOpening.session_id == over.c.session_id,
            DoorOpening.domophone_id == over.c.domophone_id,
            DoorOpening.door_id == over.c.door_id,
        )
