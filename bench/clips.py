"""Clips that the worker fetches from the sandbox's media server, for the measurements."""

import http.client
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bench.ground import BenchFailed, Ground
from smartyard.sandbox import Sandbox

COUNT = 10
PACE = 3_000_000  # bytes a second of each: ten are 240 Mbit/s
LONGEST = 60  # seconds of one, at that pace
MANY = {
    "SERVER_URL": "http://bench.example",
    "CLIPS_WAITING": "100",
    "CLIPS_PER_DAY": "1000",
    "MIN_FREE_GB": "1",
}
Address = tuple[str, int]


def post(address: Address, path: str, bearer: str, body: dict[str, Any]) -> Any:
    """`data` of an answer that is 200, None of a 204."""
    connection = http.client.HTTPConnection(*address, timeout=30)
    try:
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
        connection.request("POST", f"/api/{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        told = answer.read()
    finally:
        connection.close()
    if answer.status not in (200, 204):
        raise BenchFailed(f"{path} answered {answer.status}: {told.decode()[:200]}")
    return json.loads(told)["data"] if told else None


def settle(ground: Ground, media_url: str) -> None:
    """Cameras are the sandbox's, and billing, which has said everything, is not asked."""
    with ground.connect() as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE media_servers SET url = %s", (media_url,))
        cursor.execute(
            "UPDATE billing_copies SET fetched_at = now() WHERE subject LIKE 'homes:79990%'"
        )
    connection.close()


def prepare(address: Address, bearer: str, number: int = 0) -> int:
    """Ask for ten seconds of the first camera that the bearer sees, an hour ago; `number` makes
    another clip. Returns its number."""
    camera = post(address, "cctv/all", bearer, {})[0]["id"]
    begin = datetime.now(UTC).astimezone(ZoneInfo("Europe/Moscow")) - timedelta(hours=1)
    begin += timedelta(minutes=number)
    times = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (begin, begin + timedelta(seconds=10)))
    wanted = {"id": camera} | dict(zip(("from", "to"), times, strict=True))
    return int(post(address, "cctv/recPrepare", bearer, wanted))


def wait_for(ground: Ground, condition: Callable[[], Any], what: str, patience: float = 60) -> Any:
    deadline = time.monotonic() + patience
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise BenchFailed(f"waited {patience:.0f} s for {what}")
        ground.pause()
    return found


class Ten:
    """Downloads that stand still, the worker being stopped, except while they are measured."""

    def __init__(self, ground: Ground, worker: int) -> None:
        self._ground = ground
        self._worker = worker
        self._fetched = 0
        self._seconds = 0.0

    @property
    def rate(self) -> float:
        """MB a second, of all together while they ran."""
        return self._fetched / 1e6 / self._seconds

    def written(self) -> list[int]:
        """The sizes of those that are being fetched."""
        folder = self._ground.folder / "clips"
        return [draft.stat().st_size for draft in folder.glob("*.part")]

    def stop(self) -> None:
        os.kill(self._worker, signal.SIGSTOP)

    @contextmanager
    def running(self) -> Iterator[None]:
        before, began = sum(self.written()), time.monotonic()
        os.kill(self._worker, signal.SIGCONT)
        try:
            yield
        finally:
            self.stop()
        self._seconds += time.monotonic() - began
        if len(self.written()) != COUNT:
            raise BenchFailed(f"{len(self.written())} clips were being fetched, not {COUNT}")
        self._fetched += sum(self.written()) - before


@contextmanager
def fetching(ground: Ground, sandbox: Sandbox, ours: Address, bearer: str) -> Iterator[Ten]:
    """Ten clips begun, and halted."""
    settle(ground, sandbox.media_url)
    sandbox.archive.padding, sandbox.archive.pace = LONGEST * PACE, PACE
    for number in range(COUNT):
        prepare(ours, bearer, number)
    worker = ground.work(**MANY, CLIPS_AT_ONCE=str(COUNT))
    ten = Ten(ground, worker)
    wait_for(ground, lambda: len([size for size in ten.written() if size]) == COUNT, "ten clips")
    ten.stop()
    try:
        yield ten
    finally:
        sandbox.reset()
        os.kill(worker, signal.SIGCONT)
