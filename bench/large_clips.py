"""A clip of 2 GB from the media server to a phone, and what worker and server need for it."""

import http.client
import time
from pathlib import Path
from urllib.parse import urlsplit

from bench import clips, world
from bench.ground import BenchFailed, Ground
from bench.telling import progress, show
from smartyard.sandbox import Sandbox
from smartyard.secret import Keys

SMALL, LARGE = 20_000_000, 2_000_000_000  # bytes
MOST = 32  # MiB that a process may grow by while 2 GB pass
_BLOCK = 1024 * 1024


def measure(ground: Ground) -> None:
    """A small clip first, so that what both need is not counted; then the large one."""
    connection = ground.connect()
    key = ground.env["SECRET_KEY"].encode()
    world.load(connection, Keys(key), world.Size(people=50, houses=10, tokens=50, sample=10))
    connection.autocommit = False
    bearer = world.add_caller(connection, 79990000001, 1)
    connection.close()
    with Sandbox({}) as sandbox:
        clips.settle(ground, sandbox.media_url)
        ours = ground.serve("server", "app:gunicorn_app", WORKERS="1", **clips.MANY)
        sandbox.accessfl = f"http://{ours[0]}:{ours[1]}/api/accessfl"
        worker = ground.work(**clips.MANY)
        pids = {"fetched": worker, "sent": children(ground.pid("server"))[0]}
        before, seconds = {}, {}
        for number, size in enumerate((SMALL, LARGE)):
            before = {name: peak(pid) for name, pid in pids.items()}
            sandbox.archive.padding = size
            progress(f"a clip of {size / 1e6:.0f} MB")
            seconds = passed(ground, ours, bearer, number, size)
        for name, pid in pids.items():
            tell(name, peak(pid) - before[name], seconds[name])


def tell(name: str, grown: float, seconds: float) -> None:
    """Of the large one. Raises BenchFailed where memory was not flat."""
    show(f"clip_2gb_{name}_growth", grown, "MiB")
    show(f"clip_2gb_{name}", LARGE / 1e6 / seconds, "MB/s")
    if grown > MOST:
        raise BenchFailed(f"a process grew by {grown:.0f} MiB while 2 GB were {name}")


def passed(
    ground: Ground, ours: clips.Address, bearer: str, number: int, size: int
) -> dict[str, float]:
    """Have a clip fetched, and fetch it from us; the seconds that each took."""
    began = time.monotonic()
    clip = {"id": clips.prepare(ours, bearer, number)}
    url = clips.wait_for(
        ground, lambda: clips.post(ours, "cctv/recDownload", bearer, clip), "the clip", 600
    )
    fetched = time.monotonic()
    connection = http.client.HTTPConnection(*ours, timeout=60)
    connection.request("GET", urlsplit(url).path)
    answer = connection.getresponse()
    length = 0
    while block := answer.read(_BLOCK):
        length += len(block)
    connection.close()
    if answer.status != 200 or length < size:
        raise BenchFailed(f"{length} bytes came with {answer.status}")
    return {"fetched": fetched - began, "sent": time.monotonic() - fetched}


def children(pid: int) -> list[int]:
    """Of gunicorn's master: its workers."""
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(number) for number in told.split()]


def peak(pid: int) -> float:
    """The most memory that a process ever held, MiB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    (held,) = [line for line in lines if line.startswith("VmHWM:")]
    return int(held.split()[1]) / 1024
