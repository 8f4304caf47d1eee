"""What a request to open a door is, beside an earlier one of the same session for the same door.

The apps send a request again when no answer came (iOS four times), and people tap twice; a door
shall get one pulse for all of these (faults.md). A gate or a barrier is a toggle: a second pulse
would close it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

_TOGGLES = ("gate", "barrier")


class Turn(Enum):
    """What to do with the request."""

    OPEN = "ask the panel"
    WAIT = "another request is asking it"
    SAME = "give the answer of the other one"
    UNKNOWN = "nobody knows whether the door opened, and it may not be asked again"


@dataclass(frozen=True)
class Spans:
    """Seconds: a repeat is one within `window` (`toggle_window` of a gate or barrier) after the
    answer; an intent without an outcome is dead after `longest`, since whoever had it was killed.
    """

    window: float
    toggle_window: float
    longest: float

    def of(self, icon: str) -> timedelta:
        return timedelta(seconds=self.toggle_window if icon in _TOGGLES else self.window)


def turn(
    asked_at: datetime, finished_at: datetime | None, icon: str, now: datetime, spans: Spans
) -> Turn:
    """Beside an earlier request that was asked at `asked_at` and answered at `finished_at`."""
    if finished_at is not None:
        return Turn.SAME if now < finished_at + spans.of(icon) else Turn.OPEN
    dead_since = asked_at + timedelta(seconds=spans.longest)
    if now < dead_since:
        return Turn.WAIT
    if icon in _TOGGLES and now < dead_since + spans.of(icon):
        return Turn.UNKNOWN
    return Turn.OPEN
