"""What stands in the menus of the apps, and what these are told at their start."""

from smartyard.ext.options import OptionsService
from smartyard.sip.service import HelpService
from smartyard.wiring.ground import Ground, Section


class Menu(Section):
    """The call to support, and the options."""

    def __init__(self, ground: Ground) -> None:
        settings = ground.settings
        self.help = HelpService(settings)
        self.options = OptionsService(settings, takes_payments=ground.gateways.bank.configured)
