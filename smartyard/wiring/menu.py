"""What stands in the menus of the apps, and what these are told at their start."""

from smartyard.audit import Audit
from smartyard.ext.options import OptionsService
from smartyard.ext.own.repository import ExtensionRepository
from smartyard.ext.own.service import OwnPageService
from smartyard.ext.service import ExtensionService
from smartyard.sip.service import HelpService
from smartyard.wiring.ground import Ground, Section


class Menu(Section):
    """The call to support, the options, and the pages."""

    def __init__(self, ground: Ground, audit: Audit) -> None:
        settings, extensions = ground.settings, ExtensionRepository()
        self.help = HelpService(settings)
        self.options = OptionsService(settings, takes_payments=ground.gateways.bank.configured)
        self.pages = ExtensionService(extensions, settings)
        self.own_pages = OwnPageService(extensions, audit, settings=settings, clock=ground.clock)
