"""The four commands of an operator, in their order, give a running server."""

import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartyard.launcher.postgres import Cluster, embedded
from tests.fixtures.ports import free_port
from tests.launcher.running import copy_tree, wait_for


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sy-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def cluster(folder: Path) -> Iterator[tuple[Cluster, str]]:
    """A cluster on loopback that asks for passwords there, and its port."""
    made = embedded(folder / "data", folder)
    (made.data / "pg_hba.conf").write_text(
        "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n", encoding="ascii"
    )
    port = str(free_port())
    made.start({"listen_addresses": "127.0.0.1", "port": port, "fsync": "off"})
    yield made, port
    made.stop()


def answers(url: str) -> bool:
    question = urllib.request.Request(url, data=b"{}", headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(question, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_the_four_commands_give_a_running_server(
    folder: Path, cluster: tuple[Cluster, str]
) -> None:
    postgres, port = cluster
    tree = copy_tree(folder / "tree")
    listen = f"127.0.0.1:{free_port()}"
    # Only the ports differ from what the files say: those may be taken on this machine.
    env = {**os.environ, "PG_PORT": port, "LISTEN": listen, "WORKERS": "1", "FLASK_APP": "app.py"}

    (tree / "example.env").rename(tree / ".env")
    psql = [str(postgres.bin_dir / "psql"), "-X", "-h", str(postgres.socket_dir), "-p", port]
    subprocess.run(
        [*psql, "-U", "postgres", "-d", "postgres", "-f", "db/init.sql"], cwd=tree, check=True
    )
    subprocess.run([sys.executable, "-m", "flask", "db", "upgrade"], cwd=tree, env=env, check=True)
    with subprocess.Popen([sys.executable, "app.py"], cwd=tree, env=env) as server:
        try:
            wait_for(
                lambda: server.poll() is not None
                or answers(f"http://{listen}/api/user/phonePattern"),
                "an answer",
            )
            assert server.poll() is None
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    assert (tree / "var" / "secret.key").stat().st_mode & 0o777 == 0o600
