"""What happened at the doors: written down, kept for its time, shown to who lives there."""

from smartyard.events.months import MonthService
from smartyard.events.repository import EventRepository
from smartyard.events.service import EventService
from smartyard.wiring.ground import Ground, Section


class Events(Section):
    """`events` is the way in for every feature above."""

    def __init__(self, ground: Ground) -> None:
        self.events = EventService(EventRepository(), ground.clock)
        self.months = MonthService(ground.settings)
