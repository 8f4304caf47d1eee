"""Watching with nothing of ours replaced: from the code to a segment of now and one of the archive,
by a media server that asks our gunicorn about each viewer; and the sandbox's page doing the same.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import Server, outside_of
from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NORMAL, UNPAID

STREAM = "house101/двор"


@pytest.fixture(name="server")
def server_fixture(town: Town, database_cluster: Cluster, tmp_path: Path) -> Iterator[Server]:
    environment = environment_of(database_cluster, DATABASE, tmp_path) | outside_of(town.sandbox)
    server = Server(environment, tmp_path / "server.log")
    try:
        server.ready()
        town.sandbox.accessfl = f"{server.url}accessfl"
        town.camera(STREAM, houses=[101], server=town.sandbox.media_url)
        town.camera("house103/двор", houses=[103], server=town.sandbox.media_url)
        yield server
    finally:
        server.end()
        town.sandbox.accessfl = ""


def signed_in(town: Town, server: Server, phone: str) -> str:
    assert server.post("user/requestCode", body={"userPhone": phone}).status_code == 204
    code = {"userPhone": phone, "smsCode": town.sandbox.code_for(phone, within=20)}
    return str(server.post("user/confirmCode", body=code).json()["data"]["accessToken"])


def lines_of(camera: dict[str, Any], name: str) -> list[str]:
    """The segments of a playlist, as a player finds them."""
    url = f"{camera['url']}/{name}.m3u8"
    got = requests.get(url, {"token": camera["token"]}, timeout=30)
    assert got.status_code == 200, (name, got.status_code)
    return [urljoin(url, line) for line in got.text.splitlines() if line and line[0] != "#"]


def first_bytes(url: str) -> bytes:
    got = requests.get(url, timeout=30)
    assert got.status_code == 200, got.status_code
    return got.content[:8]


def test_from_the_code_to_a_segment_of_now_and_one_of_the_archive(
    town: Town, server: Server
) -> None:
    token = signed_in(town, server, NORMAL)
    (camera,) = server.post("cctv/all", token, {"houseId": 101}).json()["data"]
    assert camera["name"] == STREAM and camera["url"].startswith(town.sandbox.media_url)
    assert first_bytes(lines_of(camera, "index")[0])[0] == 0x47, "MPEG-TS"
    assert first_bytes(lines_of(camera, "index.fmp4")[0])[4:] in (b"styp", b"moof")
    (told,) = server.post("cctv/ranges", token, {"cameraId": camera["id"]}).json()["data"]
    old, new = told["ranges"]
    for span in (old, new):
        segments = lines_of(camera, f"index-{span['from'] + 60}-120")
        assert len(segments) in (60, 61) and first_bytes(segments[0])[0] == 0x47
    asked = {"token": camera["token"]}
    gap = f"{camera['url']}/index-{old['from'] + old['duration'] + 60}-120.m3u8"
    assert requests.get(gap, asked, timeout=30).status_code == 404, "nothing was recorded then"
    other = f"{town.sandbox.media_url}/house103/двор/index.m3u8"
    assert requests.get(other, asked, timeout=30).status_code == 403, "a neighbour's camera"
    allowed = [(one["name"], one["granted"]) for one in town.sandbox.verdicts]
    assert allowed == [(STREAM, True), (STREAM, True), ("house103/двор", False)]
    # A list, our own question for the ranges, and the neighbour's: that is all it asked us.
    page_plays_what_an_app_would(town)


def page_plays_what_an_app_would(town: Town) -> None:
    """The person is signed in once, whatever the page is asked."""
    page = town.sandbox.page_url
    sent = len(town.sandbox.messages)
    for _ in range(2):
        told = requests.post(f"{page}/watch", json={"phone": NEIGHBOUR}, timeout=60).json()
    assert len(town.sandbox.messages) == sent + 1
    names = [one["name"] for one in told["cameras"]]
    assert STREAM in names and "house103/двор" in names
    for camera in told["cameras"]:
        assert lines_of(camera, "index.fmp4")
    refused = requests.post(f"{page}/watch", json={"phone": UNPAID}, timeout=60)
    assert refused.status_code == 422 and "не оплачено" in refused.json()["error"]
    policy = requests.get(page, timeout=10).headers["Content-Security-Policy"]
    assert f"connect-src 'self' {town.sandbox.media_url};" in policy and "blob:" in policy
    script = requests.get(f"{page}/player.js", timeout=10)
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert "://" not in script.text
