"""`make run` on real processes: begins, says how to go on, and ends everything however it ends."""

import json
import os
import pwd
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa

from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import engine_of
from tests.fixtures.world import EXPIRED, GUEST, NORMAL, OUTER
from tests.launcher.newcomer import Newcomer
from tests.launcher.running import Run, copy_tree, wait_for

pytestmark = pytest.mark.timeout(400)  # several whole runs in one test, on a noisy machine

Start = Callable[..., Run]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Short, and open to other users, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="sy run-", dir="/tmp") as name:  # with a blank in it
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def tree(folder: Path) -> Path:
    return copy_tree(folder / "tree")


@pytest.fixture
def start(tree: Path) -> Iterator[Start]:
    """Begins launchers; those that a failed test leaves are ended."""
    begun: list[Run] = []

    def begin(work_dir: Path, env: dict[str, str] | None = None, **options: Any) -> Run:
        begun.append(Run(tree, work_dir, env, **options))
        return begun[-1]

    yield begin
    for run in begun:
        run.end()


def send(command: str) -> int:
    """What the printed curl command would send; gives the status."""
    words = shlex.split(command)
    assert words[0] == "curl"
    body = words[words.index("-d") + 1]
    header, _, value = words[words.index("-H") + 1].partition(": ")
    question = urllib.request.Request(words[-1], data=body.encode(), headers={header: value})
    with urllib.request.urlopen(question, timeout=30) as answer:
        return int(answer.status)


