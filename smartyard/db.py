"""The database: Flask-SQLAlchemy on our own typed Base, and `transaction()`.

A connection is held from the first statement of a transaction to its end and no longer: whoever
calls the outside does so between two transactions, never inside one.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg2
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    URL,
    BigInteger,
    ColumnElement,
    DateTime,
    Delete,
    Engine,
    Executable,
    MetaData,
    Select,
    Text,
    any_,
    column,
    delete,
    event,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, registry

from smartyard.config import Settings

APPLICATION_NAME = "smartyard"
LOOK_AFTER = 1.0  # seconds idle
BATCH = 5000  # rows that one statement deletes


_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of ours. Times are aware, text is unbounded, ids are 64 bits."""

    # A whole registry, since Flask-SQLAlchemy copies this class and could not copy a bare map.
    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        type_annotation_map={datetime: DateTime(timezone=True), str: Text, int: BigInteger},
    )
    metadata = registry.metadata


db = SQLAlchemy(
    model_class=Base, session_options={"expire_on_commit": False}, disable_autonaming=True
)


def url(settings: Settings) -> URL:
    """psycopg2's URL. SQLAlchemy 2.1 reads a bare `postgresql://` as psycopg 3, so it is named."""
    return URL.create(
        "postgresql+psycopg2",
        username=settings.pg_user or None,
        password=settings.pg_pass.get_secret_value() or None,
        host=settings.pg_host or None,
        port=settings.pg_port,
        database=settings.pg_dbname,
    )


def connect_args(settings: Settings, *, statement_timeout: float | None = None) -> dict[str, Any]:
    """libpq's arguments of every connection of ours: time-outs (faults.md) and UTC."""
    limits = {
        "statement_timeout": statement_timeout or settings.db_statement_timeout,
        "lock_timeout": settings.db_lock_timeout,
        "idle_in_transaction_session_timeout": settings.db_idle_timeout,
    }
    options = [f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items()]
    return {
        "connect_timeout": settings.db_connect_timeout,
        "application_name": APPLICATION_NAME,
        "options": " ".join([*options, "-c timezone=UTC"]),
        "keepalives": 1,
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 5000,  # milliseconds
    }


def engine_options(settings: Settings) -> dict[str, Any]:
    """A bounded pool. `look_before_use` sees to connections that died meanwhile."""
    return {
        "pool_size": settings.db_pool,
        "max_overflow": 0,
        "pool_timeout": settings.db_pool_wait,
        "hide_parameters": True,  # an error's text goes to the log; phones and hashes do not
        "connect_args": connect_args(settings),
    }


def look_before_use(engine: Engine) -> None:
    """Ping a connection that has lain idle for a while: PostgreSQL may have restarted.

    SQLAlchemy's own `pool_pre_ping` pings at every checkout, which was a quarter of all round
    trips of a busy server; one that was used a moment ago is most likely alive.
    """

    @event.listens_for(engine, "connect")
    @event.listens_for(engine, "checkin")
    def _note(_: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _look(connection: Any, record: Any, _: Any) -> None:
        if time.monotonic() - record.info.get("used_at", 0.0) < LOOK_AFTER:
            return
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            connection.rollback()
        except psycopg2.Error:
            raise DisconnectionError() from None  # the pool then makes a new one


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit at the end, roll back on any error; a transaction inside one joins it."""
    session = db.session()
    if session.info.get("in_transaction"):
        yield session
        return
    session.info["in_transaction"] = True
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["in_transaction"] = False


def in_batches(deletion: Callable[[int], Executable]) -> int:
    """Delete much by statements of a few thousand rows, each in a transaction of its own, so that
    none runs into the time-out or holds its locks for long. `deletion` makes the statement for at
    most so many rows. Returns how many went."""
    gone = 0
    while True:
        with transaction() as session:
            done = session.execute(
                deletion(BATCH), execution_options={"synchronize_session": False}
            )
            part = int(getattr(done, "rowcount", 0))
        gone += part
        if part < BATCH:
            return gone


def ids_once(chosen: Select[Any]) -> Select[Any]:
    """For `id IN (…)` of a select with a limit that locks its rows: they are looked for once. As it
    stands PostgreSQL may run it for each row of the outer table, and lock others each time."""
    return select(chosen.cte().c.id)


def deletion_of(model: type[Base], ended: ColumnElement[bool], most: int) -> Delete:
    """For `in_batches`: deletes so many rows of which `ended` holds. They are found by their places
    and not by their keys: no estimate of how many there are can then make it a slow join. What was
    changed meanwhile is looked at again, for it may not have ended any more."""
    place: ColumnElement[Any] = literal_column("ctid")
    places = select(place).select_from(model).where(ended).limit(most).correlate(None)
    return delete(model).where(place == any_(func.array(places.scalar_subquery())), ended)


def upsert(model: type[Base], rows: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """Insert, or change what differs, by one statement in the caller's transaction.

    A row that says the same is not written again, and rows go in the order of their keys, so
    that two that are stored at once do not wait for each other in a ring. They travel as one
    JSON value: a VALUES list of thousands of rows takes seconds to be compiled, each time anew.
    """
    if not rows:
        return
    ordered = sorted(rows, key=lambda row: tuple(str(row[name] or "") for name in key))
    names = list(ordered[0])
    table = model.__table__.c
    told = (
        func.jsonb_to_recordset(literal(ordered, JSONB))
        .table_valued(*(column(name, table[name].type) for name in names), name="told")
        .render_derived(with_types=True)
    )
    statement: Insert = insert(model).from_select(names, select(told))
    changed = {name: statement.excluded[name] for name in names if name not in key}
    if not changed:
        db.session.execute(statement.on_conflict_do_nothing())
        return
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=list(key),
            set_=changed,
            where=or_(*(table[name].is_distinct_from(new) for name, new in changed.items())),
        )
    )
