"""Holding back a program that would take something from too many contracts at once.

A billing that blocks half of its customers is more likely broken than right. Contracts that lost
something are counted over BATCH_LOSS_WINDOW, so that many small batches do not pass by.
"""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from smartyard.audit import AuditEntry
from smartyard.config import Settings
from smartyard.db import Base, db, deletion_of, in_batches, upsert
from smartyard.errors import Malformed

log = logging.getLogger(__name__)

_WAIT = 15  # seconds: a caller is given up by nginx after 130


class Loss(Base):
    """When a contract last lost something of a kind (`contract`, `right`) by a batch."""

    __tablename__ = "losses"

    kind: Mapped[str] = mapped_column(primary_key=True)
    contract_id: Mapped[str] = mapped_column(primary_key=True)
    lost_at: Mapped[datetime] = mapped_column(index=True)


class TooManyLosses(Malformed):
    """The message says how many would lose something, of how many, and how it is let through."""

    def __init__(self, losing: int, of_all: int, most: int) -> None:
        super().__init__(
            "Отказано, ничего не записано: услуг или прав лишились бы слишком многие договоры —"
            f" {losing} из {of_all}, считая лишившихся недавно, а допустимо {most}. Если это"
            " верно, повторите с разрешением: allow_loss в запросе, --allow-loss в команде.",
            cause=f"{losing} of {of_all} contracts would lose something, {most} may",
        )


class Losses:
    """Counts contracts that lost something, by kind."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._share = settings.batch_loss_share
        self._least = settings.batch_loss_least
        self._window = timedelta(seconds=settings.batch_loss_window)
        self._clock = clock

    @property
    def window(self) -> timedelta:
        """Over which they are counted."""
        return self._window

    def begin(self, kind: str, seconds: int = _WAIT) -> None:
        """In the caller's transaction, to whose end nobody else changes many of a kind: what is
        counted is then true for two that come at once. `seconds` to wait for another to end, and
        for one statement."""
        wait = f"{seconds}s"
        db.session.execute(
            select(
                func.set_config("lock_timeout", wait, True),
                func.set_config("statement_timeout", wait, True),
            )
        )
        db.session.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(f"losses:{kind}", 0)))
        )

    def look(
        self, kind: str, losing: Collection[str], known: Collection[str], *, actor: str
    ) -> None:
        """After `begin`. `known` are all contracts that have something to lose. Raises
        TooManyLosses where these would be too many, with those of before in the window."""
        recent = set(
            db.session.scalars(
                select(Loss.contract_id).where(
                    Loss.kind == kind, Loss.lost_at > self._clock() - self._window
                )
            )
        )
        together = len(recent | set(losing))
        if together <= self._least or not set(losing) - recent:
            return
        # What one batch adds lets no other take more away; on the first day all are new.
        of_all = len(set(known) - self._new()) or len(known)
        most = max(self._least, int(self._share * of_all))
        if together > most:
            log.error(
                "%s would take a %s from %d contracts of %d: held back (BATCH_LOSS_SHARE)",
                actor,
                kind,
                together,
                of_all,
            )
            raise TooManyLosses(together, of_all, most)

    def _new(self) -> set[str]:
        """The contracts of which nobody told anything before this window."""
        since = self._clock() - self._window
        before = aliased(AuditEntry)
        known = select(before.id).where(before.subject == AuditEntry.subject, before.at <= since)
        rows = db.session.scalars(
            select(AuditEntry.subject).where(
                AuditEntry.at > since,
                AuditEntry.action.in_(("added", "right given")),
                ~known.exists(),
            )
        )
        return {subject.removeprefix("contract:") for subject in rows}

    def note(self, kind: str, losing: Collection[str], whole: Collection[str]) -> None:
        """In the caller's transaction: these lost something now, with nobody's word for it; those
        that are `whole` again count no more."""
        if whole:
            db.session.execute(
                delete(Loss).where(Loss.kind == kind, Loss.contract_id.in_(sorted(whole)))
            )
        now = self._clock().isoformat()
        rows = [{"kind": kind, "contract_id": one, "lost_at": now} for one in losing]
        upsert(Loss, rows, ["kind", "contract_id"])

    def forget_ended(self, now: datetime) -> int:
        """Delete what no window counts any more."""
        over = Loss.lost_at <= now - self._window
        return in_batches(lambda most: deletion_of(Loss, over, most))
