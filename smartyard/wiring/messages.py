"""What people are told: the inbox."""

from smartyard.inbox.repository import MessageRepository
from smartyard.inbox.service import InboxService
from smartyard.limits import Limits
from smartyard.wiring.ground import Ground, Section


class Messages(Section):
    """`inbox` is what all others are given as `Notices`."""

    def __init__(self, ground: Ground, limits: Limits) -> None:
        self.inbox = InboxService(
            MessageRepository(), limits=limits, settings=ground.settings, clock=ground.clock
        )
