"""One pulse over several server processes, and after one of them was killed before the outcome."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import Server, outside_of, serving, wait_for
from tests.fixtures.town import together
from tests.fixtures.world import NORMAL
from tests.fixtures.yard import BEWARD, RELAY, Yard

PANEL_TIMEOUT = 6  # seconds: well above what a busy machine takes


@pytest.fixture(name="server")
def _server(database_cluster: Cluster, yard: Yard, tmp_path: Path) -> Iterator[Server]:
    """Two processes over the yard's database."""
    environment = environment_of(database_cluster, DATABASE, tmp_path)
    told = outside_of(yard.town.sandbox, panel_timeout=PANEL_TIMEOUT, panel_connect_timeout=5)
    with serving(environment | told, tmp_path / "server.log") as server:
        yield server


def press(server: Server, token: str, panel: int) -> int:
    """The status; 0 where no answer came, which makes iOS ask again."""
    try:
        body = {"domophoneId": panel, "doorId": 0}
        return server.post("address/openDoor", token, body).status_code
    except requests.ConnectionError:
        return 0


def test_what_comes_to_two_processes_at_once_is_one_pulse(server: Server, yard: Yard) -> None:
    token = yard.at_home(NORMAL).token
    yard.break_panel(BEWARD, "slow", seconds=0.5)
    assert together(8, lambda _: press(server, token, BEWARD)) == [204] * 8
    assert yard.pulses(BEWARD) == 1 == len(yard.events())
    assert len(server.children()) == 2


def kill_while_the_panel(does: str, server: Server, yard: Yard, token: str, panel: int) -> None:
    """It hangs, before any pulse, or it stalls after its pulse; then both processes are killed, and
    others are made."""
    yard.break_panel(panel, does, times=1)
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(press, server, token, panel)
        if does == "stall":
            wait_for(lambda: yard.pulses(panel) == 1, "the pulse")
        else:
            wait_for(lambda: yard.town.rows("SELECT FROM door_openings"), "the intent")
        before = server.children()
        for child in before:
            os.kill(child, signal.SIGKILL)
        assert asked.result(timeout=60) == 0
    if does == "stall":  # a request that hangs in the sandbox would be heard after all
        yard.town.sandbox.faults.clear()
    wait_for(lambda: set(server.children()) - set(before), "new processes")


@pytest.mark.parametrize(
    ("panel", "does", "status", "pulses", "opened"),
    [
        (BEWARD, "hang", 204, 1, [None, True]),
        (BEWARD, "stall", 204, 2, [None, True]),
        (RELAY, "stall", 503, 1, []),
    ],
    ids=["an entrance opens once", "an entrance opens again", "a gate is left as it is"],
)
def test_who_is_killed_leaves_an_intent_and_no_late_pulse(  # pylint: disable=too-many-arguments
    server: Server,
    yard: Yard,
    panel: int,
    does: str,
    *,
    status: int,
    pulses: int,
    opened: list[bool | None],
) -> None:
    token = yard.at_home(NORMAL).token
    kill_while_the_panel(does, server, yard, token, panel)
    assert yard.town.rows("SELECT state FROM door_openings") == [("asked",)]
    assert press(server, token, panel) == status  # it waits until the first must be dead
    assert yard.pulses(panel) == pulses
    assert [event[3] for event in yard.events()] == opened
