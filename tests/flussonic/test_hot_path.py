"""What keeps `accessfl` quick: its statement finds everything by an index, and nobody who waits for
an outside takes the threads or the connections that it needs."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
import requests
from werkzeug.test import Client

from smartyard.db import db
from smartyard.flussonic.viewers import PREPARE
from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import Server, outside_of, serving, wait_for
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL
from tests.flussonic.conftest import PATH, Watch, route_of

CROWD = [f"7900100{number}" for number in range(1001, 1009)]
CALLERS = 64


def test_the_statement_finds_everything_by_an_index(town: Town) -> None:
    settings = town.settings
    connection = psycopg2.connect(
        host=settings.pg_host, port=settings.pg_port, user=settings.pg_user, dbname=DATABASE
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")  # what an index can find is not read whole then
        cursor.execute(PREPARE)
        cursor.execute("EXPLAIN EXECUTE viewer ('x', 'cam1', '2026-01-01')")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    connection.close()
    for table in ("video_tokens", "cameras", "flat_members", "camera_links"):
        assert table in plan, plan
    assert "Seq Scan" not in plan, plan


def test_viewers_need_none_of_the_others_connections(town: Town, watch: Watch) -> None:
    app = town.open(db_pool=1, db_pool_wait=0.1)
    town.camera("yard", houses=[101])
    resident = town.sign_in(NORMAL)
    token = watch(resident)
    with app.app_context(), db.engine.connect():
        assert resident.post("address/getAddressList").status_code == 503
        question = {"name": "yard", "token": token}
        assert Client(app.wsgi_app).get(PATH, query_string=question).status_code == 200
        assert Client(route_of(app)).get(PATH, query_string=question).status_code == 200


def sign_in(server: Server, town: Town, phone: str) -> str:
    assert server.post("user/requestCode", body={"userPhone": phone}).status_code == 204
    code = town.sandbox.code_for(phone, within=10)
    told = server.post("user/confirmCode", body={"userPhone": phone, "smsCode": code})
    return str(told.json()["data"]["accessToken"])


@pytest.mark.parametrize("crowd", [CROWD, CROWD[:1]], ids=["eight people", "one person"])
def test_a_crowd_that_waits_for_billing_leaves_room_for_viewers(
    town: Town, database_cluster: Cluster, tmp_path: Path, crowd: list[str]
) -> None:
    """With the threads that an operator has who sets none."""
    town.camera("yard", houses=[101])
    told = outside_of(town.sandbox, workers=1, billing_timeout=25)
    del told["THREADS"]
    environment = environment_of(database_cluster, DATABASE, tmp_path) | told
    with serving(environment, tmp_path / "server.log") as server:
        watching = server.post("cctv/all", sign_in(server, town, NORMAL), {"houseId": 101})
        question = {"name": "yard", "token": watching.json()["data"][0]["token"]}
        tokens = [sign_in(server, town, phone) for phone in crowd]
        before = town.asked("getsettingslist")
        town.sandbox.faults.set("billing", "hang")
        with ThreadPoolExecutor(CALLERS) as threads:
            held = [
                threads.submit(server.post, "address/getAddressList", tokens[n % len(tokens)])
                for n in range(CALLERS)
            ]
            wait_for(lambda: town.asked("getsettingslist") > before, "a question to billing")
            for _ in range(30):
                answer = requests.get(f"{server.url}accessfl", params=question, timeout=15)
                assert answer.status_code == 200
            assert sum(not one.done() for one in held) >= 2, "the crowd did not wait"
            town.sandbox.faults.set("billing", "ok")
            assert {one.result().status_code for one in held} <= {200, 204, 503}
