"""Rows of events."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db
from smartyard.events.kinds import first_id
from smartyard.events.models import Event, EventMark

_COLUMNS = """
    at timestamptz, kind text, domophone_id bigint, door_id bigint, house_id bigint,
    camera_id bigint, opened boolean, outcome text, phone text, called text, key text, code text,
    plate text, face jsonb, source text, external_id text
"""
# One statement: the sender's number is noted, or nothing is written; and what the inventory knows
# of the panel is looked up on the way, since it may be another by the time somebody reads.
_WRITE = text(f"""
    WITH told AS (SELECT * FROM jsonb_to_record(CAST(:told AS jsonb)) AS t ({_COLUMNS})),
    mark AS (
        INSERT INTO event_marks (source, external_id, noted_at)
        SELECT source, external_id, :now FROM told WHERE external_id IS NOT NULL
        ON CONFLICT DO NOTHING RETURNING 1
    )
    INSERT INTO events AS e (
        id, at, kind, domophone_id, door_id, house_id, flat_id, camera_id, place, opened, outcome,
        phone, called, key, code, plate, face, source
    )
    SELECT
        named.id, t.at, t.kind, t.domophone_id, t.door_id,
        coalesce(t.house_id, flat.house_id, door.house_id), named.flat_id,
        coalesce(t.camera_id, panel.camera_id),
        coalesce(nullif(door.name, ''), panel.name, ''),
        t.opened, t.outcome, t.phone, t.called, t.key, t.code, t.plate, t.face, t.source
    FROM told AS t
    CROSS JOIN unnest(:ids, :flats) AS named (id, flat_id)
    LEFT JOIN flats AS flat ON flat.id = named.flat_id
    LEFT JOIN panels AS panel ON panel.id = t.domophone_id
    LEFT JOIN LATERAL (
        SELECT d.name, d.house_id FROM doors AS d
        WHERE d.domophone_id = t.domophone_id AND d.door_id = coalesce(t.door_id, 0)
        ORDER BY d.house_id = coalesce(t.house_id, flat.house_id) DESC NULLS LAST, d.house_id
        LIMIT 1
    ) AS door ON true
    WHERE t.external_id IS NULL OR EXISTS (SELECT FROM mark)
    RETURNING e.id, e.house_id, e.flat_id, e.place, e.shown, e.camera_id,
        e.shown AND (e.camera_id IS NOT NULL OR EXISTS (
            SELECT FROM panels WHERE id = e.domophone_id AND model IN ('beward', 'sokol')
        )) AS pictured
    """).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("flats", type_=ARRAY(BigInteger)),
    bindparam("now", type_=DateTime(timezone=True)),
)


@dataclass(frozen=True)
class Written:
    """A row; `pictured`: people see it, and there is a camera that may have seen who it was."""

    id: UUID
    house_id: int | None
    flat_id: int | None
    place: str
    shown: bool
    camera_id: int | None
    pictured: bool


class EventRepository:
    def write(
        self, told: dict[str, Any], ids: Sequence[UUID], flats: Sequence[int | None], now: datetime
    ) -> list[Written]:
        """One event, a row for each of `flats`; no row when its sender's number is known."""
        rows = db.session.execute(
            _WRITE, {"told": json.dumps(told), "ids": ids, "flats": flats, "now": now}
        )
        return [Written(*row) for row in rows]

    def note(self, source: str, number: str, now: datetime) -> bool:
        """False where it was noted before."""
        row = {"source": source, "external_id": number, "noted_at": now}
        noted = insert(EventMark).values(row).on_conflict_do_nothing()
        return db.session.execute(noted.returning(EventMark.source)).first() is not None

    def last_of_panel(
        self, domophone_id: int, since: datetime, most: int
    ) -> Sequence[tuple[datetime, str, int | None, bool | None, str]]:
        """The newest first: when, kind, output, whether it opened, outcome."""
        rows = db.session.execute(
            select(Event.at, Event.kind, Event.door_id, Event.opened, Event.outcome)
            .where(
                Event.domophone_id == domophone_id,
                Event.id >= first_id(since),  # by the index; `at` alone chooses the month
                Event.at >= since,
            )
            .order_by(Event.id.desc())
            .limit(most)
        )
        return rows.all()
