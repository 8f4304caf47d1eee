"""Tickets as a person makes and follows them: one's own only, and the same words only once."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import NotFound, NotYours, TooOften
from smartyard.guard import Caller
from smartyard.issues.models import Ticket, TicketStep
from smartyard.issues.repository import HandingRepository, TicketRepository
from smartyard.issues.tickets import (
    CLOSED,
    CLOSURE,
    COMMENT,
    CONNECTIONS,
    CREATED,
    DELIVERIES,
    DELIVERY,
    KINDS,
    NEW,
    NewTicket,
    kind_delivered_by,
    parsed,
)
from smartyard.limits import Limit, LimitReached, Limits
from smartyard.notices import Notice, Notices
from smartyard.outbox import Outbox
from smartyard.phones import Phone

__all__ = ["Ticket", "TicketService"]

_HOUR, _DAY = 3600.0, 86400.0


class TicketNotYours(NotYours):
    message = "У вас нет доступа к этой заявке."


class TicketClosed(NotFound):
    message = "Заявка уже закрыта. Если вопрос остался, оставьте новую."


class NothingToDeliver(NotFound):
    message = "По этой заявке ничего не доставляют. Если нужен курьер, оставьте новую заявку."


class TooManyTickets(TooOften):
    message = "Слишком много заявок. Попробуйте позже или позвоните вашему оператору."


class TicketService:
    """Makes tickets, lists those of a phone, and takes what people add to them."""

    def __init__(
        self,
        tickets: TicketRepository,
        handings: HandingRepository,
        *,
        channels: Sequence[str],
        limits: Limits,
        notices: Notices,
        outbox: Outbox,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        """`channels`: whom each step goes on to, of `mail` and `webhook`."""
        self._tickets = tickets
        self._handings = handings
        self._channels = channels
        self._limits = limits
        self._notices = notices
        self._outbox = outbox
        self._settings = settings
        self._clock = clock

    def create(self, caller: Caller, new: NewTicket) -> str:
        """The key of a new ticket, or of the same one that was made within TICKET_REPEAT seconds:
        iOS sends a request again that got no answer. Raises TooManyTickets."""
        now = self._clock()
        with transaction():
            key = _key_of_repeat(CREATED, caller.phone, new.kind, new.text)
            if not self._is_first(key, now):
                return self._tickets.repeated(key).key
            self._count(f"tickets:{caller.phone}", self._settings.tickets_per_phone_day, _DAY, now)
            ticket = self._begin(caller.phone, new, now)
            self._tickets.settle(key, ticket.id)
            self._step(ticket, CREATED, new.text, now)
            self._outbox.put("ticket.created", ticket.key, now, ticket.facts())
            return ticket.key

    def connections(self, caller: Caller) -> Sequence[Ticket]:
        """The caller's connection requests that are not closed, by one statement."""
        with transaction():
            return self._tickets.connections_of(caller.phone)

    def comment(self, caller: Caller, key: str, text: str) -> None:
        """Raises TicketNotYours, TicketClosed, TooManyTickets."""
        now = self._clock()
        with transaction():
            ticket = self._open_one_of(caller, key)
            if self._is_first(_key_of_repeat(COMMENT, ticket.key, text), now):
                self._count_words(caller.phone, now)
                self._step(ticket, COMMENT, text, now)

    def close(self, caller: Caller, key: str) -> None:
        """Whoever asked for it needs it no more; a closed one stays closed. Raises
        TicketNotYours."""
        now = self._clock()
        with transaction():
            ticket = self._own(caller, key)
            if ticket.state != CLOSED:
                ticket.state, ticket.closed_at = CLOSED, now
                self._step(ticket, CLOSURE, "", now)

    def deliver_by(self, caller: Caller, key: str, delivery: str) -> None:
        """Another way for the QR code to reach the person. Raises TicketNotYours, TicketClosed,
        NothingToDeliver, TooManyTickets."""
        now = self._clock()
        with transaction():
            ticket = self._open_one_of(caller, key)
            if ticket.kind not in CONNECTIONS:
                raise NothingToDeliver()
            if ticket.delivery != delivery:
                self._count_words(caller.phone, now)
                ticket.delivery, ticket.kind = delivery, kind_delivered_by(ticket.kind, delivery)
                self._step(ticket, DELIVERY, DELIVERIES[delivery], now)

    def forget(self, phone: Phone) -> None:
        """In the caller's transaction: the person left. What is still open is the operator's work,
        and goes when it was closed long enough (`DeskService.forget_ended`)."""
        self._tickets.forget_closed_of(phone)

    def forget_ended(self, now: datetime) -> None:
        """Delete the memory of repeats that are over."""
        with transaction():
            self._tickets.forget_repeats(now)

    def _begin(self, phone: Phone, new: NewTicket, now: datetime) -> Ticket:
        ticket = Ticket(
            prefix=self._settings.ticket_prefix,
            phone=phone,
            kind=new.kind,
            state=NEW,
            text=new.text,
            address=new.address,
            delivery=new.delivery,
            lat=new.lat,
            lon=new.lon,
            created_at=now,
            updated_at=now,
        )
        self._tickets.add(ticket)
        return ticket

    def _own(self, caller: Caller, key: str) -> Ticket:
        """The same answer for another's key and for one that nobody has."""
        told = parsed(key)
        ticket = self._tickets.lock(told[1]) if told else None
        if ticket is None or ticket.phone != caller.phone or ticket.key != key:
            raise TicketNotYours()
        return ticket

    def _open_one_of(self, caller: Caller, key: str) -> Ticket:
        ticket = self._own(caller, key)
        if ticket.state == CLOSED:
            raise TicketClosed()
        return ticket

    def _step(self, ticket: Ticket, kind: str, text: str, now: datetime) -> None:
        """Write down what a person did, and whom it goes on to; the person is told that it came."""
        step = TicketStep(ticket_id=ticket.id, at=now, kind=kind, text=text)
        ticket.updated_at = now
        self._tickets.add_step(step)
        self._handings.add(step.id, self._channels, now)
        self._notices.send(Notice(Phone(ticket.phone), "inbox", *_told_of(ticket, kind, text)))

    def _is_first(self, key: str, now: datetime) -> bool:
        window = timedelta(seconds=self._settings.ticket_repeat)
        return self._tickets.claim(key, now, now + window)

    def _count_words(self, phone: Phone, now: datetime) -> None:
        self._count(f"ticket-words:{phone}", self._settings.ticket_words_per_phone_hour, _HOUR, now)

    def _count(self, key: str, most: int, seconds: float, now: datetime) -> None:
        try:
            self._limits.take([Limit(key, most, seconds)], now)
        except LimitReached as reached:
            raise TooManyTickets(cause=reached.cause) from None


def _told_of(ticket: Ticket, kind: str, text: str) -> tuple[str, str]:
    """Title and text of the message about a step of the person's own, on all their devices."""
    return {
        CREATED: (
            f"Заявка {ticket.key} принята",
            f"{KINDS[ticket.kind]}. Мы сообщим, когда по заявке будут новости.",
        ),
        COMMENT: (f"Комментарий к заявке {ticket.key} принят", text),
        DELIVERY: (f"Доставка по заявке {ticket.key} изменена", f"QR-код: {text}."),
        CLOSURE: (
            f"Заявка {ticket.key} закрыта",
            "Вы её закрыли. Если вопрос остался, оставьте новую заявку.",
        ),
    }[kind]


def _key_of_repeat(*parts: str) -> str:
    """No words of a person stay behind in it."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
