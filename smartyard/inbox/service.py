"""Telling people, and what they have read. What a person asks for is about the caller alone."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartyard.config import Settings
from smartyard.db import in_batches, transaction
from smartyard.errors import NotYours
from smartyard.guard import Caller
from smartyard.inbox import page
from smartyard.inbox.models import Message
from smartyard.inbox.repository import CHAT, MessageRepository, Unread
from smartyard.jobs import Queue
from smartyard.limits import Limit, Limits
from smartyard.notices import Action, Notice
from smartyard.phones import Phone

__all__ = ["PUSH", "PUSH_MAILING", "InboxService", "Page", "Unread"]

log = logging.getLogger(__name__)

# The tasks that tell devices of messages.
PUSH, PUSH_MAILING = "push_messages", "push_mailing"

_HOUR = 3600.0
# A push that is on no page is looked at by nobody but the worker.
_PUSHED = timedelta(days=2)


@dataclass(frozen=True)
class Page:
    """A whole HTML document, and what links in it are relative to ("" where it is not set)."""

    base: str
    html: str


class InboxService:
    """Writes messages down (`Notices`), and shows them to whom they are for."""

    def __init__(
        self,
        messages: MessageRepository,
        *,
        limits: Limits,
        queue: Queue,
        pushing: bool,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        """Without `pushing` nobody is there to push, and messages are in the inbox alone."""
        self._messages = messages
        self._limits = limits
        self._queue = queue
        self._pushing = pushing
        self._said = False
        self._settings = settings
        self._clock = clock

    def send(self, notice: Notice) -> None:
        """In the caller's transaction: write it down, and let the worker push it."""
        message_id = self._messages.add(
            Message(
                phone=notice.phone,
                action=notice.action,
                title=notice.title,
                text=notice.text,
                kept=notice.keep,
                about_money=notice.about_money,
                data=dict(notice.data),
                created_at=self._clock(),
            )
        )
        self._push(PUSH, [message_id])

    def send_many(
        self, phones: Sequence[Phone], *, mailing_id: int, title: str, text: str, about_money: bool
    ) -> int:
        """In the caller's transaction: the same for a batch of people, each once in a mailing.
        Returns how many are told. Their pushes are apart from those of single messages."""
        same = {
            "mailing_id": mailing_id,
            "action": "inbox",
            "title": title,
            "text": text,
            "kept": True,
            "about_money": about_money,
            "data": {},
            "created_at": self._clock(),
        }
        ids = self._messages.add_many([{"phone": phone} | same for phone in phones])
        self._push(PUSH_MAILING, ids)
        return len(ids)

    def _push(self, task: str, ids: list[int]) -> None:
        if self._pushing and ids:
            self._queue.defer(task, ids=ids)
        elif not self._pushing and not self._said:
            self._said = True
            log.info("FCM_CREDENTIALS is not set: messages are in the inbox alone")

    def page(self, caller: Caller) -> Page:
        """The newest messages as HTML; from now on all of them count as read."""
        now = self._clock()
        with transaction():
            # Marked before they are looked at: what comes in between is shown, and stays unread.
            new = self._messages.read_all(caller.phone, now)
            found = self._messages.newest(caller.phone, self._settings.inbox_shown)
            shown = [page.Shown.of(one, one.id in new or one.read_at is None) for one in found]
        html = page.render(shown, now, self._settings.timezone)
        return Page(self._settings.server_url, html)

    def unread(self, caller: Caller) -> Unread:
        """What the badge of the app's icon counts."""
        with transaction():
            return self._messages.unread(caller.phone)

    def read(self, caller: Caller, message_id: int | None) -> None:
        """One message was read, or all. Raises NotYours for one that is not the caller's."""
        now = self._clock()
        with transaction():
            if message_id is None:
                self._messages.read_all(caller.phone, now)
            elif not self._messages.read(caller.phone, message_id, now):
                raise NotYours(cause="no such message of this phone")

    def delivered(self, caller: Caller, message_id: int) -> None:
        """A device of the caller has got it. Raises NotYours for one that is not the caller's."""
        with transaction():
            if not self._messages.deliver(caller.phone, message_id, self._clock()):
                raise NotYours(cause="no such message of this phone")

    def chat_read(self, caller: Caller) -> None:
        """The chat was opened."""
        with transaction():
            self._messages.read_all(caller.phone, self._clock(), action=CHAT)

    def alert(self, caller: Caller, action: Action, text: str, *, keep: bool) -> None:
        """A message that a person sends to all devices of their own. Raises LimitReached."""
        limit = Limit(f"alert:{caller.phone}", self._settings.alerts_per_phone_hour, _HOUR)
        with transaction():
            self._limits.take([limit], self._clock())
            self.send(Notice(caller.phone, action, "Напоминание", text, keep=keep))

    def forget(self, phone: Phone) -> None:
        """In the caller's transaction: the person left."""
        self._messages.forget(phone)

    def forget_ended(self, now: datetime) -> None:
        """Delete what is older than MESSAGES_KEPT."""
        before = now - timedelta(days=self._settings.messages_kept)
        in_batches(lambda most: self._messages.deletion_of_old(before, now - _PUSHED, most))
