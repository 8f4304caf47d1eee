"""What the measurements stand on: PostgreSQL, gunicorn servers and wrk, all ended together.

`BENCH_PG_BIN=/usr/lib/postgresql/15/bin` takes those programs instead of the wheel's. Everything
runs in a folder of its own with default settings: no `.env` and no variable of ours gets in.
"""

import json
import os
import pwd
import shutil
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection

from smartyard.config import Settings
from smartyard.launcher.children import ChildFailed, Children
from smartyard.launcher.postgres import Cluster, embedded

ROOT = Path(__file__).resolve().parents[1]
WRK = ["wrk", "-s", str(ROOT / "bench" / "requests.lua"), "-t1", "--timeout", "20s"]
READY_WAIT = 60  # seconds


class BenchFailed(Exception):
    """What was measured is not what should have been; the text says what."""


@dataclass(frozen=True)
class Figure:
    """One run of wrk: requests a second, and milliseconds."""

    rate: float
    p50: float
    p99: float
    statuses: Mapping[str, int]


class Ground:
    """Begins things; `end` ends all of them, and so does the guardian if we are killed."""

    def __init__(self, secret_key: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sy-bench-", dir="/tmp"))
        ours = {name.upper() for name in list(Settings.model_fields)}
        self.env = {name: value for name, value in os.environ.items() if name not in ours}
        self.env |= {
            "PYTHONPATH": str(ROOT),
            "FLASK_SKIP_DOTENV": "1",
            "WORK_DIR": str(self.folder),
            "SECRET_KEY": secret_key,
            "LOG_LEVEL": "ERROR",
        }
        os.environ["PYTHONPATH"] = str(ROOT)  # the guardian begins in the folder too
        self._children = Children(
            self.folder, self.folder, os.open(self.folder, os.O_RDONLY), lambda: False
        )
        self._children.tell(f"remove {self.folder}")
        self._runs = 0
        self._pids: dict[str, int] = {}

    def end(self) -> None:
        self._children.end()

    def begin_postgres(self) -> None:
        """A cluster with an empty database `bench`, brought to the newest migration."""
        given = os.environ.get("BENCH_PG_BIN")
        cluster = (
            _given_cluster(Path(given), self.folder)
            if given
            else embedded(self.folder / "data", self.folder)
        )
        self._children.tell_of(cluster)
        cluster.start({"max_wal_size": "4GB", "shared_buffers": "256MB"})
        self._children.tell("ready")
        self.env |= {
            "PG_HOST": str(cluster.socket_dir),
            "PG_PORT": "5432",
            "PG_USER": "postgres",
            "PG_DBNAME": "bench",
        }
        connection = self.connect("postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE bench")
        connection.close()
        flask = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
        self._children.run("migrations", flask, self.env)

    def connect(self, database: str = "bench") -> Connection:
        return psycopg2.connect(host=self.env["PG_HOST"], user="postgres", dbname=database)

    def serve(self, name: str, app: str, **env: str) -> tuple[str, int]:
        """gunicorn with our own gunicorn.conf.py and the default settings; returns its address."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            address: tuple[str, int] = free.getsockname()
        command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), app]
        listen = f"{address[0]}:{address[1]}"
        self._pids[name] = self._children.begin(
            name, command, self.env | env | {"LISTEN": listen}
        ).pid
        deadline = time.monotonic() + READY_WAIT
        while True:
            self._children.pause()
            status, _ = ask(address, "/api/accessfl")
            if status in (200, 403):
                return address
            if time.monotonic() > deadline:
                raise ChildFailed(f"The {name} does not answer (status {status}).")

    def work(self, **env: str) -> int:
        """`flask worker` with the default settings; returns its pid."""
        command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
        return self._children.begin("worker", command, self.env | env).pid

    def pid(self, name: str) -> int:
        """Of a server that runs."""
        return self._pids[name]

    def pause(self) -> None:
        """A moment's rest. Raises ChildFailed when something of ours has ended."""
        self._children.pause()

    def wrk(
        self,
        address: tuple[str, int],
        requests: list[str],
        *,
        seconds: float,
        connections: int,
        pause: int = 0,
        bearer: str = "",
    ) -> Figure:
        """Ask for so long; `pause` is in milliseconds. Raises BenchFailed for a lost answer or a
        status that no measurement expects."""
        self._runs += 1
        name, path = f"wrk-{self._runs}", self.folder / "requests"
        path.write_text("\n".join(requests) + "\n", encoding="ascii")
        env = self.env | {"BENCH_REQUESTS": str(path), "BENCH_PAUSE": str(pause)}
        command = [*WRK, f"-c{connections}", f"-d{seconds:g}s"]
        if bearer:
            command += ["-H", f"Authorization: Bearer {bearer}"]
        self._children.run(name, [*command, f"http://{address[0]}:{address[1]}"], env)
        output = (self.folder / f"{name}.log").read_text(encoding="utf-8")
        return _figure(json.loads(output.strip().splitlines()[-1]))


def ask(address: tuple[str, int], path: str) -> tuple[int, str]:
    """The status of a GET, 0 for no answer; and X-AuthDuration."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://{address[0]}:{address[1]}{path}", timeout=10) as answer:
            return answer.status, answer.headers.get("X-AuthDuration", "")
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers.get("X-AuthDuration", "")
    except OSError:
        return 0, ""


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def _figure(told: dict[str, Any]) -> Figure:
    unexpected = {status: n for status, n in told["statuses"].items() if status not in _EXPECTED}
    if told["lost"] or unexpected or not told["requests"]:
        raise BenchFailed(f"wrk was answered {told['statuses']}, and {told['lost']} were lost")
    return Figure(
        told["requests"] / told["duration"] * 1e6,
        told["p50"] / 1e3,
        told["p99"] / 1e3,
        told["statuses"],
    )


_EXPECTED = ("200", "403")


def _given_cluster(bin_dir: Path, folder: Path) -> Cluster:
    """A private cluster of the programs in `bin_dir`; they refuse to run as root."""
    owner = "postgres" if os.geteuid() == 0 else None
    folder.chmod(0o755)
    for part in (folder / "data", folder / "pg"):
        part.mkdir(mode=0o700)
        if owner:
            os.chown(part, pwd.getpwnam(owner).pw_uid, pwd.getpwnam(owner).pw_gid)
    cluster = Cluster(bin_dir, folder / "data", folder / "pg", owner)
    cluster.run(
        "initdb", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-U", "postgres", "-N",
        "-D", str(cluster.data), timeout=60,
    )  # fmt: skip
    return cluster
