"""Tickets: the person's side, the operator's, and those outside to whom they go on."""

from smartyard.issues.desk.handing import MAIL, WEBHOOK, HandingService
from smartyard.issues.desk.service import DeskService
from smartyard.issues.repository import HandingRepository, TicketRepository
from smartyard.issues.service import TicketService
from smartyard.limits import Limits
from smartyard.notices import Notices
from smartyard.outbox import Outbox
from smartyard.wiring.ground import Ground, Section


class Desk(Section):
    """The services of tickets."""

    def __init__(self, ground: Ground, limits: Limits, notices: Notices, outbox: Outbox) -> None:
        tickets, handings = TicketRepository(), HandingRepository()
        settings, clock = ground.settings, ground.clock
        mail, hook = ground.gateways.mail, ground.gateways.ticket_hook
        ways = {MAIL: mail.configured, WEBHOOK: hook.configured}
        self.tickets = TicketService(
            tickets,
            handings,
            channels=[channel for channel, is_set in ways.items() if is_set],
            limits=limits,
            notices=notices,
            outbox=outbox,
            settings=settings,
            clock=clock,
        )
        self.desk = DeskService(tickets, handings, notices=notices, settings=settings, clock=clock)
        self.handing = HandingService(
            handings, mail=mail, hook=hook, settings=settings, clock=clock
        )
