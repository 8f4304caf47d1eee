"""Workers that tell panels, as processes that are killed, and one that wakes up too late."""

from pathlib import Path
from threading import Thread
from typing import Any

from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import outside_of, wait_for, working
from tests.intercom.homes import Home, look, reset
from tests.intercom.telling import Worker, code_at

B = 11


def environment(home: Home, cluster: Cluster, folder: Path, **settings: Any) -> dict[str, str]:
    """Of a worker that looks every second for what is left, and is soon taken for dead."""
    told = {"panel_lease": 2, "panel_push_schedule": "* * * * * *", "panel_timeout": 30}
    return environment_of(cluster, DATABASE, folder) | outside_of(
        home.town.sandbox, **(told | settings)
    )


def asked(home: Home) -> int:
    return [method for method, _ in home.town.sandbox.calls("beward")].count("flat")


def test_a_change_is_on_the_panel_by_a_worker_of_its_own_accord(
    home: Home, database_cluster: Cluster, tmp_path: Path
) -> None:
    home.device("beward", B)
    with working(environment(home, database_cluster, tmp_path), tmp_path / "worker.log"):
        code = look(home.who())["doorCode"]
        device = home.town.sandbox.panels["beward"]
        wait_for(lambda: code_at(device) == code, "the code on the panel")
        new = str(reset(home.who()))
        wait_for(lambda: code_at(device) == new, "the new code on the panel")


def test_a_worker_that_is_killed_over_a_panel_is_followed_by_another(
    home: Home, database_cluster: Cluster, tmp_path: Path
) -> None:
    home.device("beward", B)
    code = look(home.who())["doorCode"]
    told = environment(home, database_cluster, tmp_path)
    home.town.sandbox.faults.set("beward", "hang", method="flat")
    with working(told, tmp_path / "killed.log") as first:
        wait_for(lambda: asked(home) == 1, "the first worker's call")
        first.kill_all()
    assert home.town.rows("SELECT flat_id, told_at FROM panel_flats") == [(10101, None)]
    home.town.sandbox.faults.clear(abandon=True)
    with working(told, tmp_path / "second.log"):
        device = home.town.sandbox.panels["beward"]
        wait_for(lambda: code_at(device) == code, "the code on the panel")
        left = "SELECT count(*) FROM panel_pushes WHERE due_at IS NOT NULL OR claim IS NOT NULL"
        wait_for(lambda: home.town.one(left) == 0, "nothing left to tell")
    assert asked(home) == 2


def test_a_dead_panel_keeps_no_other_waiting(
    home: Home, database_cluster: Cluster, tmp_path: Path
) -> None:
    """It hangs for longer than this test waits; the other one has the code meanwhile."""
    home.device("beward", B)
    home.device("sokol", 14)
    home.town.sandbox.faults.set("beward", "hang", method="flat")
    code = look(home.who())["doorCode"]
    told = environment(home, database_cluster, tmp_path, panel_timeout=120, panel_lease=300)
    with working(told, tmp_path / "worker.log") as worker:
        wait_for(lambda: asked(home) == 1, "the call that hangs")
        sokol = home.town.sandbox.panels["sokol"]
        wait_for(lambda: code_at(sokol) == code, "the code on the other panel")
        assert home.town.one("SELECT claim IS NOT NULL FROM panel_pushes WHERE panel_id = 11")
        worker.kill_all()


def test_a_worker_that_wakes_too_late_has_not_the_last_word(home: Home, worker: Worker) -> None:
    """Its call with the old code arrives after the new code was told: then it is told again."""
    home.town.open(panel_timeout=30.0)
    home.device("beward", B)
    person, device = home.who(), home.town.sandbox.panels["beward"]
    old = look(person)["doorCode"]
    faults = home.town.sandbox.faults
    faults.set("beward", "hang", method="flat", times=1)
    late = Thread(target=worker.push, args=(B,))
    late.start()
    wait_for(lambda: asked(home) == 1, "the first call")
    home.town.clock.forward(seconds=home.town.settings.panel_lease)
    new = str(reset(person))
    worker.work()
    assert code_at(device) == new
    faults.set("beward", "ok")  # the first call goes on
    late.join(60)
    assert not late.is_alive() and code_at(device) == old, "as it may be: too late"
    assert worker.lacking(B), "and so nobody trusts what the panel holds"
    worker.work()
    assert code_at(device) == new and not worker.lacking(B)


def test_what_changes_while_a_panel_is_told_is_told_by_the_same_turn(
    home: Home, worker: Worker
) -> None:
    home.town.open(panel_timeout=30.0)
    home.device("beward", B)
    person, device = home.who(), home.town.sandbox.panels["beward"]
    look(person)
    home.town.sandbox.faults.set("beward", "hang", method="flat", times=1)
    turn = Thread(target=worker.push, args=(B,))
    turn.start()
    wait_for(lambda: asked(home) == 1, "the call")
    new = str(reset(person))
    worker.work()  # finds the panel taken
    assert asked(home) == 1
    home.town.sandbox.faults.set("beward", "ok")
    turn.join(60)
    assert code_at(device) == new and asked(home) == 2 and not worker.lacking(B)
