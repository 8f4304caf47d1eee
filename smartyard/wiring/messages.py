"""What people are told: the inbox, and pushes."""

import logging

from smartyard.inbox.repository import MessageRepository
from smartyard.inbox.service import InboxService
from smartyard.jobs import Queue
from smartyard.limits import Limits
from smartyard.push.repository import PushRepository
from smartyard.push.service import PushService
from smartyard.user.sessions import SessionService
from smartyard.wiring.ground import Ground, Section

log = logging.getLogger(__name__)


class Messages(Section):
    """`inbox` is what all others are given as `Notices`."""

    def __init__(self, ground: Ground, limits: Limits) -> None:
        pushing = ground.gateways.firebase.configured
        if not pushing:
            log.info("FCM_CREDENTIALS is not set: messages are in the inbox alone")
        self.inbox = InboxService(
            MessageRepository(),
            limits=limits,
            queue=Queue(),
            pushing=pushing,
            settings=ground.settings,
            clock=ground.clock,
        )


class Pushes(Section):
    """`push` is what calls are given as `Ringing`."""

    def __init__(self, ground: Ground, sessions: SessionService) -> None:
        self.push = PushService(
            PushRepository(),
            sessions,
            Queue(),
            firebase=ground.gateways.firebase,
            rings=ground.gateways.firebase_rings,
            clock=ground.clock,
        )
