"""The media server: what it serves, how it asks `accessfl`, and what it remembers."""

import json
import shutil
import subprocess

import pytest
import requests

from smartyard.sandbox import Sandbox
from smartyard.sandbox.hls import playlist

from .conftest import Accessfl

CAMERA = "5f3c1b8e-6d0a-4a52-9c0e-2f7d1e6b9a01"
TOKEN = "0123456789abcdef0123456789abcdef"


def watch(sandbox: Sandbox, name: str = CAMERA, token: str = TOKEN, file: str = "index.m3u8"):
    return requests.get(f"{sandbox.media_url}/{name}/{file}?token={token}", timeout=10)


def test_serves_a_playlist_its_segments_and_a_picture(sandbox: Sandbox, accessfl: Accessfl) -> None:
    accessfl.headers = {"X-AuthDuration": "60"}
    listed = watch(sandbox)
    assert listed.status_code == 200 and listed.text.startswith("#EXTM3U")
    segments = [line for line in listed.text.splitlines() if not line.startswith("#")]
    assert len(segments) == 4
    for segment in segments:  # each carries the token
        got = requests.get(f"{sandbox.media_url}/{CAMERA}/{segment}", timeout=10)
        assert got.status_code == 200 and got.content[0] == 0x47 and len(got.content) % 188 == 0
    assert watch(sandbox, file="preview.mp4").content[4:8] == b"ftyp"
    assert len(accessfl.asked) == 1


@pytest.mark.parametrize("name", [CAMERA, "house101/yard/north", "дом105-двор", "a b&c=d"])
def test_asks_as_flussonic_does(sandbox: Sandbox, accessfl: Accessfl, name: str) -> None:
    watch(sandbox, requests.utils.quote(name))
    (asked,) = accessfl.asked
    assert (asked["name"], asked["token"], asked["ip"]) == (name, TOKEN, "127.0.0.1")
    assert (asked["request_type"], asked["request_number"]) == ("new_session", "0")
    assert (asked["proto"], asked["qs"]) == ("hls", f"token={TOKEN}")


def test_other_files_are_404(sandbox: Sandbox, accessfl: Accessfl) -> None:
    for file in ("index.m3u8.bak", "recording_status", "seg.ts", "x-preview.mp4"):
        assert watch(sandbox, file=file).status_code == 404
    assert not accessfl.asked


@pytest.mark.parametrize("status", [200, 403])
def test_a_verdict_is_kept_for_its_duration(
    sandbox: Sandbox, accessfl: Accessfl, status: int
) -> None:
    accessfl.status, accessfl.headers = status, {"X-AuthDuration": "60"}
    assert watch(sandbox).status_code == status
    accessfl.status = 403 if status == 200 else 200
    assert watch(sandbox).status_code == status
    assert len(accessfl.asked) == 1


def test_without_a_duration_a_verdict_is_kept_too(sandbox: Sandbox, accessfl: Accessfl) -> None:
    assert [watch(sandbox).status_code for _ in range(2)] == [200, 200]
    assert len(accessfl.asked) == 1


def test_a_live_session_is_asked_about_again(sandbox: Sandbox, accessfl: Accessfl) -> None:
    accessfl.headers = {"X-AuthDuration": "0", "X-UserId": "42"}
    assert [watch(sandbox).status_code for _ in range(3)] == [200, 200, 200]
    assert [one["request_type"] for one in accessfl.asked] == [
        "new_session",
        "update_session",
        "update_session",
    ]
    assert [one["request_number"] for one in accessfl.asked] == ["0", "1", "2"]
    assert len({one["session_id"] for one in accessfl.asked}) == 1
    assert int(accessfl.asked[1]["bytes"]) > 0
    accessfl.status = 403
    assert watch(sandbox).status_code == 403


def test_after_a_denial_a_session_is_new(sandbox: Sandbox, accessfl: Accessfl) -> None:
    accessfl.status, accessfl.headers = 403, {"X-AuthDuration": "0"}
    assert watch(sandbox).status_code == 403
    accessfl.status = 200
    assert watch(sandbox).status_code == 200
    assert {one["request_type"] for one in accessfl.asked} == {"new_session"}


