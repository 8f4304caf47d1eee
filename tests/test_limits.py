"""Counters in PostgreSQL: exact, all or none, and never in each other's way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from smartyard.db import BATCH, db
from smartyard.limits import Limit, LimitReached, Limits, network
from tests.user.asking import at_once, rows

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
LIMITS = Limits()
KEPT = "SELECT key, hits::int FROM limit_counters ORDER BY key"


@pytest.fixture
def app_in_context(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def take(app: Flask, *limits: Limit, now: datetime = NOW) -> bool:
    with app.app_context():
        try:
            LIMITS.take(limits, now)
            return True
        except LimitReached:
            return False


def test_threads_that_begin_together_get_no_more_than_there_is(
    app_in_context: Flask, clean_database: sa.Engine
) -> None:
    limit = Limit("kind:1", 5, 60)
    taken = at_once(lambda _: take(app_in_context, limit), 20)
    assert sum(taken) == 5
    assert rows(clean_database, KEPT) == [("kind:1", 5)]


def test_a_full_limit_uses_up_none_of_the_others(
    app_in_context: Flask, clean_database: sa.Engine
) -> None:
    full, other = Limit("b:full", 1, 60), Limit("a:other", 10, 60)
    assert take(app_in_context, full, other)
    with pytest.raises(LimitReached) as refused:
        LIMITS.take([other, full], NOW)
    assert refused.value.key == "b:full"
    assert refused.value.status == 429
    assert rows(clean_database, KEPT) == [("a:other", 1), ("b:full", 1)]


def test_a_window_begins_with_its_first_hit_and_ends_whole(app_in_context: Flask) -> None:
    limit = Limit("kind:1", 2, 3600)
    assert take(app_in_context, limit)
    assert take(app_in_context, limit, now=NOW + timedelta(minutes=50))
    assert not take(app_in_context, limit, now=NOW + timedelta(minutes=59))
    assert take(app_in_context, limit, now=NOW + timedelta(minutes=60))
    assert take(app_in_context, limit, now=NOW + timedelta(minutes=61))
    assert not take(app_in_context, limit, now=NOW + timedelta(minutes=119))


def test_what_is_given_back_can_be_taken_again_and_no_counter_falls_below_nothing(
    app_in_context: Flask, clean_database: sa.Engine
) -> None:
    limit = Limit("kind:1", 1, 60)
    assert take(app_in_context, limit) and not take(app_in_context, limit)
    LIMITS.give_back([limit])
    LIMITS.give_back([limit])
    assert rows(clean_database, KEPT) == [("kind:1", 0)]
    assert take(app_in_context, limit) and not take(app_in_context, limit)


def test_a_limit_that_the_operator_raises_holds_at_once(app_in_context: Flask) -> None:
    assert take(app_in_context, Limit("kind:1", 1, 60))
    assert not take(app_in_context, Limit("kind:1", 1, 60))
    assert take(app_in_context, Limit("kind:1", 2, 60))


def test_taking_giving_back_and_forgetting_at_once_never_block_each_other(
    app_in_context: Flask, clean_database: sa.Engine
) -> None:
    names = [f"shared:{number}" for number in range(8)]
    limits = [Limit(name, 10**6, 0.001) for name in names]
    with clean_database.begin() as connection:  # the heap has them against the order of keys
        for name in reversed(names):
            connection.execute(
                sa.text("INSERT INTO limit_counters VALUES (:key, 0, :at)"),
                {"key": name, "at": NOW},
            )

    def work(number: int) -> int:
        with app_in_context.app_context():
            for turn in range(40):
                now = NOW + timedelta(seconds=turn)
                if number == 0:
                    LIMITS.forget_ended(now - timedelta(seconds=1))
                    continue
                LIMITS.take(limits, now)
                LIMITS.give_back(limits)
        return number

    assert at_once(work, 8) == list(range(8))


def test_only_windows_that_are_over_are_forgotten(
    app_in_context: Flask, clean_database: sa.Engine
) -> None:
    take(app_in_context, Limit("short:1", 5, 60), Limit("long:1", 5, 3600))
    with app_in_context.app_context():
        assert LIMITS.forget_ended(NOW + timedelta(seconds=60)) == 1
    assert rows(clean_database, KEPT) == [("long:1", 1)]


def test_many_windows_are_forgotten_by_statements_of_a_bounded_size(
    app_in_context: Flask, clean_database: sa.Engine
) -> None:
    many = 2 * BATCH + 1
    with clean_database.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO limit_counters SELECT 'kind:' || n, 1, :at"
                    " FROM generate_series(1, :many) AS n"),
            {"at": NOW, "many": many},
        )  # fmt: skip
    deleted: list[int] = []

    def note(_c: object, cursor: Any, statement: str, *_: object) -> None:
        if "DELETE" in statement:
            deleted.append(cursor.rowcount)

    sa.event.listen(db.engine, "after_cursor_execute", note)
    assert LIMITS.forget_ended(NOW) == many
    assert deleted == [BATCH, BATCH, 1]
    assert app_in_context and not rows(clean_database, KEPT)


def test_counters_outlive_a_crash_of_the_database(clean_database: sa.Engine) -> None:
    logged = "SELECT relpersistence::text FROM pg_class WHERE relname = 'limit_counters'"
    assert rows(clean_database, logged) == ["p"]


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
    ],
)
def test_a_household_is_one_address(address: str, counted_as: str) -> None:
    assert network(address) == counted_as


def test_a_site_is_the_48_bits_before_a_household() -> None:
    assert network("2001:db8:1:2:3:4:5:6", 48) == "2001:db8:1::/48"
    assert network("203.0.113.7", 48) == "203.0.113.7"
