"""One pulse for one face over several server processes, and after they were killed."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smartyard.frs.addresses import Addresses, stream_of
from smartyard.launcher.postgres import Cluster
from smartyard.secret import Keys
from tests.fixtures.database import DATABASE, SECRET_KEY, environment_of
from tests.fixtures.processes import Server, outside_of, serving, wait_for
from tests.fixtures.town import together
from tests.fixtures.world import NORMAL
from tests.fixtures.yard import BEWARD, FLAT, Yard

FACE = 5
STREAM = stream_of(BEWARD)
_LINK = """
    WITH face AS (INSERT INTO faces VALUES (:face, '', :now) RETURNING id)
    INSERT INTO face_links (phone, event_id, flat_id, face_id, asked_at)
    SELECT :phone, gen_random_uuid(), :flat, id, :now FROM face
    """


@pytest.fixture(name="server")
def server_fixture(database_cluster: Cluster, yard: Yard, tmp_path: Path) -> Iterator[Server]:
    """Two processes, and a FALPRS that calls them back about the entrance."""
    told = {"face": FACE, "phone": NORMAL, "flat": FLAT, "now": yard.town.clock.now}
    yard.town.change(_LINK, **told)
    sandbox = yard.town.sandbox
    environment = environment_of(database_cluster, DATABASE, tmp_path) | outside_of(
        sandbox, panel_timeout=6, panel_connect_timeout=5, frs_url=sandbox.frs_url
    )
    with serving(environment, tmp_path / "server.log") as server:
        addresses = Addresses(Keys(SECRET_KEY.encode()), server.url.removesuffix("/api/"))
        sandbox.frs.streams[STREAM] = {"callback": addresses.callback(BEWARD), "faces": {FACE}}
        yield server


def attempts(yard: Yard) -> list[tuple[str, bool]]:
    return yard.town.rows("SELECT state, finished_at IS NULL FROM face_openings")


def test_what_is_told_to_two_processes_at_once_is_one_pulse(server: Server, yard: Yard) -> None:
    yard.break_panel(BEWARD, "slow", seconds=0.5)
    frs = yard.town.sandbox.frs
    same = together(4, lambda _: frs.recognise(STREAM, FACE, event=1))
    others = together(4, lambda number: frs.recognise(STREAM, FACE, event=2 + number))
    assert same + others == [204] * 8
    assert yard.pulses(BEWARD) == 1 == len(yard.events())
    assert len(server.children()) == 2


def test_who_is_killed_between_intent_and_pulse_leaves_no_late_pulse(
    server: Server, yard: Yard
) -> None:
    frs = yard.town.sandbox.frs
    yard.break_panel(BEWARD, "hang", times=1)
    with ThreadPoolExecutor(1) as threads:
        told = threads.submit(frs.recognise, STREAM, FACE, 1)
        wait_for(lambda: attempts(yard) == [("asked", True)], "the intent")
        before = server.children()
        for child in before:
            os.kill(child, signal.SIGKILL)
        assert told.result(timeout=60) == 0
    yard.town.sandbox.faults.clear(abandon=True)
    wait_for(lambda: set(server.children()) - set(before), "new processes")
    assert [frs.recognise(STREAM, FACE, event=number) for number in (1, 2)] == [204, 204]
    assert yard.pulses(BEWARD) == 0 == len(yard.events())  # the first may still be at it
    yard.town.change("UPDATE face_openings SET asked_at = asked_at - interval '1 minute'")
    assert frs.recognise(STREAM, FACE, event=1) == 204
    assert yard.pulses(BEWARD) == 0  # what was told before begins nothing
    assert frs.recognise(STREAM, FACE, event=3) == 204
    assert yard.pulses(BEWARD) == 1
    assert [event[3] for event in yard.events()] == [None, True]
