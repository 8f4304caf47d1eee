"""An evening's clip with nothing of ours replaced: gunicorn and the worker as processes, a media
server that asks our accessfl, and the file played by ffprobe.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import Server, free_port, outside_of, wait_for, working
from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NORMAL

STREAM = "house101/двор"


class Evening:
    """One installation on a port that its own links name, and the people of the demo world."""

    def __init__(self, town: Town, environment: dict[str, str], folder: Path) -> None:
        port = free_port()
        self.town = town
        self.environment = environment | outside_of(
            town.sandbox,
            server_url=f"http://127.0.0.1:{port}",
            min_free_gb=0.001,
        )
        self.server = Server(self.environment, folder / "server.log", port)
        self.camera = town.camera(STREAM, houses=[101], server=town.sandbox.media_url)
        town.sandbox.accessfl = f"{self.server.url}accessfl"
        self._tokens: dict[str, str] = {}

    def ask(self, phone: str, path: str, body: Any = None) -> requests.Response:
        if phone not in self._tokens:
            assert self.server.post("user/requestCode", body={"userPhone": phone}).ok
            code = {"userPhone": phone, "smsCode": self.town.sandbox.code_for(phone, within=20)}
            told = self.server.post("user/confirmCode", body=code)
            self._tokens[phone] = told.json()["data"]["accessToken"]
        return self.server.post(path, self._tokens[phone], body)

    def prepare(self, seconds: int) -> int:
        """NORMAL asks for so much of an hour ago."""
        zone = self.town.settings.timezone
        begin = (self.town.clock.now - timedelta(hours=1)).astimezone(zone)
        times = (begin, begin + timedelta(seconds=seconds))
        span = dict(zip(("from", "to"), (f"{at:%Y-%m-%d %H:%M:%S}" for at in times), strict=True))
        told = self.ask(NORMAL, "cctv/recPrepare", {"id": self.camera, **span})
        assert told.status_code == 200, told.text
        return int(told.json()["data"])

    def url(self, clip: int) -> str | None:
        told = self.ask(NORMAL, "cctv/recDownload", {"id": clip})
        assert told.status_code in (200, 204), told.text
        return None if told.status_code == 204 else str(told.json()["data"])


@pytest.fixture(name="evening")
def evening_fixture(town: Town, database_cluster: Cluster, tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(town, environment_of(database_cluster, DATABASE, tmp_path), tmp_path)
    try:
        evening.server.ready()
        yield evening
    finally:
        evening.server.end()
        town.sandbox.accessfl = ""


def length_of(source: str) -> float:
    """Seconds, as a player finds them."""
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed (Debian package ffmpeg)")
    shown = ["-show_entries", "format=duration:stream=codec_name", "-of", "json", source]
    done = subprocess.run(
        ["ffprobe", "-v", "error", *shown], capture_output=True, timeout=60, check=True
    )
    found = json.loads(done.stdout)
    assert {one["codec_name"] for one in found["streams"]} == {"h264", "aac"}
    return float(found["format"]["duration"])


@pytest.mark.real
def test_an_evening_from_the_request_to_the_played_file(evening: Evening, tmp_path: Path) -> None:
    clip = evening.prepare(90)
    assert evening.url(clip) is None and evening.prepare(90) == clip
    with working(evening.environment, tmp_path / "worker.log") as worker:
        url = wait_for(lambda: evening.url(clip), "the clip")
        assert "Traceback" not in worker.said, worker.said
    assert url.startswith(evening.environment["SERVER_URL"] + "/api/clips/")
    page = evening.ask(NORMAL, "inbox/inbox").json()["data"]["code"]
    assert f'href="{url}"' in page and "Видео готово" in page
    assert abs(length_of(url) - 90) < 1, "played from our server, by ranges"
    part = requests.get(url, headers={"Range": "bytes=0-99"}, timeout=30)
    assert (part.status_code, len(part.content)) == (206, 100)

    refused = evening.ask(NEIGHBOUR, "cctv/recDownload", {"id": clip})
    assert refused.status_code == 403 and "data" not in refused.json()
    name = url.rpartition("/")[2]
    guessed = url.replace(name, f"{int(name[:32], 16) + 1:032x}.mp4")
    assert requests.get(guessed, timeout=30).status_code == 404
    said = worker.said + evening.server.said
    assert "token=" not in said and NORMAL not in said, "no token and no number in a log"
