"""What flats set of their intercoms."""

from smartyard.intercom.repository import (
    DoorCodeRepository,
    FlatCallsRepository,
    FlatSettingsRepository,
)
from smartyard.intercom.service import IntercomService
from smartyard.wiring.ground import Section


class Intercoms(Section):
    def __init__(self) -> None:
        settings, codes, calls = (
            FlatSettingsRepository(),
            DoorCodeRepository(),
            FlatCallsRepository(),
        )
        self.flats = IntercomService(settings, codes, calls)
