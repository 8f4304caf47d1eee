"""Large files, two operators at once, and somebody who watches the progress."""

import os
import pty
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from smartyard.config import Settings
from smartyard.db import db
from smartyard.launcher.postgres import Cluster
from smartyard.registry.inventory.rows import KINDS
from tests.fixtures.database import DATABASE, ROOT, environment_of
from tests.registry.conftest import Import, Rows, camera, inventory_of

COMMAND = [sys.executable, "-m", "flask", "--app", "app", "registry", "import"]


def town(cameras: int, name: str) -> dict[str, Any]:
    """So many cameras, each with a house, a flat, a contract, a key, a panel and a door."""
    numbers = range(1, cameras + 1)
    return inventory_of(
        *(camera(f"cam-{n}", name=name, houses=[n], flats=[n]) for n in numbers),
        flats=[{"id": n, "house": n, "number": name} for n in numbers],
        contracts=[{"id": f"c{n}", "name": name, "flats": [n]} for n in numbers],
        keys=[{"code": f"{n:08X}", "flat": n, "name": name} for n in numbers],
        panels=[
            {"id": n, "model": "beward", "address": "http://p", "login": name, "sip": f"{n}"}
            for n in numbers
        ],
        doors=[
            {"house": n, "domophone": n, "door": 0, "name": name, "entrance": "1"} for n in numbers
        ],
    )


def test_the_number_of_statements_does_not_grow_with_the_rows(
    app: Flask, bring: Import, rows: Rows
) -> None:
    with app.app_context():
        engine = db.engine
    asked: list[str] = []

    def note(*args: Any) -> None:
        asked.append(args[2])

    sa.event.listen(engine, "before_cursor_execute", note)
    counts: dict[tuple[str, int], int] = {}
    for size in (5, 5000):
        for step, file, option in (
            ("new", town(size, "a"), ""),
            ("changed", town(size, "b"), "--replace"),
            ("removed", {kind: [] for kind in KINDS}, "--replace"),
        ):
            asked.clear()
            done = bring(file, *([option] if option else []))
            assert done.exit_code == 0, done.stderr
            counts[step, size] = len(asked)
            if step == "changed":
                assert rows("SELECT count(*) FROM cameras WHERE name = 'b'") == [(size,)]
                assert rows("SELECT count(*) FROM camera_links") == [(2 * size,)]
        assert rows("SELECT count(*) FROM cameras") == [(0,)]
        assert rows("SELECT count(*) FROM audit WHERE subject LIKE 'key:%'") == [(3 * size,)]
        rows("TRUNCATE houses, contracts, audit CASCADE")
    for step in ("new", "changed", "removed"):
        assert 0 < counts[step, 5] == counts[step, 5000] < 50, counts


def test_of_two_imports_at_once_the_second_sees_what_the_first_did(
    settings: Settings,
    database_cluster: Cluster,
    clean_database: sa.Engine,
    rows: Rows,
    tmp_path: Path,
) -> None:
    files = []
    for who in ("one", "two"):
        files.append(tmp_path / f"{who}.csv")
        text = f"stream,name,media_server,houses\n{who},{who},media,1\n"
        files[-1].write_text(text, "utf-8")
    rows(
        "INSERT INTO media_servers (name, url, type, hls_mode, source)"
        " VALUES ('media', 'http://m', 'flussonic', 'mpegts', 'inventory')"
    )
    with clean_database.connect() as connection:
        connection.execute(sa.text("LOCK TABLE cameras IN ACCESS EXCLUSIVE MODE"))
        running = [
            subprocess.Popen(  # pylint: disable=consider-using-with
                [*COMMAND, "--replace", str(path)],
                cwd=ROOT,
                env=environment_of(database_cluster, DATABASE, settings.work_dir),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for path in files
        ]
        wait_until_waiting(rows, 2)
        connection.rollback()
    for one in running:
        out, err = one.communicate(timeout=60)
        assert one.returncode == 0, (out, err)
    # Whoever came last had the whole say; without order both would have found nothing to remove.
    assert len(rows("SELECT stream FROM cameras")) == 1


def wait_until_waiting(rows: Rows, count: int) -> None:
    """So many processes have come to a lock that somebody holds."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        waiting = rows(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database()"
        )
        if waiting == [(count,)]:
            return
        time.sleep(0.05)
    pytest.fail("the processes did not come to their locks")


@pytest.mark.parametrize(("size", "is_shown"), [(1001, True), (1000, False)])
def test_who_waits_at_a_terminal_sees_how_far_it_is(
    settings: Settings,
    database_cluster: Cluster,
    clean_database: sa.Engine,
    tmp_path: Path,
    size: int,
    is_shown: bool,
) -> None:
    assert clean_database is not None
    path = tmp_path / "houses.csv"
    path.write_text("id\n" + "".join(f"{n}\n" for n in range(size)), "utf-8")
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [*COMMAND, "--dry-run", str(path)],
        cwd=ROOT,
        env=environment_of(database_cluster, DATABASE, settings.work_dir) | {"TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 65536):
            seen += part
    except OSError:  # Linux says so at the end of a terminal's output
        pass
    os.close(ours)
    assert done.returncode == 0, seen.decode()
    assert done.stdout.endswith(f"Дома: новых {size}, изменено 0, удалено 0.\n")
    assert ("Проверка строк".encode() in seen) is is_shown


def test_a_database_that_is_away_is_a_sentence(settings: Settings, tmp_path: Path) -> None:
    from app import create_app  # pylint: disable=import-outside-toplevel

    with socket.create_server(("127.0.0.1", 0)) as server:
        unused_port = server.getsockname()[1]
    app = create_app(settings.model_copy(update={"pg_host": "127.0.0.1", "pg_port": unused_port}))
    path = tmp_path / "houses.csv"
    path.write_text("id\n1\n", "utf-8")
    done = app.test_cli_runner().invoke(args=["registry", "import", str(path)])
    assert done.exit_code == 1
    assert done.stderr.startswith("База данных не отвечает (") and "refused" in done.stderr
    assert done.stderr.endswith(" Ничего не записано.\n") and done.stderr.count("\n") == 1
