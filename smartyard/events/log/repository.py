"""Reading the events of one flat."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, func, literal, select, update

from smartyard.db import db
from smartyard.events.kinds import MILLISECOND, moment_of
from smartyard.events.models import Event
from smartyard.registry.models import Camera, MediaServer, Panel


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
        """By its id, which names the month; None for an id of a year that nobody lives to see."""
        try:
            moment = moment_of(event_id)
        except OverflowError:
            return None
        return db.session.scalar(
            select(Event).where(
                Event.id == event_id, Event.at >= moment, Event.at < moment + MILLISECOND
            )
        )

    def stream(self, camera_id: int | None, panel_id: int | None) -> tuple[MediaServer, str] | None:
        """A Flussonic and the name of a stream there: of the camera, else of the panel's."""
        of_panel = select(Panel.camera_id).where(Panel.id == panel_id).scalar_subquery()
        row = db.session.execute(
            select(MediaServer, Camera.stream)
            .join(Camera, Camera.media_server_id == MediaServer.id)
            .where(
                Camera.id == func.coalesce(literal(camera_id, BigInteger), of_panel),
                MediaServer.type == "flussonic",
            )
        ).one_or_none()
        return None if row is None else (row[0], row[1])

    def set_face(self, event_id: UUID, face: Mapping[str, Any]) -> None:
        """What is known of the face of an event, once that is."""
        moment = moment_of(event_id)
        db.session.execute(
            update(Event)
            .where(Event.id == event_id, Event.at >= moment, Event.at < moment + MILLISECOND)
            .values(face=dict(face))
            .execution_options(synchronize_session=False)
        )

    def add_pictures(self, names: Mapping[UUID, str]) -> None:
        """By the ids of the events; of those that are not there yet nothing is written."""
        for event_id, name in names.items():
            moment = moment_of(event_id)
            db.session.execute(
                update(Event)
                .where(Event.id == event_id, Event.at >= moment, Event.at < moment + MILLISECOND)
                .values(picture=name)
                .execution_options(synchronize_session=False)
            )
