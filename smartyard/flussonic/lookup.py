"""The database connections of the hot path: few, its own, plain psycopg2, statements prepared.

`accessfl` is asked about every viewer, so it neither waits behind the other requests' connections
nor pays for an ORM. Connections are made late (after gunicorn's fork) and made again when
PostgreSQL was restarted.
"""

import queue
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection

from smartyard.errors import DependencyUnavailable

Row = tuple[Any, ...]


class Lookup:
    """Runs one statement at a time on a pooled connection. Any fault is DependencyUnavailable."""

    def __init__(
        self, connect: Callable[[], Connection], prepare: str, *, size: int, wait: float
    ) -> None:
        """`prepare` is run once on each connection; `wait` is seconds for a free one."""
        self._connect = connect
        self._prepare = prepare
        self._wait = wait
        # The other queues of the library are Python inside: here they cost more than a cursor.
        self._idle: queue.SimpleQueue[Connection | None] = queue.SimpleQueue()
        for _ in range(size):
            self._idle.put(None)

    def row(self, statement: str, values: tuple[Any, ...]) -> Row | None:
        """The first row of a statement. A connection that turns out dead is replaced once."""
        try:
            connection = self._idle.get(timeout=self._wait)
        except queue.Empty:
            raise DependencyUnavailable(cause="no free connection for accessfl") from None
        try:
            if connection is not None:
                try:
                    return _run(connection, statement, values)
                except (psycopg2.OperationalError, psycopg2.InterfaceError):
                    _close(connection)
                    connection = None
            connection = self._new()
            return _run(connection, statement, values)
        except psycopg2.Error as error:
            if connection is not None:
                _close(connection)
                connection = None
            raise DependencyUnavailable(cause=f"accessfl: {type(error).__name__}") from None
        finally:
            self._idle.put(connection)

    def _new(self) -> Connection:
        connection = self._connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(self._prepare)
        return connection


def _run(connection: Connection, statement: str, values: tuple[Any, ...]) -> Row | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: Row | None = cursor.fetchone()
        return found


def _close(connection: Connection) -> None:
    with suppress(psycopg2.Error):  # it may be dead
        connection.close()
