"""Background work by the real `flask worker`: that it runs, and goes on after a kill."""

from pathlib import Path
from typing import Any

import pytest

from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import outside_of, wait_for, working
from tests.fixtures.town import Town
from tests.fixtures.world import MANY, NEIGHBOUR, NORMAL, Resident

EVERY_SECOND = "* * * * * *"
NEVER = "0 0 29 2 *"


@pytest.fixture(name="environment")
def _environment(database_cluster: Cluster, town: Town, tmp_path: Path) -> dict[str, str]:
    told = outside_of(
        town.sandbox,
        refresh_schedule=EVERY_SECOND,
        cleanup_schedule=NEVER,
        stalled_schedule=EVERY_SECOND,
        stalled_after=4,
        billing_ttl=1,
        billing_retry=1,
    )
    return environment_of(database_cluster, DATABASE, tmp_path) | told


def watch(town: Town, phone: str) -> tuple[Resident, str]:
    """Somebody with a live video token."""
    resident = town.sign_in(phone)
    answer = resident.post("cctv/all", {"houseId": 101})
    assert answer.status_code == 200, answer.text
    return resident, answer.get_json()["data"][0]["token"]


def verdict(town: Town, token: str, name: str = "yard") -> int:
    assert town.app is not None
    answer = town.app.test_client().get(
        "/api/accessfl", query_string={"name": name, "token": token}
    )
    return answer.status_code


def jobs(town: Town, name: str = "refresh_watchers") -> dict[str, int]:
    """How many jobs of a task stand in each status."""
    return dict(
        town.rows(
            "SELECT status::text, count(*) FROM procrastinate_jobs WHERE task_name = :name"
            " GROUP BY status",
            name=name,
        )
    )


def test_non_payment_ends_viewing_though_the_app_asks_for_nothing(
    town: Town, environment: dict[str, str], tmp_path: Path
) -> None:
    town.camera("yard", houses=[101])
    _, debtor = watch(town, NORMAL)
    _, payer = watch(town, NEIGHBOUR)
    town.sign_in(MANY).post("address/getAddressList")  # and watches nothing
    assert (verdict(town, debtor), verdict(town, payer)) == (200, 200)
    with working(environment, tmp_path / "worker.log") as worker:
        wait_for(lambda: town.asked("getsettingslist") > 4, "the worker to ask about both")
        assert (verdict(town, debtor), verdict(town, payer)) == (200, 200)
        town.sandbox.world.set_unpaid(NORMAL, ["cctv"])
        wait_for(lambda: verdict(town, debtor) == 403, "the debtor's viewing to end")
        assert verdict(town, payer) == 200
        town.sandbox.world.set_unpaid(NORMAL, [])
        wait_for(lambda: verdict(town, debtor) == 200, "who has paid to see again, unasked")
        town.sandbox.faults.set("billing", "error")
        before = town.asked("getsettingslist")
        wait_for(lambda: town.asked("getsettingslist") > before, "a question to a dead billing")
        assert (verdict(town, debtor), verdict(town, payer)) == (200, 200)
        assert worker.running and "Traceback" not in worker.said, worker.said
    asked: list[Any] = [
        body["phone"]
        for method, body in town.sandbox.calls("billing")
        if method == "getsettingslist"
    ]
    assert asked.count(int(MANY)) == 1, "who does not watch is not asked about"


ODD = """
    CREATE FUNCTION odd_row() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF NEW.phone = '{phone}' THEN RAISE EXCEPTION 'no %', NEW.phone; END IF; RETURN NEW; END
    $$;
    CREATE TRIGGER odd_row BEFORE INSERT ON flat_members FOR EACH ROW EXECUTE FUNCTION odd_row()
"""


def test_a_failure_that_nobody_foresaw_holds_up_one_person_alone(
    town: Town, environment: dict[str, str], tmp_path: Path
) -> None:
    town.camera("yard", houses=[101])
    (_, odd), (_, debtor) = watch(town, NEIGHBOUR), watch(town, NORMAL)
    town.change(ODD.replace("{phone}", NEIGHBOUR))
    try:
        town.sandbox.world.set_unpaid(NORMAL, ["cctv"])
        with working(environment, tmp_path / "worker.log") as worker:
            wait_for(lambda: verdict(town, debtor) == 403, "the debtor's viewing to end")
            wait_for(lambda: worker.said.count("cannot be looked at: Raise") > 1, "a second try")
            assert "Traceback" not in worker.said and NEIGHBOUR not in worker.said, worker.said
        assert verdict(town, odd) == 200 and "failed" not in jobs(town)
    finally:
        town.change("DROP FUNCTION odd_row CASCADE")


def test_a_killed_workers_job_is_taken_up_and_the_schedule_goes_on(
    town: Town, environment: dict[str, str], tmp_path: Path
) -> None:
    """The killed job and the next one of the same name must not stand in each other's way."""
    town.camera("yard", houses=[101])
    _, token = watch(town, NORMAL)
    slow = environment | {"BILLING_TIMEOUT": "60"}
    town.sandbox.faults.set("billing", "hang")
    with working(slow, tmp_path / "killed.log") as worker:
        wait_for(lambda: jobs(town).get("doing"), "a job")
        wait_for(lambda: town.asked("getsettingslist") > 1, "its question to billing")
        worker.kill()
    town.sandbox.faults.clear(abandon=True)
    town.change("UPDATE billing_copies SET claimed_until = now() - interval '1 second'")
    assert jobs(town)["doing"] >= 1
    town.sandbox.world.set_unpaid(NORMAL, ["cctv"])
    with working(environment, tmp_path / "next.log") as worker:
        wait_for(lambda: verdict(town, token) == 403, "the schedule to go on")
        wait_for(lambda: worker.said.count("looked at again") > 1, "it to go on and on")
        assert "Traceback" not in worker.said, worker.said


def test_a_worker_that_is_asked_to_stop_finishes_what_it_does(
    town: Town, environment: dict[str, str], tmp_path: Path
) -> None:
    town.camera("yard", houses=[101])
    _, token = watch(town, NORMAL)
    town.sandbox.world.set_unpaid(NORMAL, ["cctv"])
    town.sandbox.faults.set("billing", "slow", seconds=2)
    with working(environment | {"BILLING_TIMEOUT": "20"}, tmp_path / "worker.log") as worker:
        wait_for(lambda: town.asked("getsettingslist") > 1, "a question to billing")
        worker.end()
        assert not worker.running
    assert verdict(town, token) == 403 and "doing" not in jobs(town)
