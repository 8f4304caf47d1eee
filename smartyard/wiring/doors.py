"""Doors, and who may come in."""

from collections.abc import Callable, Collection

from smartyard.access.invitations import InvitationService
from smartyard.access.operator import OperatorAccess
from smartyard.access.service import AccessService
from smartyard.audit import Audit
from smartyard.contracts.people import PeopleService
from smartyard.contracts.service import ContractService
from smartyard.doors.attempts.models import DoorOpening
from smartyard.doors.attempts.repeats import Spans
from smartyard.doors.attempts.repository import AttemptRepository
from smartyard.doors.attempts.service import AttemptService
from smartyard.doors.service import OpeningService, from_the_phone
from smartyard.events.service import EventService
from smartyard.intercom.codes import KnownCode
from smartyard.intercom.service import IntercomService
from smartyard.limits import Limits
from smartyard.notices import Notices
from smartyard.qr.repository import QrRepository
from smartyard.qr.service import QrService
from smartyard.registry.inventory.devices.spread import follow
from smartyard.registry.service import RegistryService
from smartyard.renewal.repository import WordRepository
from smartyard.renewal.service import RenewalService
from smartyard.wiring.ground import Ground, Section


class Doors(Section):
    """Opens doors, by a word of billing's that is not too old."""

    def __init__(
        self,
        ground: Ground,
        contracts: ContractService,
        registry: RegistryService,
        intercom: IntercomService,
        events: EventService,
    ) -> None:
        settings = ground.settings
        longest = settings.panel_timeout + settings.door_slack
        self.renewal = RenewalService(
            WordRepository(), contracts, settings=settings, clock=ground.clock
        )
        attempts = AttemptService(
            AttemptRepository(DoorOpening),
            registry,
            intercom,
            events,
            panels=ground.gateways.panels,
            spans=Spans(settings.door_repeat, settings.gate_repeat, longest),
            tell=from_the_phone,
            clock=ground.clock,
        )
        self.openings = OpeningService(
            attempts, contracts, self.renewal, registry, settings=settings
        )


def after_naming(ground: Ground) -> Callable[[Collection[int]], None]:
    """What follows in flats where billing named a contract, or does so no more."""
    cards = QrRepository()

    def follow_in(flat_ids: Collection[int]) -> None:
        follow(flat_ids)
        cards.find_households(flat_ids, ground.clock())

    return follow_in


class Guests(Section):
    """Lets people into flats."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        ground: Ground,
        contracts: ContractService,
        people: PeopleService,
        renewal: RenewalService,
        code: KnownCode,
        *,
        audit: Audit,
        notices: Notices,
        limits: Limits,
    ) -> None:
        settings, clock = ground.settings, ground.clock
        self.access = AccessService(
            contracts,
            people,
            renewal,
            code,
            audit=audit,
            notices=notices,
            limits=limits,
            settings=settings,
            clock=clock,
        )
        self.invitations = InvitationService(
            people,
            renewal,
            kannel=ground.gateways.kannel,
            notices=notices,
            limits=limits,
            settings=settings,
            clock=clock,
        )
        self.qr = _cards(ground, people, audit, notices, limits)


def _cards(
    ground: Ground, people: PeopleService, audit: Audit, notices: Notices, limits: Limits
) -> QrService:
    return QrService(
        QrRepository(),
        people,
        keys=ground.keys,
        audit=audit,
        notices=notices,
        limits=limits,
        settings=ground.settings,
        clock=ground.clock,
    )


class ByOperator(Section):
    """Lets people in, and puts them out, by the commands of the operator."""

    def __init__(
        self,
        ground: Ground,
        contracts: ContractService,
        people: PeopleService,
        code: KnownCode,
        *,
        audit: Audit,
        notices: Notices,
    ) -> None:
        self.access = OperatorAccess(
            contracts, people, code, audit=audit, notices=notices, clock=ground.clock
        )
