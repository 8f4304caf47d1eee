"""Months of events: made ahead, dropped in time, and nothing lost where one is missing."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from smartyard.config import Settings
from smartyard.db import BATCH
from smartyard.events.months import MonthService
from smartyard.launcher.postgres import Cluster
from smartyard.sandbox import Sandbox
from smartyard.web import service
from tests.events.conftest import FLAT, Doors
from tests.fixtures.database import engine_of
from tests.fixtures.town import Clock, Town, together


@pytest.fixture(name="doors")
def doors_fixture(  # pylint: disable=too-many-positional-arguments
    settings: Settings,
    sandbox: Sandbox,
    database_cluster: Cluster,
    migrated_template: str,
    make_database: Callable[..., str],
    clock: Clock,
) -> Iterator[Doors]:
    """A database of its own: the months that are made here are no other test's."""
    name = make_database(migrated_template)
    engine = engine_of(database_cluster, name, poolclass=sa.NullPool)
    clock.now = datetime(2026, 2, 10, 12, tzinfo=UTC)
    yield Doors(Town(settings.model_copy(update={"pg_dbname": name}), sandbox, engine, clock))


def keep(doors: Doors) -> None:
    with doors.app.app_context():
        service(MonthService).keep(doors.town.clock.now)


def months(doors: Doors) -> list[str]:
    rows = doors.town.rows(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass"
    )
    return sorted(name for (name,) in rows if name != "events_default")


def places(doors: Doors) -> list[tuple[str, datetime]]:
    return doors.town.rows("SELECT tableoid::regclass::text, at FROM events ORDER BY at")


def test_the_month_that_is_and_two_more_are_made_once(doors: Doors) -> None:
    keep(doors)
    assert months(doors) == ["events_2026_02", "events_2026_03", "events_2026_04"]
    keep(doors)
    doors.town.clock.now = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    keep(doors)
    assert months(doors)[-3:] == ["events_2026_12", "events_2027_01", "events_2027_02"]


def test_a_month_missing_at_midnight_of_the_first_loses_nothing(doors: Doors) -> None:
    keep(doors)
    midnight = datetime(2026, 5, 1, tzinfo=UTC)
    for moment in (-1, 0, 1):
        doors.town.clock.now = midnight + timedelta(seconds=moment)
        assert doors.happened("key", flat_id=FLAT, opened=True, external=("p", str(moment)))
    assert [name for name, _ in places(doors)] == ["events_2026_04"] + ["events_default"] * 2
    keep(doors)
    assert [name for name, _ in places(doors)] == ["events_2026_04"] + ["events_2026_05"] * 2
    assert doors.happened("key", flat_id=FLAT, external=("p", "1")) is None
    index = doors.town.one(
        "SELECT count(*) FROM pg_indexes WHERE tablename = 'events_2026_05'"
        " AND indexdef LIKE '%(flat_id, at)%'"
    )
    assert index == 1


def test_the_first_months_are_made_with_what_waited_since_before_the_worker(doors: Doors) -> None:
    doors.happened("key", flat_id=FLAT)
    doors.happened("key", ago=40 * 86400, flat_id=FLAT)
    keep(doors)
    assert [name for name, _ in places(doors)] == ["events_2026_01", "events_2026_02"]


def test_months_go_when_all_of_them_has_had_its_time(
    doors: Doors, caplog: pytest.LogCaptureFixture
) -> None:
    doors.happened("key", flat_id=FLAT, external=("p", "1"))
    doors.happened("key", ago=12 * 86400, flat_id=FLAT)
    keep(doors)
    with caplog.at_level(logging.INFO):
        doors.town.clock.now = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=184, hours=23)
        keep(doors)
        assert "events_2026_01" in months(doors)
        doors.town.clock.forward(hours=1)
        keep(doors)
    assert "events_2026_01" not in months(doors) and "events_2026_02" in months(doors)
    assert "events_2026_01 has had its time" in caplog.text
    assert doors.town.one("SELECT count(*) FROM event_marks") == 1
    doors.town.clock.forward(days=11)
    keep(doors)
    assert doors.town.one("SELECT count(*) FROM event_marks") == 0


def test_rows_of_no_month_go_in_time_too(doors: Doors) -> None:
    doors.happened("key", ago=186 * 86400)
    doors.happened("key", ago=184 * 86400)
    keep(doors)
    assert len(places(doors)) == 1


def test_an_old_month_that_is_being_read_keeps_no_new_one_from_being_made(doors: Doors) -> None:
    doors.happened("key", ago=30 * 86400, external=("p", "1"))
    keep(doors)
    doors.town.clock.forward(days=300)
    doors.happened("key", external=("p", "2"))
    with doors.town.engine.begin() as reading:
        reading.execute(sa.text("SELECT count(*) FROM events_2026_01"))
        with pytest.raises(OperationalError, match="lock"):
            keep(doors)
    assert {"events_2026_01", "events_2026_12", "events_2027_02"} <= set(months(doors))
    assert [name for name, _ in places(doors)] == ["events_2026_01", "events_2026_12"]
    keep(doors)
    assert months(doors) == ["events_2026_12", "events_2027_01", "events_2027_02"]


def test_much_that_had_its_time_goes_in_parts(doors: Doors) -> None:
    doors.happened("key", flat_id=FLAT, external=("p", "new"))
    old = "SELECT gen_random_uuid(), now - interval '200 days', 'motion', '', ''"
    many = f"FROM (SELECT CAST(:now AS timestamptz)) AS t (now), generate_series(0, {BATCH})"
    doors.town.change(
        f"INSERT INTO events (id, at, kind, place, outcome) {old} {many}", now=doors.town.clock.now
    )
    doors.town.change(
        "INSERT INTO event_marks (source, external_id, noted_at)"
        f" SELECT 'p', gen_random_uuid(), now - interval '200 days' {many}",
        now=doors.town.clock.now,
    )
    with doors.town.counting(doors.app) as sent:
        keep(doors)
    assert len(places(doors)) == 1 == doors.town.one("SELECT count(*) FROM event_marks")
    for table in ("events_default", "event_marks"):
        assert sum(f"DELETE FROM {table}" in one for one in sent if "WITH" not in one) == 2


def test_workers_that_begin_together_make_each_month_once(doors: Doors) -> None:
    doors.happened("key", flat_id=FLAT)
    together(4, lambda _: keep(doors))
    keep(doors)
    assert months(doors) == ["events_2026_02", "events_2026_03", "events_2026_04"]
    assert [name for name, _ in places(doors)] == ["events_2026_02"]
