"""Reading the events of one flat."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, func, literal, select

from smartyard.db import db
from smartyard.events.kinds import MILLISECOND, moment_of
from smartyard.events.models import Event


class LogRepository:
    def of_flat(
        self, flat_id: int, since: datetime, before: datetime, most: int
    ) -> Sequence[Event]:
        """What its people are shown of this time, the newest first."""
        return db.session.scalars(
            select(Event)
            .where(Event.flat_id == flat_id, Event.at >= since, Event.at < before, Event.shown)
            .order_by(Event.at.desc(), Event.id.desc())
            .limit(most)
        ).all()

    def counts(
        self, flat_id: int, bounds: Sequence[datetime], kinds: Sequence[str] | None
    ) -> dict[int, int]:
        """How many lie between a bound and the next, by the number of the bound, from 0."""
        bucket = func.width_bucket(Event.at, literal(list(bounds), ARRAY(DateTime(timezone=True))))
        query = select(bucket - 1, func.count()).where(
            Event.flat_id == flat_id,
            Event.at >= bounds[0],
            Event.at < bounds[-1],
            Event.shown,
        )
        if kinds is not None:
            query = query.where(Event.kind.in_(kinds))
        return dict(db.session.execute(query.group_by(bucket)).all())

    def find(self, event_id: UUID) -> Event | None:
        """By its id, which names the month."""
        moment = moment_of(event_id)
        return db.session.scalar(
            select(Event).where(
                Event.id == event_id, Event.at >= moment, Event.at < moment + MILLISECOND
            )
        )
