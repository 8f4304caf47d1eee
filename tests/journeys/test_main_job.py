"""The main job, with nothing of ours replaced: gunicorn, the worker and the operator's commands as
processes, the outside on real sockets, and a media server that asks us about every viewer.

A resident signs in by SMS, sees the homes and cameras that billing knows, and watches past EXPIRE
for as long as somebody watches; who has no right, or has lost it, does not. Time is real here, so
EXPIRE and AUTH_DURATION are seconds.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import requests
import sqlalchemy as sa

from smartyard.launcher.postgres import Cluster
from smartyard.sandbox import Sandbox, demo_registry
from tests.fixtures.database import DATABASE, ROOT, environment_of
from tests.fixtures.processes import Server, outside_of, serving, wait_for, working
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND

EXPIRE = 20  # seconds
DVR = "house101/yard/north"
PORCH = "5f3c1b8e-6d0a-4a52-9c0e-2f7d1e6b9a01"
LANDING = "landing-12"


class Operator:
    """The installation and its commands."""

    def __init__(self, server: Server, sandbox: Sandbox, environment: dict[str, str]) -> None:
        self.server = server
        self.sandbox = sandbox
        self._environment = environment

    def bring(self, registry: dict[str, Any], folder: Path, *options: str) -> str:
        """`flask registry import`."""
        file = folder / "registry.json"
        file.write_text(json.dumps(registry), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "registry", "import", *options, file],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


class Viewer:
    """An app in a resident's hand, and its player."""

    def __init__(self, operator: Operator, phone: str) -> None:
        self._operator = operator
        server, sandbox = operator.server, operator.sandbox
        assert server.post("user/requestCode", body={"userPhone": phone}).status_code == 204
        code = sandbox.code_for(phone, within=10)
        answer = server.post("user/confirmCode", body={"userPhone": phone, "smsCode": code})
        assert answer.status_code == 200, answer.text
        self._token = answer.json()["data"]["accessToken"]

    def call(self, path: str, body: Any = None) -> requests.Response:
        return self._operator.server.post(path, self._token, body)

    def list(self, path: str, body: Any = None) -> list[dict[str, Any]]:
        answer = self.call(path, body)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    def cameras(self, house: int | None = None) -> dict[str, str]:
        """Where each stream is played, with the token, by the stream's name."""
        body = {} if house is None else {"houseId": house}
        return {
            unquote(urlsplit(camera["url"]).path[1:]): play_url(camera["url"], camera["token"])
            for camera in self.list("cctv/all", body)
        }


def play_url(base: str, token: str) -> str:
    return f"{base}/index.m3u8?token={token}"


def with_name(url: str, name: str) -> str:
    """The same token at another stream."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{name}/index.m3u8?{parts.query}"


def plays(url: str) -> int:
    """The status of a playlist, and where it is given, of its newest segment, which is video."""
    answer = requests.get(url, timeout=10)
    if answer.status_code == 200:
        last = answer.text.strip().splitlines()[-1]
        segment = requests.get(urljoin(url, last), timeout=10)
        assert segment.status_code != 200 or segment.content[0] == 0x47
        return segment.status_code
    return answer.status_code


def ends(url: str) -> None:
    """Viewing ends with the next check; this takes AUTH_DURATION at most."""
    wait_for(lambda: plays(url) == 403, "the viewing to end", 20)


@pytest.fixture(name="operator")
def _operator(
    database_cluster: Cluster, clean_database: sa.Engine, sandbox: Sandbox, tmp_path: Path
) -> Iterator[Operator]:
    """A running installation with the demo world's inventory imported."""
    assert clean_database is not None
    told = outside_of(
        sandbox,
        expire=EXPIRE / 60,
        expire_max=60,
        auth_duration=1,
        billing_ttl=1,
        billing_retry=1,
        refresh_schedule="* * * * * *",
        breaker_open=1,
    )
    environment = environment_of(database_cluster, DATABASE, tmp_path) | told
    with (
        serving(environment, tmp_path / "server.log") as server,
        working(environment, tmp_path / "worker.log"),
    ):
        sandbox.accessfl = f"{server.url}accessfl"
        operator = Operator(server, sandbox, environment)
        operator.bring(demo_registry(sandbox.media_url), tmp_path)
        yield operator
        sandbox.accessfl = ""
        for log in ("server.log", "worker.log"):
            assert "Traceback" not in (tmp_path / log).read_text(encoding="utf-8"), log


