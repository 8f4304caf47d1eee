"""The newest frame of a panel: fetched at most twice a second, for all viewers of all servers.

Apps ask for it as fast as they can. A row decides who fetches; the others get what is there.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from smartyard.calls.repository import FrameRepository
from smartyard.db import transaction
from smartyard.events.log.frames import FrameTaker

_EVERY = timedelta(seconds=0.5)
_SHOWN = timedelta(seconds=10)  # an older frame would tell of somebody who is gone
_AFTER_FAILURE = timedelta(seconds=1)


class FrameService:
    """Looks through panels, or through the cameras beside them."""

    def __init__(
        self,
        frames: FrameRepository,
        taker: FrameTaker,
        *,
        longest: float,
        clock: Callable[[], datetime],
    ) -> None:
        """`longest`: seconds that a panel may take for a frame."""
        self._frames = frames
        self._taker = taker
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
            frame = self._taker.newest(panel_id)
        finally:
            with transaction():
                if frame is None:
                    self._frames.release(panel_id, self._clock() + _AFTER_FAILURE)
                else:
                    self._frames.keep(panel_id, frame, self._clock())
        return frame
