"""A town whose cameras stream from the sandbox's media server, which asks our real accessfl; and
the worker's part run by the test itself, job by job."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from smartyard.clips.making.fetching import FetchService
from smartyard.web import service
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, Resident


class Studio:
    """Clips in one town: asks, fetches, and looks at what is there."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.stopping = threading.Event()

    def open(self, **changes: Any) -> Flask:
        """A server whose accessfl the media server asks."""
        told = {"server_url": "https://yard.example/"}
        return self.town.open(**(told | changes))

    @property
    def app(self) -> Flask:
        return self.town.app or self.open()

    def camera(self, stream: str = "yard", house: int = 101) -> int:
        return self.town.camera(stream, houses=[house], server=self.town.sandbox.media_url)

    def resident(self, phone: str = NORMAL) -> Resident:
        return self.town.sign_in(phone, self.app)

    def wall(self, **ago: float) -> str:
        """A moment so long ago on the operator's clock, as the apps write it."""
        zone = self.town.settings.timezone
        return f"{(self.town.clock.now - timedelta(**ago)).astimezone(zone):%Y-%m-%d %H:%M:%S}"

    def ask(
        self, resident: Resident, camera: int, ago: float = 60, minutes: float = 1
    ) -> TestResponse:
        """recPrepare for some minutes, begun so many minutes ago."""
        told = {"from": self.wall(minutes=ago), "to": self.wall(minutes=ago - minutes)}
        return resident.post("cctv/recPrepare", {"id": camera, **told})

    def prepare(self, resident: Resident, camera: int, ago: float = 60, minutes: float = 1) -> int:
        answer = self.ask(resident, camera, ago, minutes)
        assert answer.status_code == 200, answer.text
        number = answer.get_json()["data"]
        assert isinstance(number, int)
        return number

    def jobs(self) -> list[tuple[int, datetime | None]]:
        """The clips that wait for the worker, and since or until when."""
        rows = self.town.rows(
            "SELECT args, scheduled_at FROM procrastinate_jobs WHERE task_name = 'fetch_clip'"
            " AND status = 'todo' ORDER BY id"
        )
        return [(int(args["clip_id"]), at) for args, at in rows]

    def work(self) -> None:
        """Do the jobs that wait, whenever they are for, as the worker would."""
        waiting = self.jobs()
        self.town.change("DELETE FROM procrastinate_jobs")
        for clip, _ in waiting:
            self.fetch(clip)

    def fetch(self, clip: int) -> None:
        with self.app.app_context():
            service(FetchService).fetch(clip, self.stopping.is_set)

    def state(self, clip: int) -> tuple[int, str | None, int]:
        (row,) = self.town.rows(
            "SELECT state, failure, attempts FROM clips WHERE id = :id", id=clip
        )
        return row

    def files(self) -> list[str]:
        folder = self.town.settings.work_dir / "clips"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def messages(self, action: str = "videoReady") -> list[tuple[str, str]]:
        return self.town.rows(
            "SELECT phone, text FROM messages WHERE action = :action ORDER BY id", action=action
        )


def url_of(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["data"])


def path_of(url: str) -> str:
    """Without the host, which a test client does not need."""
    assert url.startswith("https://yard.example/api/clips/"), url
    return url.removeprefix("https://yard.example")


@pytest.fixture(name="studio")
def studio_fixture(asked_town: Town) -> Studio:
    """Its application opens as clips need it."""
    studio = Studio(asked_town)
    studio.open()
    return studio