def test_a_resident_signs_in_sees_the_homes_and_watches(operator: Operator, tmp_path: Path) -> None:
    resident, neighbour = Viewer(operator, NORMAL), Viewer(operator, NEIGHBOUR)
    homes = resident.list("address/getAddressList")
    assert [(home["houseId"], home["cctv"]) for home in homes] == [("101", 2), ("102", 2)]
    flats = resident.list("address/getSettingsList")
    assert [flat["clientId"] for flat in flats] == ["1001", "1002"]
    first, landing = resident.cameras(101), neighbour.cameras(101)
    assert LANDING in landing and LANDING not in first and DVR in first
    idle = resident.cameras(102)["house102/yard"]

    # Watching goes on past EXPIRE; a token that nobody plays ends.
    began = time.monotonic()
    while time.monotonic() < began + EXPIRE + 3:
        assert plays(first[DVR]) == plays(landing[LANDING]) == 200
        time.sleep(0.5)
    assert plays(idle) == 403, "expired"
    assert "update_session" in {one["request_type"] for one in operator.sandbox.verdicts}

    # A neighbour's camera, and no token at all.
    assert plays(with_name(first[DVR], LANDING)) == 403
    assert plays(first[DVR].partition("?")[0]) == 403

    again = live_without_billing(operator, first, tmp_path)
    assert plays(first[DVR]) == plays(landing[LANDING]) == 200
    lose_the_right(operator, again, first, tmp_path)
    assert plays(landing[LANDING]) == 200
    assert neighbour.call("user/deleteAccount").status_code == 204
    ends(landing[LANDING])
    assert neighbour.call("address/getAddressList").status_code == 401


def live_without_billing(operator: Operator, first: dict[str, str], folder: Path) -> Viewer:
    """The same while billing is dead: signing in, homes, cameras, watching; and what is withdrawn
    then ends too. Gives who signed in."""
    leaving = Viewer(operator, SECOND)
    left = leaving.cameras(101)
    operator.sandbox.faults.set("billing", "down")
    again = Viewer(operator, NORMAL)
    assert [home["houseId"] for home in again.list("address/getAddressList")] == ["101", "102"]
    late = again.cameras()
    assert set(late) == {*first, "house102/yard", "house102/entrance"}
    assert {plays(url) for url in [*late.values(), *left.values()]} == {200}
    assert plays(with_name(late[DVR], LANDING)) == 403

    assert leaving.call("user/deleteAccount").status_code == 204
    for url in left.values():
        ends(url)
    take_away(operator, PORCH, folder)
    ends(late[PORCH])
    there = again.cameras(101)
    assert PORCH not in there and plays(there[DVR]) == 200
    operator.sandbox.faults.set("billing", "ok")
    return again


def lose_the_right(
    operator: Operator, resident: Viewer, first: dict[str, str], folder: Path
) -> None:
    """Withdrawn with the token unexpired: by billing's answer, which the worker asks for, and by
    the operator's import, which takes the camera away from the house."""
    yard = resident.cameras(102)["house102/yard"]
    assert plays(yard) == 200
    operator.sandbox.world.set_unpaid(NORMAL, ["cctv"], 1002)
    ends(yard)
    assert resident.call("cctv/all", {"houseId": 102}).status_code == 402
    assert plays(first[DVR]) == 200, "the other contract is paid"
    take_away(operator, DVR, folder)
    ends(first[DVR])
    assert DVR not in resident.cameras(101)


def take_away(operator: Operator, stream: str, folder: Path) -> None:
    """Import the demo world's inventory without this camera."""
    registry = demo_registry(operator.sandbox.media_url)
    registry["cameras"] = [one for one in registry["cameras"] if one["stream"] != stream]
    for panel in registry["panels"]:
        if panel.get("camera") == stream:
            del panel["camera"]
    operator.bring(registry, folder, "--replace")


@pytest.mark.real
def test_a_real_player_plays_the_stream(operator: Operator) -> None:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed (Debian package ffmpeg)")
    url, *_ = Viewer(operator, SECOND).cameras().values()
    shown = ["-show_entries", "stream=codec_type", "-of", "csv=p=0"]
    probe = ["ffprobe", "-v", "error", "-analyzeduration", "1000000", *shown]
    done = subprocess.run([*probe, url], capture_output=True, text=True, timeout=60, check=True)
    assert set(done.stdout.split()) == {"video", "audio"}
    stranger = url.partition("?")[0] + "?token=" + "0" * 32
    refused = subprocess.run(
        [*probe, stranger], capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode != 0 and "403" in refused.stderr
