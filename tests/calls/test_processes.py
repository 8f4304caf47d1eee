"""A real server with few threads, and more viewers of a dead panel than it has."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path

import pytest
import requests

from smartyard.launcher.postgres import Cluster
from tests.calls.conftest import Pbx
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import Server, outside_of, serving
from tests.fixtures.world import NORMAL
from tests.fixtures.yard import BEWARD


@pytest.fixture(name="server")
def _server(database_cluster: Cluster, pbx: Pbx, tmp_path: Path) -> Iterator[Server]:
    """One process of eight threads over the yard's database."""
    environment = environment_of(database_cluster, DATABASE, tmp_path)
    told = outside_of(
        pbx.yard.town.sandbox,
        panel_timeout=60,
        panel_connect_timeout=5,
        workers=1,
        threads=8,
        frame_waiters=4,
    )
    with serving(environment | told, tmp_path / "server.log") as server:
        yield server


def test_viewers_of_a_dead_panel_leave_threads_for_everybody_else(server: Server, pbx: Pbx) -> None:
    pbx.phone(NORMAL, "first")
    hash_ = pbx.told()["logins"][0]["password"]
    pbx.yard.break_panel(BEWARD, "hang", method="picture")

    def look(_: int) -> int:
        return requests.get(f"{server.url}call/live/{hash_}", timeout=120).status_code

    with ThreadPoolExecutor(30) as threads:
        viewers = [threads.submit(look, number) for number in range(30)]
        try:
            # Eight of them would hold all threads for a minute.
            told = [one.result() for one in islice(as_completed(viewers, timeout=30), 26)]
            asked = requests.post(f"{server.url}user/phonePattern", timeout=30)
            assert told == [404] * 26 and asked.status_code == 200
        finally:
            pbx.yard.town.sandbox.faults.clear()
        assert sorted(one.result() for one in viewers) == [200] * 4 + [404] * 26
    assert hash_ not in server.said
