"""The newest frame of a panel: fetched at most twice a second, for all viewers of all servers.

Apps ask for it as fast as they can. A row decides who fetches; the others get what is there.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from smartyard.calls.repository import FrameRepository
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.panels import Panel, PanelGateway
from smartyard.registry.service import RegistryService

log = logging.getLogger(__name__)

_EVERY = timedelta(seconds=0.5)
_SHOWN = timedelta(seconds=10)  # an older frame would tell of somebody who is gone
_AFTER_FAILURE = timedelta(seconds=1)


class FrameService:
    """Looks through panels' own cameras."""

    def __init__(
        self,
        frames: FrameRepository,
        registry: RegistryService,
        panels: PanelGateway,
        *,
        longest: float,
        clock: Callable[[], datetime],
    ) -> None:
        """`longest`: seconds that a panel may take for a frame."""
        self._frames = frames
        self._registry = registry
        self._panels = panels
        self._longest = longest
        self._clock = clock

    def newest(self, panel_id: int) -> bytes | None:
        """A JPEG that is at most seconds old; None where the panel gives none."""
        give_up = time.monotonic() + self._longest + 0.5
        while True:
            now = self._clock()
            until = now + timedelta(seconds=self._longest + 1)
            with transaction():
                found = self._frames.newest(panel_id)
                mine = (found is None or found[1] <= now - _EVERY) and self._frames.claim(
                    panel_id, now, now - _EVERY, until
                )
            if mine:
                fresh = self._fetch(panel_id)
                if fresh is not None:
                    return fresh
            if found is not None and found[1] > now - _SHOWN:
                return found[0]
            if mine or time.monotonic() >= give_up:
                return None
            time.sleep(0.1)  # somebody else fetches the first one

    def _fetch(self, panel_id: int) -> bytes | None:
        frame = None
        try:
            frame = self._snapshot(panel_id)
        except DependencyUnavailable as failed:
            log.info("panel %d gives no frame: %s", panel_id, failed)
        finally:
            with transaction():
                if frame is None:
                    self._frames.release(panel_id, self._clock() + _AFTER_FAILURE)
                else:
                    self._frames.keep(panel_id, frame, self._clock())
        return frame

    def _snapshot(self, panel_id: int) -> bytes | None:
        found = self._registry.panel(panel_id)
        if found is None or found.unreadable:
            return None
        panel = Panel(
            found.id, found.model, found.address, found.login, found.password, found.method
        )
        return self._panels.snapshot(panel)
