"""What happened at the doors: written down, kept for its time, shown to who lives there."""

from collections.abc import Callable

from smartyard.config import Settings
from smartyard.contracts.people import PeopleService
from smartyard.contracts.service import ContractService
from smartyard.events.incoming.listener import Listener
from smartyard.events.incoming.service import LineService
from smartyard.events.log.repository import LogRepository
from smartyard.events.log.service import LogService
from smartyard.events.months import MonthService
from smartyard.events.repository import EventRepository
from smartyard.events.service import EventService
from smartyard.intercom.service import IntercomService
from smartyard.registry.service import RegistryService
from smartyard.wiring.ground import Clock, Ground, Section


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


def listener(
    settings: Settings, clock: Clock, lines: tuple[RegistryService, IntercomService, EventService]
) -> Callable[[str | None], Listener]:
    """Makes the listener of a process: it binds its socket, and knows the calls that go on."""

    def make(at: str | None) -> Listener:
        return Listener(
            LineService(*lines),
            address=at or settings.syslog_listen,
            room=settings.syslog_room,
            clock=clock,
        )

    return make
