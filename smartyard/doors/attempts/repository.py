"""Rows of attempts: an intent is written before the pulse, its outcome after it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Delete, and_, delete, inspect, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db
from smartyard.doors.attempts.models import Attempt


class AttemptRepository:
    """The attempts of one table, by its own key: the door, and who asks where that counts."""

    def __init__(self, model: type[Attempt]) -> None:
        self._model = model
        self._key = [str(column.key) for column in inspect(model).primary_key]

    def begin(self, row: dict[str, Any]) -> bool:
        """Write an intent where there is none under its key. False where there is."""
        added = db.session.execute(
            insert(self._model).values(row).on_conflict_do_nothing().returning(self._model.attempt)
        )
        return added.scalar_one_or_none() is not None

    def hold(self, row: Mapping[str, Any]) -> Attempt | None:
        """The row under the same key, for the caller alone to the end of the transaction."""
        return db.session.scalar(
            select(self._model)
            .where(self._of(row))
            .with_for_update()
            .execution_options(populate_existing=True)
        )

    def begin_again(self, row: dict[str, Any]) -> None:
        """A new intent in the place of one that is over."""
        told = update(self._model).where(self._of(row))
        db.session.execute(told.values(**row, finished_at=None))

    def finish(self, row: Mapping[str, Any], state: str, now: datetime) -> bool:
        """The outcome of an intent. False where another has taken the place meanwhile."""
        done = db.session.execute(
            update(self._model)
            .where(self._of(row, "attempt"), self._model.state == "asked")
            .values(state=state, finished_at=now)
            .returning(self._model.attempt)
        )
        return done.scalar_one_or_none() is not None

    def dead(self, before: datetime, most: int) -> Sequence[Attempt]:
        """Intents without an outcome, held: whoever had them was killed."""
        return db.session.scalars(
            select(self._model)
            .where(self._model.state == "asked", self._model.asked_at <= before)
            .order_by(self._model.asked_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).all()

    def ended(self, before: datetime, most: int) -> Delete:
        """A deletion of at most so many attempts that are long over."""
        key = [getattr(self._model, name) for name in self._key]
        over = (
            select(*key)
            .where(self._model.state != "asked", self._model.asked_at <= before)
            .limit(most)
            .subquery()
        )
        return delete(self._model).where(*(column == over.c[column.key] for column in key))

    def _of(self, row: Mapping[str, Any], *more: str) -> ColumnElement[bool]:
        names: Collection[str] = (*self._key, *more)
        return and_(*(getattr(self._model, name) == row[name] for name in names))
