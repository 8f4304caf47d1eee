"""`psql -f db/init.sql`, by psql itself, on the cluster of the suite."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa

from smartyard.launcher.postgres import Cluster, embedded
from tests.fixtures.database import engine_of
from tests.fixtures.ports import free_port

SCRIPT = Path(__file__).parents[2] / "db" / "init.sql"
SAMPLE = "smartyard"  # also in example.env

Psql = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def psql(database_cluster: Cluster) -> Iterator[Psql]:
    """Runs the script for a role and a database `shop`; both are gone after the test."""
    program = database_cluster.bin_dir / "psql"

    def run(**variables: str) -> "subprocess.CompletedProcess[str]":
        command = [str(program if program.exists() else shutil.which("psql")), "-X"]
        command += ["-h", str(database_cluster.socket_dir), "-U", "postgres", "-d", "postgres"]
        for name, value in {"role": "shop", "database": "shop", **variables}.items():
            command += ["-v", f"{name}={value}"]
        return subprocess.run(
            [*command, "-f", str(SCRIPT)], capture_output=True, text=True, timeout=60, check=False
        )

    yield run
    engine = engine_of(database_cluster, "postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("DROP DATABASE IF EXISTS shop WITH (FORCE)"))
        connection.execute(sa.text("DROP ROLE IF EXISTS shop"))
    engine.dispose()


def stored_password(cluster: Cluster) -> str:
    engine = engine_of(cluster, "postgres", poolclass=sa.NullPool)
    with engine.connect() as connection:
        return str(
            connection.scalar(sa.text("SELECT rolpassword FROM pg_authid WHERE rolname = 'shop'"))
        )


def test_makes_a_role_that_owns_the_database(psql: Psql, database_cluster: Cluster) -> None:
    done = psql(password='it\'s a "long" one')
    assert done.returncode == 0, done.stderr
    connection = psycopg2.connect(host=str(database_cluster.socket_dir), user="shop", dbname="shop")
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE ours (id int)")
        cursor.execute("SHOW server_encoding")
        assert cursor.fetchone() == ("UTF8",)
    connection.close()


def test_may_run_any_number_of_times(psql: Psql, database_cluster: Cluster) -> None:
    assert psql(password="first").returncode == 0
    before = stored_password(database_cluster)
    again = psql()
    assert again.returncode == 0, again.stderr
    assert stored_password(database_cluster) == before, "the sample replaced a true password"
    assert psql(password="second").returncode == 0
    assert stored_password(database_cluster) not in ("", "None", before)


def test_a_new_role_gets_the_sample_password_over_a_socket(
    psql: Psql, database_cluster: Cluster
) -> None:
    done = psql()
    assert done.returncode == 0, done.stderr
    assert stored_password(database_cluster).startswith("SCRAM-SHA-256$")
    assert f"PG_PASS={SAMPLE}\n" in (SCRIPT.parents[1] / "example.env").read_text(encoding="utf-8")
    assert rf"\set password {SAMPLE}" in SCRIPT.read_text(encoding="utf-8")


def test_no_password_is_in_what_it_prints(psql: Psql) -> None:
    done = psql(password="hidden-word")
    assert "hidden-word" not in done.stdout + done.stderr


def own_address() -> str:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(trial.getsockname()[0])


def test_refuses_the_sample_password_over_a_network() -> None:
    address = own_address()
    port = str(free_port())
    with tempfile.TemporaryDirectory(prefix="sy-", dir="/tmp") as folder:
        cluster = embedded(Path(folder) / "data", Path(folder))
        with open(cluster.data / "pg_hba.conf", "a", encoding="ascii") as rules:
            rules.write(f"host all all {address}/32 trust\n")
        cluster.start({"listen_addresses": address, "port": port, "fsync": "off"})
        try:
            command = [str(cluster.bin_dir / "psql"), "-X", "-h", address, "-p", port]
            command += ["-U", "postgres", "-d", "postgres"]
            done = subprocess.run(
                [*command, "-f", str(SCRIPT)], capture_output=True, text=True, check=False
            )
            roles = subprocess.check_output(
                [*command, "-Atc", "SELECT count(*) FROM pg_roles WHERE rolname = 'smartyard'"],
                text=True,
            )
        finally:
            cluster.stop()
    assert done.returncode != 0
    assert "give a password" in done.stderr
    assert roles == "0\n"