def query(run: Run, statement: str) -> Any:
    """Run a statement in the database that a run keeps in its folder."""
    lines = (run.work_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    connection = psycopg2.connect(host=lines[4].strip(), user="postgres", dbname="smartyard")
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def test_begins_answers_and_ends_on_term_and_keeps_the_data(
    start: Start, folder: Path, tree: Path
) -> None:
    work_dir = folder / "var"
    run = start(work_dir).ready()
    assert f"http://127.0.0.1:{run.port}\n" in run.said
    world = json.loads((tree / "smartyard/sandbox/world.json").read_text(encoding="utf-8"))
    for person in world["people"]:
        assert f"{person['phone']}  {person['about']['en']}" in run.said
    assert send(run.said.partition("Begin with:")[2].partition("Logs")[0]) == 204
    assert query(run, "SELECT demo FROM installation") == [(True,)]
    query(run, "CREATE TABLE kept AS SELECT 1 AS id")
    newcomer = Newcomer(run, str(world["people"][0]["phone"]))
    newcomer.watches()
    newcomer.opens()
    newcomer.pays()

    second = start(work_dir)
    assert second.status() == 1
    assert "runs already" in second.said and "Traceback" not in second.said

    run.process.send_signal(signal.SIGTERM)
    assert run.status() == 0, run.said
    run.wait_until_nothing_is_left()

    again = start(work_dir).ready()
    assert query(again, "SELECT id FROM kept") == [(1,)]
    guests = "SELECT phone, kind, expires_at < now() FROM flat_members WHERE source = 'grant'"
    assert sorted(query(again, guests)) == [
        (GUEST, "inner", None),
        (OUTER, "outer", None),
        (EXPIRED, "inner", True),
    ]
    once = "SELECT count(*) FROM audit WHERE action IN ('access given', 'blocked')"
    assert query(again, once) == [(4,)] and query(again, "SELECT name FROM provider_tokens")
    os.killpg(again.process.pid, signal.SIGINT)  # Ctrl-C reaches the whole foreground
    assert again.status() == 0, again.said
    again.wait_until_nothing_is_left()


def test_without_a_billing_it_pays_too_and_a_killed_launcher_leaves_nothing(
    start: Start, folder: Path
) -> None:
    run = start(folder / "killed", {"BILLING": "local"}).ready()
    assert send(run.said.partition("Begin with:")[2].partition("Logs")[0]) == 204
    newcomer = Newcomer(run, NORMAL)
    newcomer.opens()
    newcomer.pays()
    moved = "SELECT count(*), sum(kopecks) FROM local_movements WHERE order_number IS NOT NULL"
    assert query(run, moved) == [(1, 15000)]
    assert len(run.processes()) > 4
    run.process.kill()
    run.status()
    run.wait_until_nothing_is_left()


def test_a_server_that_dies_ends_all_with_a_sentence(start: Start, folder: Path) -> None:
    run = start(folder / "died").ready()
    kill_the_first(run, "gunicorn")
    assert run.status() == 1
    assert "The server ended (status -9)" in run.said and "Traceback" not in run.said
    run.wait_until_nothing_is_left()


def test_a_postgresql_that_dies_ends_all_and_the_next_run_recovers(
    start: Start, folder: Path
) -> None:
    run = start(folder / "crashed").ready()
    query(run, "CREATE TABLE kept AS SELECT 1 AS id")
    kill_the_first(run, "/bin/postgres -D")
    assert run.status() == 1
    assert "ended" in run.said and "Traceback" not in run.said
    wait_for(lambda: not run.processes(), "the end of every process")
    again = start(folder / "crashed").ready()
    assert query(again, "SELECT id FROM kept") == [(1,)]
    again.process.send_signal(signal.SIGTERM)
    assert again.status() == 0, again.said
    again.wait_until_nothing_is_left()


def kill_the_first(run: Run, name: str) -> None:
    os.kill(min(pid for pid, words in run.processes().items() if name in words), signal.SIGKILL)


def test_term_while_it_begins_leaves_nothing(start: Start, folder: Path) -> None:
    run = start(folder / "early")
    while not (run.work_dir / "log" / "migrations.log").exists():
        assert run.process.poll() is None, run.said
    run.process.send_signal(signal.SIGTERM)
    assert run.status() == 0, run.said
    run.wait_until_nothing_is_left()


def test_a_busy_port_is_one_sentence(start: Start, folder: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        run = start(folder / "busy", {"LISTEN": f"127.0.0.1:{port}"})
        assert run.status() == 1
    assert f"Port {port}" in run.said and run.said.count("\n") == 1
    assert not (run.work_dir / "postgres").exists()
    run.wait_until_nothing_is_left()


def test_wrong_settings_are_listed_and_nothing_begins(start: Start, folder: Path) -> None:
    run = start(folder / "wrong", {"EXPIRE": "soon", "THREADS": "0"})
    assert run.status() == 1
    assert "EXPIRE" in run.said and "THREADS" in run.said and "Traceback" not in run.said
    assert not run.work_dir.exists()


def test_a_database_of_somebody_else_is_refused_untouched(
    start: Start, folder: Path, database_cluster: Cluster, make_database: Callable[..., str]
) -> None:
    name = make_database()
    engine = engine_of(database_cluster, name, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA shop"))
        connection.execute(sa.text("CREATE TABLE shop.orders (id int)"))
    run = start(folder / "foreign", at(database_cluster, name))
    assert run.status() == 1
    assert "not marked as a demo" in run.said and run.said.count("\n") == 1
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
        assert sa.inspect(connection).get_table_names("shop") == ["orders"]


def test_a_database_of_a_live_installation_is_refused(
    start: Start,
    folder: Path,
    database_cluster: Cluster,
    migrated_template: str,
    make_database: Callable[..., str],
) -> None:
    name = make_database(migrated_template)
    run = start(folder / "live", at(database_cluster, name))
    assert run.status() == 1
    assert "not marked as a demo" in run.said


def test_an_empty_database_is_used_and_used_again(
    start: Start, folder: Path, database_cluster: Cluster, make_database: Callable[..., str]
) -> None:
    name = make_database()
    for _ in range(2):
        run = start(folder / "empty", at(database_cluster, name)).ready()
        run.process.send_signal(signal.SIGTERM)
        assert run.status() == 0, run.said
        run.wait_until_nothing_is_left()
    engine = engine_of(database_cluster, name, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT demo FROM installation WHERE id = 1")) is True
    assert not (run.work_dir / "postgres").exists()


def test_a_database_that_is_not_there_is_one_sentence(
    start: Start, folder: Path, database_cluster: Cluster
) -> None:
    run = start(folder / "absent", at(database_cluster, "no_such_database"))
    assert run.status() == 1
    assert "no_such_database" in run.said and run.said.count("\n") == 1


def at(cluster: Cluster, name: str) -> dict[str, str]:
    return {"PG_HOST": str(cluster.socket_dir), "PG_USER": "postgres", "PG_DBNAME": name}


def system_venv(folder: Path) -> str:
    """The system's Python, for users who cannot execute root's own, with what we have installed."""
    python = folder / "venv" / "bin" / "python"
    subprocess.run(
        ["/usr/bin/python3", "-m", "venv", "--without-pip", str(folder / "venv")], check=True
    )
    ours = subprocess.check_output(
        [sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    ).strip()
    theirs = subprocess.check_output(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    ).strip()
    Path(theirs, "ours.pth").write_text(f"{ours}\n", encoding="utf-8")
    return str(python)


@pytest.mark.skipif(os.geteuid() != 0, reason="every other test here runs as an ordinary user")
def test_works_as_an_ordinary_user_too(folder: Path) -> None:
    version = subprocess.check_output(
        ["/usr/bin/python3", "-c", "import sys; print(*sys.version_info[:2])"], text=True
    )
    if version.split() != [str(part) for part in sys.version_info[:2]]:
        pytest.skip("the system's Python is another version than ours")
    home = folder / "somebody"
    tree = copy_tree(home / "tree")
    nobody = pwd.getpwnam("nobody")
    python = system_venv(home)
    subprocess.run(["chown", "-R", str(nobody.pw_uid), str(home)], check=True)
    run = Run(
        tree,
        home / "var",
        {"HOME": str(home)},
        python,
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
    )
    try:
        run.ready()
        assert query(run, "SELECT demo FROM installation") == [(True,)]
        run.process.send_signal(signal.SIGTERM)
        assert run.status() == 0, run.said
        run.wait_until_nothing_is_left()
    finally:
        run.end()
