"""Rows of tickets. Nothing here commits or decides."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Executable, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from smartyard.db import db
from smartyard.issues.models import Ticket, TicketHanding, TicketRepeat, TicketStep
from smartyard.issues.tickets import CLOSED, CONNECTIONS


class TicketRepository:
    """Tickets, their steps, and the memory of what was sent a moment ago."""

    def add(self, ticket: Ticket) -> None:
        db.session.add(ticket)
        db.session.flush()

    def lock(self, number: int) -> Ticket | None:
        """The ticket, for this transaction alone."""
        return db.session.scalar(
            select(Ticket)
            .where(Ticket.id == number)
            .with_for_update()
            .execution_options(populate_existing=True)
        )

    def find(self, number: int) -> Ticket | None:
        return db.session.get(Ticket, number, populate_existing=True)

    def connections_of(self, phone: str) -> Sequence[Ticket]:
        """The open connection requests of a phone, oldest first."""
        return db.session.scalars(
            select(Ticket)
            .where(Ticket.phone == phone, Ticket.state != CLOSED, Ticket.kind.in_(CONNECTIONS))
            .order_by(Ticket.id)
            .limit(100)
        ).all()

    def listed(self, state: str | None, phone: str | None, most: int) -> Sequence[Ticket]:
        """The newest tickets, newest first; without a state those that are not closed."""
        query = select(Ticket).order_by(Ticket.id.desc()).limit(most)
        query = query.where(Ticket.state != CLOSED if state is None else Ticket.state == state)
        if phone is not None:
            query = query.where(Ticket.phone == phone)
        return db.session.scalars(query).all()

    def add_step(self, step: TicketStep) -> None:
        db.session.add(step)
        db.session.flush()

    def steps_of(self, number: int) -> Sequence[TicketStep]:
        return db.session.scalars(
            select(TicketStep).where(TicketStep.ticket_id == number).order_by(TicketStep.id)
        ).all()

    def claim(self, key: str, now: datetime, expires_at: datetime) -> bool:
        """Whether this is the first of its key within the window. Another who asks at the same
        moment waits for our transaction to end."""
        statement = insert(TicketRepeat).values(key=key, ticket_id=None, expires_at=expires_at)
        taken = db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={"expires_at": expires_at, "ticket_id": None},
                where=TicketRepeat.expires_at <= now,
            ).returning(TicketRepeat.key)
        )
        return taken.scalar_one_or_none() is not None

    def settle(self, key: str, number: int) -> None:
        """The ticket that the key stands for."""
        db.session.execute(
            update(TicketRepeat).where(TicketRepeat.key == key).values(ticket_id=number)
        )

    def repeated(self, key: str) -> Ticket:
        return db.session.scalars(
            select(Ticket).join(TicketRepeat).where(TicketRepeat.key == key)
        ).one()

    def forget_closed_of(self, phone: str) -> None:
        db.session.execute(delete(Ticket).where(Ticket.phone == phone, Ticket.state == CLOSED))

    def forget_repeats(self, now: datetime) -> None:
        db.session.execute(delete(TicketRepeat).where(TicketRepeat.expires_at <= now))


class HandingRepository:
    """Steps that go on to somebody outside, as a queue: taken by a lease, done when taken there."""

    def add(self, step_id: int, channels: Sequence[str], now: datetime) -> None:
        db.session.add_all(
            TicketHanding(step_id=step_id, channel=channel, created_at=now, next_at=now)
            for channel in channels
        )

    def take_due(self, now: datetime, lease_until: datetime, most: int) -> Sequence[TicketHanding]:
        """Those to be handed on now; nobody else gets them before the lease is over. A step waits
        for the steps before it of the same ticket."""
        step, earlier, before = aliased(TicketStep), aliased(TicketStep), aliased(TicketHanding)
        waits = (
            select(before.step_id)
            .join(earlier, earlier.id == before.step_id)
            .join(step, step.ticket_id == earlier.ticket_id)
            .where(
                step.id == TicketHanding.step_id,
                before.channel == TicketHanding.channel,
                before.taken_at.is_(None),
                earlier.id < step.id,
            )
            .correlate(TicketHanding)
            .exists()
        )
        due = (
            select(TicketHanding.step_id, TicketHanding.channel)
            .where(TicketHanding.taken_at.is_(None), TicketHanding.next_at <= now, ~waits)
            .order_by(TicketHanding.next_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).cte()
        return db.session.scalars(
            update(TicketHanding)
            .where(TicketHanding.step_id == due.c.step_id, TicketHanding.channel == due.c.channel)
            .values(next_at=lease_until, attempts=TicketHanding.attempts + 1)
            .returning(TicketHanding)
            .execution_options(populate_existing=True)
        ).all()

    def taken(self, step_id: int, channel: str, now: datetime) -> None:
        db.session.execute(
            update(TicketHanding).where(_is(step_id, channel)).values(taken_at=now, last_error=None)
        )

    def failed(self, step_id: int, channel: str, error: str, next_at: datetime) -> None:
        db.session.execute(
            update(TicketHanding)
            .where(_is(step_id, channel), TicketHanding.taken_at.is_(None))
            .values(last_error=error[:200], next_at=next_at)
        )

    def of_ticket(self, number: int) -> Sequence[TicketHanding]:
        return db.session.scalars(
            select(TicketHanding)
            .join(TicketStep, TicketStep.id == TicketHanding.step_id)
            .where(TicketStep.ticket_id == number)
            .order_by(TicketHanding.step_id, TicketHanding.channel)
        ).all()

    def step(self, step_id: int) -> tuple[Ticket, TicketStep, int]:
        """A step, its ticket, and the id of the ticket's first step."""
        every = aliased(TicketStep)
        first = select(func.min(every.id)).where(every.ticket_id == Ticket.id).scalar_subquery()
        row = db.session.execute(
            select(Ticket, TicketStep, first)
            .join(TicketStep, TicketStep.ticket_id == Ticket.id)
            .where(TicketStep.id == step_id)
            .execution_options(populate_existing=True)
        ).one()
        return row[0], row[1], int(row[2])


def _is(step_id: int, channel: str) -> ColumnElement[bool]:
    return and_(TicketHanding.step_id == step_id, TicketHanding.channel == channel)


def ended_before(moment: datetime, most: int) -> Executable:
    """Deletes tickets that were closed before it, so many at most."""
    over = select(Ticket.id).where(Ticket.closed_at < moment).limit(most)
    return delete(Ticket).where(Ticket.id.in_(over))
