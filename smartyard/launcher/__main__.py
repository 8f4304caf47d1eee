"""`python -m smartyard.launcher`, called by `make run`: the order in which everything begins.

Exit status: 0 when asked to stop, 1 with a sentence on standard error when something is wrong.
"""

import json
import os
import secrets
import shlex
import signal
import socket
import sys
import tempfile
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from types import FrameType

import psycopg2
from psycopg2 import sql

from smartyard.config import Settings, SettingsError, load
from smartyard.launcher import checks
from smartyard.launcher.children import ChildFailed, Children, Stopped
from smartyard.launcher.guardian import is_alive
from smartyard.launcher.outsides import stand_ins
from smartyard.launcher.postgres import Cluster, PostgresFailed, embedded
from smartyard.launcher.words import greeting

ROOT = Path(__file__).resolve().parents[2]
READY_WAIT = 60  # seconds
LISTENER = 45  # its port, from ours on
FLASK = [sys.executable, "-m", "flask", "--app", "app"]
SANDBOX = (
    "page",
    "media",
    "billing",
    "kannel",
    "bank",
    "panels",
    "mail",
    "desk",
    "fcm",
    "webhooks",
)  # its ports, from ours on


class Launcher:
    """One run: what it was told, what it began."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.work_dir = settings.work_dir.absolute()
        self.host, self.port = checks.address_of(settings.listen)
        self.stop_asked = False
        self.postmaster = 0
        self.pbx_key = self.work_dir / "demo-pbx-key"
        self.env = {
            **os.environ,
            "WORK_DIR": str(self.work_dir),
            "FLASK_APP": "app",
            "PYTHONUNBUFFERED": "1",
        }

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """A signal only leaves a mark: nothing is broken off in the middle of a step."""
        self.stop_asked = True

    def run(self) -> None:
        """Look, begin, watch. Whatever happens, everything that was begun is ended."""
        checks.refuse_full_disk(self.work_dir)
        lock = checks.lock(self.work_dir)
        checks.refuse_busy(self.host, self.port)
        if self.settings.pg_host:
            checks.refuse_foreign_database(self.settings)
        children = Children(ROOT, self.work_dir / "log", lock, lambda: self.stop_asked)
        try:
            self._begin(children)
            self._watch(children)
        except (PostgresFailed, ChildFailed):
            if not self.stop_asked:  # else Ctrl-C reached the process before us
                raise
        except Stopped:
            pass
        finally:
            if self.stop_asked:
                say("Ending.")
            children.end()

    def _begin(self, children: Children) -> None:
        if not self.settings.pg_host:
            say("Starting PostgreSQL.")
            self._begin_postgres(children)
        say("Bringing the database up to date.")
        children.run("migrations", [*FLASK, "db", "upgrade"], self.env)
        children.run("demo-mark", [*FLASK, "demo", "mark"], self.env)
        say("Starting the sandbox.")
        outside = self._begin_sandbox(children)
        say("Starting the worker, the server and the listener.")
        children.begin("worker", [*FLASK, "worker"], self.env)
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:gunicorn_app"]
        children.begin("server", gunicorn, self.env)
        syslog = self._begin_listener(children)
        deeds = self._deeds(outside, syslog)
        children.run("operator", [*FLASK, "demo", "play", str(deeds)], self.env)
        self._wait_for_answer(children)
        print(greeting(self._url(), outside["page_url"], self.work_dir), flush=True)

    def _begin_postgres(self, children: Children) -> None:
        runtime = Path(tempfile.mkdtemp(prefix="smartyard-", dir=_short_folder()))
        children.tell(f"remove {runtime}")
        cluster = embedded(self.work_dir / "postgres", runtime)
        children.tell_of(cluster)
        cluster.start()
        children.tell("ready")
        self.postmaster = cluster.postmaster()
        _create_database(cluster, self.settings.pg_dbname)
        self.env |= {"PG_HOST": str(cluster.socket_dir), "PG_PORT": "5432", "PG_USER": "postgres"}

    def _begin_sandbox(self, children: Children) -> dict[str, str]:
        """Stands in for each outside that is not set, from here on for all that we begin."""
        command = [sys.executable, "-m", "smartyard.sandbox", "--accessfl"]
        command.append(f"{self._url()}/api/accessfl")
        for distance, name in enumerate(SANDBOX, start=1):
            near = self.port + distance  # the same addresses at each run, where they are free
            free = near <= 65535 and checks.is_free("127.0.0.1", near)
            command += [f"--{name}-port", str(near if free else 0)]
        key = secrets.token_hex(16)  # of this run's callbacks
        if not self.settings.sber_url:
            command += ["--callback", f"{self._url()}/api/pay/callback", "--callback-key", key]
        credentials = self.work_dir / "demo-firebase.json"
        command += ["--fcm-credentials", str(credentials)]
        command += ["--pbx", f"{self._url()}/api/hooks/ring", "--pbx-key", str(self.pbx_key)]
        line = children.first_line("sandbox", command, self.env, READY_WAIT)
        outside: dict[str, str] = {name: str(value) for name, value in json.loads(line).items()}
        self.env |= stand_ins(self.settings, outside, self._url(), credentials, key)
        return outside

    def _begin_listener(self, children: Children) -> str:
        """Where panels send their lines: at a port beside ours unless somebody chose another."""
        if "syslog_listen" not in self.settings.model_fields_set:
            near = self.port + LISTENER
            free = near <= 65535 and checks.is_free("127.0.0.1", near, socket.SOCK_DGRAM)
            port = near if free else checks.free_port("127.0.0.1", socket.SOCK_DGRAM)
            self.env["SYSLOG_LISTEN"] = f"127.0.0.1:{port}"
        children.begin("listener", [*FLASK, "panels", "listen"], self.env)
        host, port_ = checks.address_of(self.env.get("SYSLOG_LISTEN", self.settings.syslog_listen))
        return f"{'127.0.0.1' if host == '0.0.0.0' else host}:{port_}"

    def _deeds(self, outside: dict[str, str], syslog: str) -> Path:
        """What an operator of the demo world does, as a file of commands."""
        # pylint: disable-next=import-outside-toplevel  # only here
        from smartyard.sandbox import book, world

        registry, deeds = self.work_dir / "demo-registry.json", self.work_dir / "demo-operator.txt"
        names = ("media_url", "beward_url", "sokol_url", "relay_url")
        inventory = world.demo_registry(**{name: outside[name] for name in names})
        registry.write_text(json.dumps(inventory, ensure_ascii=False, indent=1), encoding="utf-8")
        text = world.demo_deeds(registry, syslog, self.pbx_key)
        if self.settings.billing == "local":
            contracts = self.work_dir / "demo-contracts.csv"
            today = datetime.now(self.settings.timezone).date()
            contracts.write_text(book.demo_contracts(world.World(), today), encoding="utf-8")
            text = f"contracts import --allow-loss {shlex.quote(str(contracts))}\n{text}"
        deeds.write_text(text, encoding="utf-8")
        return deeds

    def _url(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def _wait_for_answer(self, children: Children) -> None:
        question = urllib.request.Request(f"{self._url()}/api/user/phonePattern", data=b"{}")
        question.add_header("Content-Type", "application/json")
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + READY_WAIT
        reason: Exception | None = None
        while time.monotonic() < deadline:
            children.pause()
            try:
                with direct.open(question, timeout=5):
                    return
            except OSError as wrong:  # also what urllib raises for a status of 400 and more
                reason = wrong
        raise ChildFailed(
            f"The server does not answer at {self._url()} after {READY_WAIT} s ({reason}).\n"
            f"Its log: {self.work_dir / 'log' / 'server.log'}"
        )

    def _watch(self, children: Children) -> None:
        while True:
            children.pause()
            if self.postmaster and not is_alive(self.postmaster):
                raise ChildFailed(f"PostgreSQL ended; see {self.work_dir / 'postgres' / 'log'}")


def _short_folder() -> str:
    """A socket's path may have 107 bytes; TMPDIR can be long."""
    folder = tempfile.gettempdir()
    return folder if len(folder) < 60 and " " not in folder else "/tmp"


def _create_database(cluster: Cluster, name: str) -> None:
    connection = psycopg2.connect(host=str(cluster.socket_dir), user="postgres", dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
            if not cursor.rowcount:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    finally:
        connection.close()


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    """Run until somebody asks us to stop."""
    os.chdir(ROOT)
    try:
        launcher = Launcher(load(ROOT / ".env"))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, launcher.stop)
        launcher.run()
    except (SettingsError, checks.Refused, PostgresFailed, ChildFailed) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    except (OSError, psycopg2.Error) as wrong:  # a full disk, say
        print(f"make run: {str(wrong).strip()}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
