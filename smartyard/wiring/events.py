"""What happened at the doors: written down, kept for its time, shown to who lives there."""

from collections.abc import Callable
from dataclasses import dataclass

from smartyard.config import Settings
from smartyard.contracts.people import PeopleService
from smartyard.contracts.service import ContractService
from smartyard.events.incoming.hooks import HookService
from smartyard.events.incoming.syslog.listener import Listener
from smartyard.events.incoming.syslog.service import LineService
from smartyard.events.incoming.syslog.targets import SyslogTargets
from smartyard.events.incoming.whose import Whose
from smartyard.events.log.follows import FollowService
from smartyard.events.log.frames import FrameTaker, MediaToken
from smartyard.events.log.pictures import PictureService, PictureTaker, Shelf
from smartyard.events.log.repository import LogRepository
from smartyard.events.log.service import FaceFlags, LogService
from smartyard.events.months import MonthService
from smartyard.events.repository import EventRepository
from smartyard.events.service import EventService
from smartyard.intercom.service import IntercomService
from smartyard.jobs import Queue
from smartyard.notices import Notices
from smartyard.outbox import Outbox
from smartyard.registry.service import RegistryService
from smartyard.wiring.ground import Clock, Ground, Section


@dataclass(frozen=True)
class Homes:
    """What is known of homes and of their panels."""

    contracts: ContractService
    people: PeopleService
    registry: RegistryService
    intercom: IntercomService


class Events(Section):
    """`events` is the way in for every feature above."""

    def __init__(
        self,
        ground: Ground,
        homes: Homes,
        *,
        media_token: MediaToken,
        notices: Notices,
        outbox: Outbox,
        face_flags: FaceFlags,
    ) -> None:
        settings, clock = ground.settings, ground.clock
        rows, shelf = LogRepository(), Shelf(settings, ground.keys)
        self.months = MonthService(settings)
        self.log = _log(ground, homes, rows, face_flags)
        self._add_ways_in(ground, homes, notices, outbox)
        self.frames = FrameTaker(
            homes.registry,
            ground.gateways.panels,
            ground.gateways.snapshots,
            events=rows,
            media_token=media_token,
        )
        self.taker = PictureTaker(
            self.frames, events=rows, shelf=shelf, settings=settings, clock=clock
        )
        self.pictures = PictureService(
            self.log,
            homes.people,
            rows,
            shelf=shelf,
            keys=ground.keys,
            settings=settings,
            clock=clock,
        )

    def _add_ways_in(self, ground: Ground, homes: Homes, notices: Notices, outbox: Outbox) -> None:
        settings, clock = ground.settings, ground.clock
        self.follows = FollowService(
            homes.registry,
            self.log,
            notices=notices,
            keys=ground.keys,
            settings=settings,
            clock=clock,
        )
        self.events = EventService(
            EventRepository(),
            Queue(),
            outbox,
            on_event=self.follows.tell,
            settings=settings,
            clock=clock,
        )
        self.targets = SyslogTargets(homes.registry, ground.gateways.panels, settings.syslog_listen)
        self.whose = Whose(homes.registry, homes.intercom, homes.contracts)
        self.hooks = HookService(
            homes.contracts, self.whose, self.events, settings=settings, clock=clock
        )


def _log(ground: Ground, homes: Homes, rows: LogRepository, face_flags: FaceFlags) -> LogService:
    return LogService(
        homes.contracts,
        homes.people,
        homes.intercom,
        rows,
        face_flags=face_flags,
        settings=ground.settings,
        clock=ground.clock,
    )


def listener(
    settings: Settings,
    clock: Clock,
    events: Events,
    *,
    registry: RegistryService,
    intercom: IntercomService,
) -> Callable[[str | None], Listener]:
    """Makes the listener of a process: it binds its socket, and knows the calls that go on."""

    def make(at: str | None) -> Listener:
        return Listener(
            LineService(registry, intercom, events.events, events.taker, events.whose),
            address=at or settings.syslog_listen,
            room=settings.syslog_room,
            clock=clock,
        )

    return make
