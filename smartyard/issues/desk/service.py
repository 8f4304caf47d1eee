"""What the operator does with tickets. The person is told of each step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartyard.config import Settings
from smartyard.db import in_batches, transaction
from smartyard.errors import NotFound
from smartyard.issues.models import Ticket, TicketHanding, TicketStep
from smartyard.issues.repository import HandingRepository, TicketRepository, ended_before
from smartyard.issues.tickets import ANSWER, CLOSED, MOVE, STATES, parsed
from smartyard.notices import Notice, Notices
from smartyard.phones import Phone

__all__ = ["DeskService", "Page", "TicketUnknown"]


class TicketUnknown(NotFound):
    message = "Такой заявки нет. Проверьте номер."


@dataclass(frozen=True)
class Page:
    """A ticket, all its steps, and how they went on to those outside."""

    ticket: Ticket
    steps: Sequence[TicketStep]
    handings: Sequence[TicketHanding]


class DeskService:
    """Lists, shows, answers and moves tickets."""

    def __init__(
        self,
        tickets: TicketRepository,
        handings: HandingRepository,
        *,
        notices: Notices,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._tickets = tickets
        self._handings = handings
        self._notices = notices
        self._settings = settings
        self._clock = clock

    def listed(
        self, *, state: str | None = None, phone: Phone | None = None, most: int = 50
    ) -> Sequence[Ticket]:
        """The newest first; without a state those that are not closed."""
        with transaction():
            return self._tickets.listed(state, phone, most)

    def page(self, key: str) -> Page:
        """Raises TicketUnknown."""
        told = parsed(key)
        with transaction():
            ticket = self._tickets.find(told[1]) if told else None
            if ticket is None or ticket.key != key:
                raise TicketUnknown()
            return Page(
                ticket, self._tickets.steps_of(ticket.id), self._handings.of_ticket(ticket.id)
            )

    def answer(self, key: str, text: str) -> Ticket:
        """Words to the person. Raises TicketUnknown."""
        with transaction():
            ticket = self._locked(key)
            self._step(ticket, ANSWER, text)
            self._tell(ticket, f"Ответ по заявке {ticket.key}", text)
            return ticket

    def move(self, key: str, state: str, text: str = "") -> Ticket:
        """Into another state, with words to the person or without; one that it has already
        changes nothing. Raises TicketUnknown."""
        with transaction():
            ticket = self._locked(key)
            if ticket.state == state:
                return ticket
            ticket.state = state
            ticket.closed_at = self._clock() if state == CLOSED else None
            self._step(ticket, MOVE, f"{STATES[state]}. {text}" if text else STATES[state])
            self._tell(ticket, f"Заявка {ticket.key} {STATES[state]}", text or _WORDS[state])
            return ticket

    def forget_ended(self, now: datetime) -> int:
        """Delete tickets that were closed TICKET_KEEP_DAYS ago, with all that hangs on them."""
        before = now - timedelta(days=self._settings.ticket_keep_days)
        return in_batches(lambda most: ended_before(before, most))

    def _locked(self, key: str) -> Ticket:
        told = parsed(key)
        ticket = self._tickets.lock(told[1]) if told else None
        if ticket is None or ticket.key != key:
            raise TicketUnknown()
        return ticket

    def _step(self, ticket: Ticket, kind: str, text: str) -> None:
        now = self._clock()
        ticket.updated_at = now
        self._tickets.add_step(TicketStep(ticket_id=ticket.id, at=now, kind=kind, text=text))

    def _tell(self, ticket: Ticket, title: str, text: str) -> None:
        self._notices.send(Notice(Phone(ticket.phone), "inbox", title, text))


_WORDS = {
    "new": "Заявка снова ждёт нашего сотрудника.",
    "work": "Мы занимаемся вашей заявкой.",
    "closed": "Если вопрос остался, оставьте новую заявку.",
}
