"""Ten thousand contracts by a file, and the same file brought in by two processes at once."""

import subprocess
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import DATABASE, ROOT, environment_of
from tests.fixtures.town import Town
from tests.registry.test_many import wait_until_waiting

COMMAND = [sys.executable, "-m", "flask", "--app", "app", "contracts", "import"]
MANY = 10_000


def file_of(count: int, until: str = "2030-12-31") -> str:
    """Contracts of houses with a hundred flats each, with two phones and two services."""
    rows = [
        f"c{n},Абонент {n},{n // 100 + 1},ул. Новая {n // 100 + 1},{n},{n % 100},"
        f"{79_100_000_000 + n},{79_200_000_000 + n},cctv:{until} domophone,{n}\n"
        for n in range(1, count + 1)
    ]
    return (
        "id,client_name,house,address,flat,flat_number,owners,phones,services,"
        "opening_balance_kopecks\n" + "".join(rows)
    )


def run(town: Town, text: str, *words: str) -> str:
    assert town.app is not None
    done = town.app.test_cli_runner().invoke(args=["contracts", "import", *words, "-"], input=text)
    assert done.exit_code == 0, done.output
    return done.output


def test_ten_thousand_contracts_come_in_with_progress_and_few_statements(town: Town) -> None:
    app = town.open(billing="local", billing_url="")
    with town.counting(app) as few:
        run(town, file_of(10))
    begun = time.monotonic()
    with town.counting(app) as sent:
        said = run(town, file_of(MANY))
    print(f"\n{MANY} contracts: {time.monotonic() - begun:.1f} s\n{said}")
    assert len(few) <= len(sent) < 40
    assert f"Проверено строк: 3000 из {MANY}." in said and "МБ" in said
    assert f"новых {MANY - 10}, изменено 0, без изменений 10" in said
    assert town.one("SELECT count(*) FROM local_phones") == 2 * MANY
    moved = MANY * (MANY + 1) // 2
    assert town.one("SELECT sum(balance_kopecks) FROM local_contracts") == moved
    assert town.one("SELECT sum(kopecks) FROM local_movements") == moved
    again = run(town, file_of(MANY))
    assert f"без изменений {MANY}" in again
    held = app.test_cli_runner().invoke(
        args=["contracts", "import", "-"], input=file_of(MANY, "2020-01-01")
    )
    assert held.exit_code == 1 and f"{MANY} из {MANY}" in held.stderr, held.output
    assert "2020" not in str(town.rows("SELECT DISTINCT paid_until FROM local_services"))


def test_of_two_processes_with_the_same_file_the_second_finds_nothing_to_do(
    town: Town, database_cluster: Cluster, tmp_path: Path
) -> None:
    path = tmp_path / "contracts.csv"
    path.write_text(file_of(50), "utf-8")
    environment = environment_of(database_cluster, DATABASE, tmp_path) | {"BILLING": "local"}
    with town.engine.connect() as connection:
        key = "SELECT pg_advisory_xact_lock(hashtextextended('losses:contract', 0))"
        connection.execute(sa.text(key))
        running = [
            subprocess.Popen(  # pylint: disable=consider-using-with
                [*COMMAND, str(path)],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        wait_until_waiting(town.rows, 2)
        connection.rollback()
    said = []
    for one in running:
        out, err = one.communicate(timeout=60)
        assert one.returncode == 0, (out, err)
        said.append(out)
    assert sorted("новых 50" in out for out in said) == [False, True], said
    assert sum("без изменений 50" in out for out in said) == 1, said
    assert town.one("SELECT count(*) FROM local_contracts") == 50
    assert town.one("SELECT count(*) FROM audit WHERE action = 'added'") == 50
    moved = "SELECT count(*), sum(kopecks) FROM local_movements"
    assert town.rows(moved) == [(50, 50 * 51 // 2)]
