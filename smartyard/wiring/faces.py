"""Faces that open doors."""

from smartyard.audit import Audit
from smartyard.doors.attempts.repeats import Spans
from smartyard.doors.attempts.repository import AttemptRepository
from smartyard.doors.attempts.service import AttemptService
from smartyard.events.log.frames import MediaToken
from smartyard.frs.addresses import Addresses
from smartyard.frs.keeping.service import KeepingService
from smartyard.frs.keeping.soon import SyncSoon
from smartyard.frs.models import FaceOpening
from smartyard.frs.recognising.service import RecognitionService, at_the_door
from smartyard.frs.repository import FaceRepository, KeepingRepository
from smartyard.frs.residents.flags import FlagService
from smartyard.frs.residents.learning import LearningService
from smartyard.frs.residents.service import FaceService
from smartyard.frs.rights import FaceRights
from smartyard.intercom.service import IntercomService
from smartyard.jobs import Queue
from smartyard.limits import Limits
from smartyard.renewal.service import RenewalService
from smartyard.wiring.events import Events, Homes
from smartyard.wiring.ground import Ground, Section


def face_flags(ground: Ground, intercom: IntercomService) -> FlagService:
    """What the log of events is told of faces, before there is a log."""
    return FlagService(FaceRepository(), intercom, there=bool(ground.settings.frs_url))


def sync_soon(ground: Ground) -> SyncSoon:
    """For whoever changes whom FALPRS is to look for."""
    return SyncSoon(Queue(), there=bool(ground.settings.frs_url))


class Faces(Section):
    """`recognition` is what FALPRS calls, `keeping` tells it what we know."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        ground: Ground,
        homes: Homes,
        events: Events,
        *,
        renewal: RenewalService,
        media_token: MediaToken,
        audit: Audit,
        limits: Limits,
    ) -> None:
        faces, addresses = FaceRepository(), Addresses(ground.keys, ground.settings.server_url)
        self.rights = FaceRights(homes.registry, homes.intercom, renewal)
        self.keeping = KeepingService(
            KeepingRepository(),
            frs=ground.gateways.frs,
            addresses=addresses,
            media_token=media_token,
            soon=sync_soon(ground),
            settings=ground.settings,
            clock=ground.clock,
        )
        self.faces = FaceService(
            faces,
            homes.contracts,
            homes.people,
            events.log,
            self.keeping,
            addresses=addresses,
            audit=audit,
            clock=ground.clock,
        )
        self.learning = self._learning(ground, events, addresses, audit=audit, limits=limits)
        self.recognition = self._recognition(ground, homes, events, addresses)

    def _learning(
        self, ground: Ground, events: Events, addresses: Addresses, *, audit: Audit, limits: Limits
    ) -> LearningService:
        return LearningService(
            FaceRepository(),
            self.rights,
            events.log,
            events.pictures,
            self.keeping,
            frs=ground.gateways.frs,
            addresses=addresses,
            limits=limits,
            audit=audit,
            settings=ground.settings,
            clock=ground.clock,
        )

    def _recognition(
        self, ground: Ground, homes: Homes, events: Events, addresses: Addresses
    ) -> RecognitionService:
        return RecognitionService(
            FaceRepository(),
            self.rights,
            _attempts(ground, homes, events),
            events.events,
            events.log,
            pictures=events.pictures,
            taker=events.taker,
            frs=ground.gateways.frs,
            addresses=addresses,
            queue=Queue(),
            clock=ground.clock,
        )


def _attempts(ground: Ground, homes: Homes, events: Events) -> AttemptService:
    """A gate is a toggle: while somebody stands before it, it shall not be closed again."""
    settings = ground.settings
    pause = settings.frs_pause
    longest = settings.panel_timeout + settings.door_slack
    return AttemptService(
        AttemptRepository(FaceOpening),
        homes.registry,
        homes.intercom,
        events.events,
        panels=ground.gateways.panels,
        spans=Spans(pause, max(pause, settings.gate_repeat), longest),
        tell=at_the_door,
        clock=ground.clock,
    )
