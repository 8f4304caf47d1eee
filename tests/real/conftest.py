"""Real programs of the outside around our real server: started here, ended with the test.

Each is skipped with a reason where it is not installed, which CI_REAL=1 makes a failure.
"""

import getpass
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import DATABASE, environment_of
from tests.gateways.test_kannel_real import kannel

__all__ = ["kannel"]  # one real Kannel, for the gateway's own tests and for the whole way

PLACES = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"


def program(name: str, package: str = "") -> str:
    """A real program, or the test is skipped."""
    found = shutil.which(name, path=PLACES)
    if found is None:
        pytest.skip(f"{package or name} is not installed")
    return found


@contextmanager
def running(
    log: Path, *command: str, environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """A program in a group of its own, which ends whole with the block; gives its pid."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    with process:
        try:
            yield process.pid
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(50)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def nginx_conf(folder: Path, inside_http: str) -> Path:
    """A whole nginx.conf that keeps everything it writes in `folder`, as root or not."""
    user = "user root;" if os.geteuid() == 0 else ""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    main = folder / "nginx.conf"
    main.write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/nginx.pid;\n"
        f"error_log {folder}/nginx.log; events {{ worker_connections 256; }}\n"
        f"http {{ access_log off; {temporary}\n{inside_http}\n}}\n",
        encoding="utf-8",
    )
    return main


@pytest.fixture
def environment(
    database_cluster: Cluster, clean_database: sa.Engine, tmp_path: Path
) -> dict[str, str]:
    """The settings of a process of ours over the emptied test database."""
    assert clean_database is not None
    return environment_of(database_cluster, DATABASE, tmp_path)


def me() -> str:
    """The user that everything here runs as."""
    return getpass.getuser()
