"""The media server's archive as players take it: playlists, spans, pictures of a moment."""

import shutil
import subprocess
import time
from datetime import UTC, datetime

import pytest
import requests

from smartyard.sandbox import Sandbox
from smartyard.sandbox.archive import KEPT

from .conftest import Accessfl

TOKEN = "0123456789abcdef0123456789abcdef"


def get(sandbox: Sandbox, file: str, stream: str = "house101/yard") -> requests.Response:
    return requests.get(f"{sandbox.media_url}/{stream}/{file}?token={TOKEN}", timeout=10)


def ago(seconds: float) -> int:
    return int(time.time() - seconds)


@pytest.fixture(autouse=True)
def _asked_once(accessfl: Accessfl) -> None:
    accessfl.headers = {"X-AuthDuration": "60"}


@pytest.mark.parametrize("word", ["index", "archive"])
@pytest.mark.parametrize(("tail", "kind"), [("", "ts"), (".fmp4", "m4s")])
def test_a_span_is_a_playlist_that_ends(sandbox: Sandbox, word: str, tail: str, kind: str) -> None:
    listed = get(sandbox, f"{word}-{ago(3600)}-61{tail}.m3u8")
    assert listed.status_code == 200
    lines = listed.text.splitlines()
    assert lines[0] == "#EXTM3U" and lines[-1] == "#EXT-X-ENDLIST"
    files = [line for line in lines if not line.startswith("#")]
    assert 31 <= len(files) <= 32 and all(f".{kind}?token={TOKEN}" in file for file in files)
    played = requests.get(f"{sandbox.media_url}/house101/yard/{files[0]}", timeout=10)
    assert played.content[0] == 0x47 if kind == "ts" else played.content[4:8] == b"styp"


def test_fragments_begin_with_what_plays_them(sandbox: Sandbox) -> None:
    (line,) = [one for one in get(sandbox, "index.fmp4.m3u8").text.splitlines() if "MAP" in one]
    assert line == f'#EXT-X-MAP:URI="init.mp4?token={TOKEN}"'
    assert get(sandbox, "init.mp4").content[4:8] == b"ftyp"


def test_till_now_is_till_now(sandbox: Sandbox) -> None:
    files = get(sandbox, f"archive-{ago(60)}-now.m3u8").text.count("#EXTINF")
    assert 30 <= files <= 33


def test_where_nothing_is_recorded_there_is_nothing(sandbox: Sandbox) -> None:
    first, second = get(sandbox, "recording_status.json").json()[0]["ranges"]
    assert first["from"] == pytest.approx(time.time() - KEPT, abs=5)
    gap = first["from"] + first["duration"] + 60
    assert gap < second["from"]
    for begin in (gap, ago(KEPT + 60), ago(-60)):
        assert get(sandbox, f"index-{begin}-60.m3u8").status_code == 404
        assert get(sandbox, f"archive-{begin}-60.mp4").status_code == 404
        assert get(sandbox, f"{begin}-preview.mp4").status_code == 404
    for lasts in (0, 86401):
        assert get(sandbox, f"index-{ago(3600)}-{lasts}.m3u8").status_code == 404


def test_a_picture_of_a_moment_is_asked_for_in_utc(sandbox: Sandbox) -> None:
    def of(moment: float) -> int:
        path = f"{datetime.fromtimestamp(moment, UTC):%Y/%m/%d/%H/%M/%S}-preview.mp4"
        return get(sandbox, path).status_code

    assert [of(ago(3600)), of(ago(-7200)), of(ago(KEPT + 3600))] == [200, 404, 404]
    assert get(sandbox, "2026/13/41/25/61/61-preview.mp4").status_code == 404
    assert {stream for _, stream in sandbox.calls("media")} == {"house101/yard"}


def test_who_is_denied_is_denied_the_archive_too(sandbox: Sandbox, accessfl: Accessfl) -> None:
    accessfl.status = 403
    for file in (f"index-{ago(3600)}-60.m3u8", "recording_status.json", "init.mp4", "preview.mp4"):
        assert get(sandbox, file).status_code == 403


@pytest.mark.real
@pytest.mark.parametrize("tail", ["", ".fmp4"])
def test_a_player_plays_the_span(sandbox: Sandbox, tail: str) -> None:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed (Debian package ffmpeg)")
    url = f"{sandbox.media_url}/house101/yard/index-{ago(3600)}-16{tail}.m3u8?token={TOKEN}"
    shown = ["-show_entries", "format=duration:stream=codec_type", "-of", "csv=p=0", url]
    done = subprocess.run(
        ["ffprobe", "-v", "error", *shown], capture_output=True, text=True, timeout=60, check=True
    )
    lines = done.stdout.split()
    assert {"video", "audio"} <= set(lines)
    assert 15 <= float(lines[-1]) <= 19
