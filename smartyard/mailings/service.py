"""Mailings: one job tells one batch of people, and asks for the next one in its transaction.

So a mailing goes on after a kill where it stood, tells everybody once (a unique key holds it), and
leaves its place in the worker between two batches.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from smartyard.db import transaction
from smartyard.inbox.service import InboxService
from smartyard.jobs import Queue
from smartyard.mailings.models import Mailing
from smartyard.mailings.repository import MailingRepository, Sheet
from smartyard.notices import Notice
from smartyard.phones import Phone

__all__ = ["TASK", "Mailing", "MailingService", "People", "Sheet"]

TASK = "send_mailing"
BATCH = 500  # people


class People(Protocol):
    """Who belongs to an audience (`all`, or the people of a `house` or `flat`)."""

    def phones(self, audience: str, place_id: int | None, after: str, most: int) -> Sequence[Phone]:
        """The next so many, in the order of their phones."""

    def count(self, audience: str, place_id: int | None) -> int:
        """How many there are."""


class MailingService:
    """Tells many people one thing."""

    def __init__(
        self,
        mailings: MailingRepository,
        people: People,
        inbox: InboxService,
        queue: Queue,
        clock: Callable[[], datetime],
    ) -> None:
        self._mailings = mailings
        self._people = people
        self._inbox = inbox
        self._queue = queue
        self._clock = clock

    def count(self, audience: str, place_id: int | None) -> int:
        """How many people would be told."""
        with transaction():
            return self._people.count(audience, place_id)

    def send_to_one(self, phone: Phone, title: str, text: str, *, about_money: bool) -> None:
        """Tell one person, whether they have signed in yet or not."""
        with transaction():
            self._inbox.send(Notice(phone, "inbox", title, text, about_money=about_money))

    def begin(
        self, audience: str, place_id: int | None, title: str, text: str, *, about_money: bool
    ) -> int:
        """Have the worker tell an audience; returns the mailing's number."""
        with transaction():
            mailing_id = self._mailings.add(
                Mailing(
                    audience=audience,
                    place_id=place_id,
                    title=title,
                    text=text,
                    about_money=about_money,
                    expected=self._people.count(audience, place_id),
                    created_at=self._clock(),
                )
            )
            self._go_on(mailing_id)
        return mailing_id

    def step(self, mailing_id: int) -> bool:
        """Tell the next batch; False when there was nobody left to tell."""
        with transaction():
            mailing = self._mailings.lock(mailing_id)
            if mailing.finished_at is not None:
                return False
            phones = self._people.phones(mailing.audience, mailing.place_id, mailing.reached, BATCH)
            if phones:
                mailing.told += self._inbox.send_many(
                    phones,
                    mailing_id=mailing.id,
                    title=mailing.title,
                    text=mailing.text,
                    about_money=mailing.about_money,
                )
                mailing.reached = phones[-1]
            if len(phones) < BATCH:
                mailing.finished_at = self._clock()
                return False
            self._go_on(mailing.id)
        return True

    def progress(self, mailing_id: int) -> Mailing:
        """How far it has come."""
        with transaction():
            return self._mailings.get(mailing_id)

    def listed(self, most: int) -> Sequence[Sheet]:
        """The last mailings, and what became of their messages."""
        with transaction():
            return self._mailings.newest(most)

    def _go_on(self, mailing_id: int) -> None:
        self._queue.defer(TASK, once=f"mailing-{mailing_id}", mailing_id=mailing_id)
