"""Handing tickets on by e-mail and webhook, again and again until they are taken there.

The intent is a row, made with the step. The call is made with no transaction open, the outcome is
written after it. Killed between the two, the lease ends and the step goes out a second time, under
the same name.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.mail import MailGateway
from smartyard.gateways.ticket_hook import TicketHook
from smartyard.issues.desk.letters import content, letter, name_of
from smartyard.issues.models import TicketHanding
from smartyard.issues.repository import HandingRepository

__all__ = ["MAIL", "WEBHOOK", "HandingService", "TicketHanding"]

log = logging.getLogger(__name__)

MAIL, WEBHOOK = "mail", "webhook"
ALARM_AFTER = timedelta(hours=1)


class HandingService:
    """Tells those outside of what people ask."""

    def __init__(
        self,
        handings: HandingRepository,
        *,
        mail: MailGateway,
        hook: TicketHook,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._handings = handings
        self._mail = mail
        self._hook = hook
        self._settings = settings
        self._clock = clock

    def due(self, most: int = 50) -> Sequence[TicketHanding]:
        """What is to be handed on now, leased to the caller."""
        now = self._clock()
        lease = now + timedelta(seconds=self._settings.ticket_lease)
        with transaction():
            return self._handings.take_due(now, lease, most)

    def hand_on(self, row: TicketHanding) -> bool:
        """Tell one of them once, and keep what came of it. False when it is to be told again."""
        try:
            self._tell(row)
        except DependencyUnavailable as failed:
            self._failed(row, failed)
            return False
        with transaction():
            self._handings.taken(row.step_id, row.channel, self._clock())
        return True

    def _tell(self, row: TicketHanding) -> None:
        with transaction():
            ticket, step, first = self._handings.step(row.step_id)
        if row.channel == MAIL:
            self._mail.send(letter(ticket, step, first, self._settings.timezone))
        else:
            self._hook.post(name_of(ticket, step.id), content(ticket, step))

    def _failed(self, row: TicketHanding, failed: DependencyUnavailable) -> None:
        now = self._clock()
        doubled = self._settings.ticket_retry_first * 2 ** min(max(row.attempts - 1, 0), 20)
        wait = timedelta(seconds=min(doubled, self._settings.ticket_retry_most))
        with transaction():
            self._handings.failed(row.step_id, row.channel, str(failed), now + wait)
        late = now - row.created_at >= ALARM_AFTER
        log.log(
            logging.ERROR if late else logging.WARNING,
            "a ticket is not handed on by %s after %d attempts: %s",
            row.channel,
            row.attempts,
            failed,
        )
