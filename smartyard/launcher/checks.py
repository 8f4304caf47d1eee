"""What is looked at before anything is written. Each problem is one sentence: `Refused`."""

import errno
import fcntl
import os
import shutil
import socket
from pathlib import Path

import psycopg2

from smartyard.config import Settings

FREE_SPACE = 200 * 1024 * 1024  # bytes: the cluster of the wheel takes about 60 MB at first

_OTHERS_TABLES = """
SELECT count(*) FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
  AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
"""


class Refused(Exception):
    """We do not begin; the text says why and what to do."""


def address_of(listen: str) -> tuple[str, int]:
    """`host:port` of the setting LISTEN; an IPv6 address stands in brackets."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535 or host == "unix":
        raise Refused(f"LISTEN must be host:port for `make run`, such as 127.0.0.1:5000: {listen}")
    return host.strip("[]"), int(port)


def is_free(host: str, port: int, kind: int = socket.SOCK_STREAM) -> bool:
    """True when a server can listen there; raises Refused for an address that is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as wrong:
            if wrong.errno == errno.EADDRINUSE:
                return False
            raise Refused(f"LISTEN: cannot listen on {host}:{port}: {wrong.strerror}.") from wrong
    return True


def free_port(host: str, kind: int) -> int:
    """One that nobody has just now."""
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.bind((host, 0))
        return int(trial.getsockname()[1])


def refuse_busy(host: str, port: int) -> None:
    """Raises Refused when somebody listens there already."""
    if not is_free(host, port):
        raise Refused(
            f"Port {port} of {host} is taken by another program: end it, or choose another port, "
            f"as in `LISTEN={host}:{port + 1 if port < 65535 else 5000} make run`."
        )


def refuse_full_disk(work_dir: Path, needed: int = FREE_SPACE) -> None:
    """Make WORK_DIR. Raises Refused when it cannot be written or has too little room."""
    there = next(part for part in (work_dir, *work_dir.parents) if part.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise Refused(
            f"Only {free >> 20} MB are free where {work_dir} is, and {needed >> 20} MB are needed: "
            "make room, or set WORK_DIR to a folder on another disk."
        )
    try:
        work_dir.mkdir(parents=True, exist_ok=True)
        (work_dir / "log").mkdir(exist_ok=True)
        trial = work_dir / ".writable"
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as wrong:
        raise Refused(f"WORK_DIR: {work_dir} cannot be written: {wrong.strerror}.") from wrong


def lock(work_dir: Path) -> int:
    """Take the lock of WORK_DIR; gives its descriptor. Raises Refused when another run holds it."""
    held = os.open(work_dir / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise Refused(
            f"A server of this folder runs already (it holds {work_dir / 'run.lock'}): "
            "end it first with Ctrl-C where it was started."
        ) from None
    return held


def refuse_foreign_database(settings: Settings) -> None:
    """Look at the database of PG_HOST, writing nothing. Raises Refused unless empty or a demo."""
    where = f"{settings.pg_dbname} on {settings.pg_host}:{settings.pg_port}"
    try:
        connection = psycopg2.connect(
            host=settings.pg_host,
            port=settings.pg_port,
            dbname=settings.pg_dbname,
            user=settings.pg_user,
            password=settings.pg_pass.get_secret_value(),
            connect_timeout=settings.db_connect_timeout,
        )
    except psycopg2.OperationalError as wrong:
        reason = str(wrong).strip().splitlines()[-1]
        raise Refused(
            f"The database {where} does not let us in ({reason}): make it with "
            "`psql -f db/init.sql`, correct PG_*, or leave PG_HOST empty for one of our own."
        ) from None
    try:
        connection.set_session(readonly=True, autocommit=True)
        with connection.cursor() as cursor:
            usable = _is_empty_or_demo(cursor)
    finally:
        connection.close()
    if not usable:
        raise Refused(
            f"The database {where} holds data and is not marked as a demo, so `make run` does not "
            "touch it: give it an empty one, or run by hand as README.md says."
        )


def _is_empty_or_demo(cursor: "psycopg2.extensions.cursor") -> bool:
    cursor.execute(_OTHERS_TABLES)
    if cursor.fetchone()[0] == 0:
        return True
    cursor.execute("SELECT to_regclass('public.installation')")
    if cursor.fetchone()[0] is None:
        return False
    try:
        cursor.execute("SELECT demo FROM public.installation WHERE id = 1")
    except psycopg2.Error:
        return False  # a table of somebody else that has the same name
    row = cursor.fetchone()
    return bool(row and row[0] is True)