def test_a_fault_of_the_server_leaves_a_known_verdict(sandbox: Sandbox, accessfl: Accessfl) -> None:
    accessfl.headers = {"X-AuthDuration": "0"}
    assert watch(sandbox).status_code == 200
    accessfl.status = 403
    assert watch(sandbox, token="denied").status_code == 403
    accessfl.status = 503
    assert watch(sandbox).status_code == 200
    assert watch(sandbox, token="denied").status_code == 403
    assert sandbox.verdicts[-2]["status"] == 503 and sandbox.verdicts[-2]["granted"]


def test_a_fault_denies_a_new_session_and_is_not_remembered(
    sandbox: Sandbox, accessfl: Accessfl
) -> None:
    accessfl.status, accessfl.headers = 500, {"X-AuthDuration": "60"}
    assert watch(sandbox).status_code == 403
    accessfl.status = 200
    assert watch(sandbox).status_code == 200


def test_silence_and_no_connection_are_faults(sandbox: Sandbox, accessfl: Accessfl) -> None:
    accessfl.headers = {"X-AuthDuration": "0"}
    assert watch(sandbox).status_code == 200
    accessfl.delay = 4
    assert watch(sandbox).status_code == 200
    accessfl.delay = 0
    sandbox.accessfl = "http://127.0.0.1:1/api/accessfl"
    assert watch(sandbox).status_code == 200
    assert watch(sandbox, token="new").status_code == 403
    assert [one["status"] for one in sandbox.verdicts] == [200, "timeout"] + ["unreachable"] * 2


def test_a_redirect_lets_everybody_in(sandbox: Sandbox, accessfl: Accessfl) -> None:
    accessfl.status = 302
    assert watch(sandbox).status_code == 200


def test_sessions_differ_by_stream_and_token(sandbox: Sandbox, accessfl: Accessfl) -> None:
    watch(sandbox)
    watch(sandbox, name="other")
    watch(sandbox, token="other")
    assert len({one["session_id"] for one in accessfl.asked}) == 3


def test_a_viewer_without_a_token_gets_one_and_is_asked_about(
    sandbox: Sandbox, accessfl: Accessfl
) -> None:
    listed = requests.get(f"{sandbox.media_url}/{CAMERA}/index.m3u8", timeout=10)
    made_up = accessfl.asked[0]["token"]
    assert len(made_up) == 32 and f"?token={made_up}" in listed.text


def test_records_verdicts_without_the_token(sandbox: Sandbox, accessfl: Accessfl) -> None:
    accessfl.headers = {"X-AuthDuration": "120", "X-UserId": "7"}
    watch(sandbox)
    (verdict,) = sandbox.verdicts
    assert verdict["token"] == "0123…" and verdict["granted"]
    assert (verdict["X-AuthDuration"], verdict["X-UserId"]) == ("120", "7")


def test_a_stream_moves_on_and_marks_where_the_clip_begins_anew() -> None:
    early, late = playlist(1000.0, "T"), playlist(1002.0, "T")
    assert "#EXT-X-MEDIA-SEQUENCE:496\n" in early and "#EXT-X-MEDIA-SEQUENCE:497\n" in late
    assert "#EXT-X-DISCONTINUITY\n#EXTINF:2.000,\nseg500.ts?token=T\n" in late
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:123\n" in early
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:124\n" in late  # segment 496 took one along


def test_a_token_cannot_break_out_of_the_playlist() -> None:
    assert "a%0A%23EXT%26b" in playlist(1000.0, "a\n#EXT&b")


@pytest.mark.real
def test_ffprobe_plays_it(sandbox: Sandbox, accessfl: Accessfl) -> None:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed (Debian package ffmpeg)")
    accessfl.headers = {"X-AuthDuration": "60"}
    url = f"{sandbox.media_url}/house101/yard/north/index.m3u8?token={TOKEN}"
    shown = ["-show_entries", "stream=codec_name,width", "-of", "json"]
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-analyzeduration", "1000000", *shown, url],
        capture_output=True,
        timeout=60,
        check=True,
    )
    streams = json.loads(done.stdout)["streams"]
    assert {one["codec_name"] for one in streams} == {"h264", "aac"}
    assert [one["width"] for one in streams if "width" in one] == [320]
