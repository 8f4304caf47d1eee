"""The worker's part within a test: what is deferred is done now, and what is due is handed out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from smartyard.intercom.pushing.service import PanelPushService
from smartyard.sandbox.panels import Device
from tests.intercom.homes import Home

JOBS = "SELECT args ->> 'panel_id' FROM procrastinate_jobs WHERE task_name = 'push_panel'"


class Worker:
    """Tells the panels of a home."""

    def __init__(self, home: Home) -> None:
        self.home = home

    @contextmanager
    def service(self) -> Iterator[PanelPushService]:
        app = self.home.town.app
        assert app is not None
        with app.app_context():
            found: PanelPushService = app.extensions["smartyard"][PanelPushService]
            yield found

    def deferred(self) -> list[int]:
        """The panels that jobs wait for."""
        return sorted(int(panel) for (panel,) in self.home.town.rows(f"{JOBS} AND status = 'todo'"))

    def work(self) -> list[int]:
        """Do the jobs that wait; of which panels they were."""
        panels = self.deferred()
        self.home.town.change("DELETE FROM procrastinate_jobs")
        for panel in panels:
            self.push(panel)
        return panels

    def push(self, panel: int) -> None:
        with self.service() as pushes:
            pushes.push(panel)

    def look(self) -> list[int]:
        """The periodic turn; of which panels it made jobs."""
        with self.service() as pushes:
            pushes.hand_out()
        return self.deferred()

    def compare(self) -> list[int]:
        """The comparison of everything, and the turn after it."""
        with self.service() as pushes:
            pushes.compare()
        return self.look()

    def lacking(self, panel: int) -> dict[str, str]:
        """What the panel does not hold, by flat."""
        with self.service() as pushes:
            told = pushes.lacking(panel)
        return {} if told is None else dict(told.flats)


def flat_at(device: Device, number: int = 1) -> dict[str, Any]:
    """What a panel of the sandbox holds of a flat."""
    flats: dict[int, dict[str, Any]] = getattr(device, "flats")
    return flats.get(number, {})


def code_at(device: Device, number: int = 1) -> str | None:
    """The code that opens there."""
    code: str | None = flat_at(device, number).get("code")
    return code
