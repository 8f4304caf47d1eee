"""The months of the table of events: made ahead, and dropped when they have had their time.

A month is made beside the table and then attached, which stops nobody who writes or reads. What
came while it was missing lies in `events_default`, and is moved into it by the same transaction.
"""

import logging
import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from smartyard.config import Settings
from smartyard.db import deletion_of, in_batches, transaction
from smartyard.events.models import EventMark

log = logging.getLogger(__name__)

_NAME = re.compile(r"events_([0-9]{4})_([0-9]{2})")
_THERE = text(
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass"
)
# One at a time: a second worker finds the months made.
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('months of events'))")
_UNKNOWN = text("""
    DELETE FROM events_default WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM events_default WHERE at < :before LIMIT :most
    ))
    """)


class MonthService:
    """Keeps the partitions that are needed and no others."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def keep(self, now: datetime) -> None:
        """Make the month of `now` and those after it (EVENTS_MONTHS_AHEAD), drop those that ended
        EVENTS_KEEP_DAYS ago, and make any that waiting rows need.

        What must be there comes first: a month that somebody reads is not dropped before the next
        turn, and to move many rows that wait may fail."""
        before = now - timedelta(days=self._settings.events_keep_days)
        for first in self._ahead(now):
            self._make(first)
        in_batches(lambda most: _UNKNOWN.bindparams(before=before, most=most))
        self._drop(before)
        in_batches(lambda most: deletion_of(EventMark, EventMark.noted_at < before, most))
        for first in _waiting():
            self._make(first)

    def _ahead(self, now: datetime) -> list[datetime]:
        months = [_month(now)]
        for _ in range(self._settings.events_months_ahead):
            months.append(_next(months[-1]))
        return months

    def _make(self, first: datetime) -> None:
        name, after = f"events_{first:%Y_%m}", _next(first)
        with transaction() as session:
            if not session.scalar(_LOCK) or name in _there(session):
                return
            # Many rows wait only where no worker ran for long; they are moved all the same.
            session.execute(text("SET LOCAL statement_timeout = '60s'"))
            session.execute(text(f"CREATE TABLE {name} (LIKE events INCLUDING ALL)"))
            session.execute(text("LOCK TABLE events_default IN ACCESS EXCLUSIVE MODE"))
            within = {"first": first, "after": after}
            columns = ", ".join(session.scalars(_WRITTEN))
            moved = session.execute(text(f"""
                WITH waiting AS (
                    DELETE FROM events_default WHERE at >= :first AND at < :after RETURNING *
                )
                INSERT INTO {name} ({columns}) SELECT {columns} FROM waiting
                """), within)  # fmt: skip
            session.execute(
                text(
                    f"ALTER TABLE events ATTACH PARTITION {name}"
                    f" FOR VALUES FROM ('{first.isoformat()}') TO ('{after.isoformat()}')"
                )
            )
            count = int(getattr(moved, "rowcount", 0))
        log.info("the month %s is there, with %d events that waited for it", name, count)

    def _drop(self, before: datetime) -> None:
        with transaction() as session:
            names = _there(session)
        for name in sorted(names):
            told = _NAME.fullmatch(name)
            if told and _next(datetime(int(told[1]), int(told[2]), 1, tzinfo=UTC)) <= before:
                with transaction() as session:
                    session.execute(text(f"DROP TABLE {name}"))
                log.info("the month %s has had its time", name)


_MONTHS_OF_WAITING = text("SELECT DISTINCT date_trunc('month', at, 'UTC') FROM events_default")
# Generated columns are not written.
_WRITTEN = text("""
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = 'events' AND is_generated = 'NEVER'
    ORDER BY ordinal_position
    """)


def _waiting() -> list[datetime]:
    """The months of rows that found none of their own."""
    with transaction() as session:
        return sorted(session.scalars(_MONTHS_OF_WAITING))


def _there(session: Session) -> set[str]:
    return set(session.scalars(_THERE))


def _month(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _next(first: datetime) -> datetime:
    return _month(first + timedelta(days=31))
