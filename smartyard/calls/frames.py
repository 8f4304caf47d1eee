"""The newest frame of a panel: fetched at most twice a second, for all viewers of all servers.

Apps ask for it as fast as they can. A row decides who fetches; the others get what is there, and
where nothing is there a few may wait: a dead panel must not take the threads of a server.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from smartyard.calls.repository import FrameRepository, KeptFrame
from smartyard.db import transaction
from smartyard.events.log.frames import FrameTaker
from smartyard.waiting import NoPlace, WaitingRoom

EVERY = timedelta(seconds=0.5)
_SHOWN = timedelta(seconds=10)  # an older frame would tell of somebody who is gone
_AFTER_FAILURE = timedelta(seconds=1)
_EACH = 6  # who fetch from one panel, or wait for it: about the phones of a flat


class FrameService:
    """Looks through panels, or through the cameras beside them."""

    def __init__(
        self,
        frames: FrameRepository,
        taker: FrameTaker,
        *,
        longest: float,
        waiters: int,
        clock: Callable[[], datetime],
    ) -> None:
        """`longest`: seconds that a frame may take. `waiters`: how many of a process may hold a
        thread for frames, of all panels together."""
        self._frames = frames
        self._taker = taker
        self._longest = longest
        self._waiting = WaitingRoom("a frame", waiters, each=_EACH)
        self._clock = clock

    def newest(self, panel_id: int, since: datetime | None = None) -> bytes | None:
        """A JPEG that is at most seconds old, and was not taken before `since`; None where the
        panel gives none, or where too many wait for it."""
        now = self._clock()
        with transaction():
            kept = self._frames.find(panel_id)
        shown = _shown(kept, since, now)
        if not _is_due(kept, now) and (shown is not None or not _is_fetched(kept, now)):
            return shown
        try:
            with self._waiting.place(panel_id):
                return self._wait_or_fetch(panel_id, since)
        except NoPlace:
            return shown

    def _wait_or_fetch(self, panel_id: int, since: datetime | None) -> bytes | None:
        give_up = time.monotonic() + self._longest
        while True:
            now = self._clock()
            with transaction():
                kept = self._frames.find(panel_id)
                mine = _is_due(kept, now) and self._frames.claim(
                    panel_id, now, now - EVERY, now + timedelta(seconds=self._longest + 1)
                )
            shown = _shown(kept, since, now)
            if mine:
                return self._fetch(panel_id) or shown
            if shown is not None or time.monotonic() >= give_up:
                return shown
            if not _is_due(kept, now) and not _is_fetched(kept, now):
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


def _shown(kept: KeptFrame | None, since: datetime | None, now: datetime) -> bytes | None:
    if kept is None or kept.taken_at is None or kept.taken_at <= now - _SHOWN:
        return None
    return kept.frame if since is None or kept.taken_at >= since else None


def _is_due(kept: KeptFrame | None, now: datetime) -> bool:
    """Whether whoever comes first may fetch the next one."""
    if kept is None:
        return True
    old = kept.taken_at is None or kept.taken_at <= now - EVERY
    return old and kept.claimed_until <= now


def _is_fetched(kept: KeptFrame | None, now: datetime) -> bool:
    """Whether somebody is at it. The claim of who failed reaches no further than the pause that
    follows, in which there is nothing to wait for."""
    return kept is not None and kept.claimed_until > now + _AFTER_FAILURE
