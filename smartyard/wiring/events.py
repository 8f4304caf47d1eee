"""What happened at the doors: written down, kept for its time, shown to who lives there."""

from smartyard.contracts.people import PeopleService
from smartyard.contracts.service import ContractService
from smartyard.events.log.repository import LogRepository
from smartyard.events.log.service import LogService
from smartyard.events.months import MonthService
from smartyard.events.repository import EventRepository
from smartyard.events.service import EventService
from smartyard.intercom.service import IntercomService
from smartyard.wiring.ground import Ground, Section


class Events(Section):
    """`events` is the way in for every feature above."""

    def __init__(
        self,
        ground: Ground,
        contracts: ContractService,
        people: PeopleService,
        intercom: IntercomService,
    ) -> None:
        self.events = EventService(EventRepository(), ground.clock)
        self.months = MonthService(ground.settings)
        self.log = LogService(
            contracts,
            people,
            intercom,
            LogRepository(),
            settings=ground.settings,
            clock=ground.clock,
        )
