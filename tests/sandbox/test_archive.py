"""The media server's archive: a span as one mp4, and what may go wrong in the middle of it."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import requests

from smartyard.sandbox import Sandbox
from smartyard.sandbox.archive import KEPT

from .conftest import Accessfl

TOKEN = "0123456789abcdef0123456789abcdef"


def fetch(sandbox: Sandbox, seconds: int = 8, ago: float = 3600) -> requests.Response:
    url = f"{sandbox.media_url}/house101/yard/archive-{int(time.time() - ago)}-{seconds}.mp4"
    return requests.get(url, params={"token": TOKEN}, timeout=20)


def boxes(data: bytes) -> list[str]:
    """The names of an mp4's outer boxes; they must end where the file does."""
    names, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        names.append(data[at + 4 : at + 8].decode("ascii"))
        assert size >= 8
        at += size
    assert at == len(data)
    return names


def test_a_span_is_a_whole_mp4_and_accessfl_is_asked(sandbox: Sandbox, accessfl: Accessfl) -> None:
    got = fetch(sandbox)
    assert (got.status_code, got.headers["Content-Type"]) == (200, "video/mp4")
    assert boxes(got.content)[0] == "ftyp" and {"moov", "mdat"} <= set(boxes(got.content))
    (asked,) = accessfl.asked
    assert (asked["name"], asked["proto"], asked["token"]) == ("house101/yard", "mp4", TOKEN)
    assert sandbox.calls("media")[-1] == ("clip", "house101/yard")
    accessfl.status = 403
    other = f"{sandbox.media_url}/gate/archive-{int(time.time()) - 60}-8.mp4?token={TOKEN}"
    assert requests.get(other, timeout=10).status_code == 403


@pytest.mark.real
def test_a_span_is_as_long_as_was_asked(
    sandbox: Sandbox, accessfl: Accessfl, tmp_path: Path
) -> None:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed (Debian package ffmpeg)")
    assert accessfl.status == 200
    for seconds in (3, 60):
        file = tmp_path / f"{seconds}.mp4"
        file.write_bytes(fetch(sandbox, seconds).content)
        shown = ["-show_entries", "format=duration", "-of", "json", str(file)]
        done = subprocess.run(
            ["ffprobe", "-v", "error", *shown], capture_output=True, timeout=60, check=True
        )
        assert abs(float(json.loads(done.stdout)["format"]["duration"]) - seconds) < 1


def test_what_is_not_kept_is_404(sandbox: Sandbox, accessfl: Accessfl) -> None:
    assert accessfl.status == 200
    assert [fetch(sandbox, 8, ago).status_code for ago in (-60, KEPT + 60, KEPT - 60)] == [
        404,
        404,
        200,
    ]
    assert fetch(sandbox, 0).status_code == 404
    sandbox.faults.set("media", "missing", method="clip", times=1)
    assert [fetch(sandbox).status_code for _ in range(2)] == [404, 200]


def test_padding_makes_a_valid_file_of_any_size(sandbox: Sandbox, accessfl: Accessfl) -> None:
    assert accessfl.status == 200
    whole = fetch(sandbox).content
    sandbox.archive.padding = 3_000_000
    padded = fetch(sandbox).content
    assert len(padded) == len(whole) + 3_000_000
    assert padded.startswith(whole) and boxes(padded) == [*boxes(whole), "free"]
    sandbox.reset()
    assert fetch(sandbox).content == whole


def test_it_ends_or_stands_still_in_the_middle(sandbox: Sandbox, accessfl: Accessfl) -> None:
    assert accessfl.status == 200
    sandbox.faults.set("media", "cut", times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        fetch(sandbox)
    sandbox.faults.set("media", "freeze")
    url = f"{sandbox.media_url}/gate/archive-{int(time.time()) - 60}-8.mp4?token={TOKEN}"
    with requests.get(url, timeout=0.5, stream=True) as got:
        length = int(got.headers["Content-Length"])
        assert len(got.raw.read(length // 2)) == length // 2
        with pytest.raises(Exception, match="(?i)timed out"):
            got.raw.read(1)
    sandbox.faults.set("media", "ok")
    assert fetch(sandbox).status_code == 200
