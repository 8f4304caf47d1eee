"""What flats set of their intercoms."""

from smartyard.audit import Audit
from smartyard.contracts.service import ContractService
from smartyard.intercom.repository import (
    DoorCodeRepository,
    FlatCallsRepository,
    FlatSettingsRepository,
)
from smartyard.intercom.service import IntercomService
from smartyard.intercom.settings import SettingsService
from smartyard.limits import Limits
from smartyard.registry.service import RegistryService
from smartyard.wiring.ground import Ground, Section


class Intercoms(Section):
    """`flats` is what others ask, `settings` what residents change."""

    def __init__(
        self,
        ground: Ground,
        contracts: ContractService,
        registry: RegistryService,
        *,
        limits: Limits,
        audit: Audit,
    ) -> None:
        rows, codes, calls = FlatSettingsRepository(), DoorCodeRepository(), FlatCallsRepository()
        self.flats = IntercomService(rows, codes, calls)
        self.settings = SettingsService(
            rows,
            codes,
            calls,
            contracts,
            registry,
            limits=limits,
            audit=audit,
            settings=ground.settings,
            clock=ground.clock,
            on_change=lambda flat_id: None,
        )
