"""What flats set of their intercoms, and how the panels hear of it."""

from smartyard.audit import Audit
from smartyard.commands import OperatorGroup
from smartyard.contracts.people import PeopleService
from smartyard.contracts.service import ContractService
from smartyard.intercom.codes import DoorCodes, KnownCode
from smartyard.intercom.operator import cli
from smartyard.intercom.operator.service import OperatorService
from smartyard.intercom.pushing.keys.repository import PanelKeyRepository
from smartyard.intercom.pushing.repository import PanelFlatRepository, PushRepository
from smartyard.intercom.pushing.service import PanelPushService
from smartyard.intercom.repository import (
    DoorCodeRepository,
    FlatCallsRepository,
    FlatSettingsRepository,
)
from smartyard.intercom.residents.service import SettingsService
from smartyard.intercom.service import IntercomService
from smartyard.jobs import Queue
from smartyard.limits import Limits
from smartyard.notices import Notices
from smartyard.registry.service import RegistryService
from smartyard.wiring.faces import sync_soon
from smartyard.wiring.ground import Ground, Section


class Intercoms(Section):
    """`flats` is what others ask, `settings` what residents change, `pushes` tells the panels, and
    `known_code` is for who puts people out."""

    def __init__(
        self,
        ground: Ground,
        contracts: ContractService,
        registry: RegistryService,
        people: PeopleService,
        *,
        notices: Notices,
        limits: Limits,
        audit: Audit,
    ) -> None:
        rows, calls = FlatSettingsRepository(), FlatCallsRepository()
        settings, clock = ground.settings, ground.clock
        self.flats = IntercomService(rows, DoorCodeRepository(), calls)
        self.pushes = _pushes(ground, registry)
        codes = DoorCodes(DoorCodeRepository(), settings, self.pushes.flat_changed)
        self.settings = SettingsService(
            rows,
            codes,
            calls,
            contracts,
            registry,
            limits=limits,
            audit=audit,
            settings=settings,
            clock=clock,
            on_change=self.pushes.flat_changed,
            on_faces=sync_soon(ground),
        )
        self.known_code = KnownCode(
            rows, codes, people, notices=notices, settings=settings, clock=clock
        )
        self.office = OperatorService(rows, codes, contracts, audit=audit, clock=clock)

    def commands(self) -> tuple[OperatorGroup, OperatorGroup]:
        """What an operator says about panels and about one flat."""
        return cli.panel_commands(self.pushes), cli.flat_commands(self.office)


def _pushes(ground: Ground, registry: RegistryService) -> PanelPushService:
    return PanelPushService(
        registry,
        PushRepository(),
        PanelFlatRepository(),
        PanelKeyRepository(PushRepository(), ground.clock),
        panels=ground.gateways.panels,
        queue=Queue(),
        settings=ground.settings,
        clock=ground.clock,
    )
