"""A step of a ticket as a letter and as JSON for a program. Pure."""

from datetime import tzinfo
from typing import Any

from smartyard.gateways.mail import Letter
from smartyard.issues.models import Ticket, TicketStep
from smartyard.issues.tickets import CREATED, DELIVERIES, KINDS, STATES, STEPS


def letter(ticket: Ticket, step: TicketStep, first: int, zone: tzinfo) -> Letter:
    """`first`: the id of the ticket's first step, whose letter begins the thread."""
    subject = f"Заявка {ticket.key}: {KINDS[ticket.kind]}"
    lines = [
        (
            ""
            if step.kind == CREATED
            else f"{STEPS[step.kind].capitalize()}: {step.text}".rstrip(": ")
        ),
        f"Телефон: +{ticket.phone}",
        f"Адрес: {ticket.address}" if ticket.address else "",
        f"QR-код: {DELIVERIES[ticket.delivery]}" if ticket.delivery else "",
        (
            f"Место: https://www.openstreetmap.org/?mlat={ticket.lat}&mlon={ticket.lon}"
            if ticket.lat
            else ""
        ),
        f"Состояние: {STATES[ticket.state]}",
        f"Когда: {step.at.astimezone(zone):%d.%m.%Y %H:%M}",
        f"\n{ticket.text}",
    ]
    return Letter(
        id=name_of(ticket, step.id),
        subject=subject if step.id == first else f"Re: {subject}",
        text="\n".join(line for line in lines if line) + "\n",
        at=step.at,
        thread=None if step.id == first else name_of(ticket, first),
    )


def content(ticket: Ticket, step: TicketStep) -> dict[str, Any]:
    """What the webhook is told; what is not known is left out. Times are UTC."""
    more = {"state": ticket.state, "createdAt": ticket.created_at.isoformat()}
    return {
        "id": name_of(ticket, step.id),
        "ticket": ticket.facts() | more,
        "step": {"type": step.kind, "text": step.text, "at": step.at.isoformat()},
    }


def name_of(ticket: Ticket, step_id: int) -> str:
    """The same for every try, and no other step's."""
    return f"{ticket.key}.{step_id}"
