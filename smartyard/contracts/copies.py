"""Copies of billing's answers: one call for each, however many requests want it.

A subject that is fresh is used as it is. One that is not is claimed by a committed row; the
holder of the claim calls billing with no lock and no connection held. The others use the copy at
once, or, where there is none, wait for the holder within the same time. What is older than
BILLING_MAX_STALE is no copy.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Text, bindparam, case, func, or_, select, text, update
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import InstrumentedAttribute, Session

from smartyard.config import Settings
from smartyard.contracts.models import BillingCopy, Loss
from smartyard.db import db, transaction
from smartyard.errors import DependencyUnavailable, is_database_away
from smartyard.waiting import WaitingRoom

log = logging.getLogger(__name__)

_CLAIM = text("""
    INSERT INTO billing_copies AS c (subject, claim, claimed_until)
    SELECT subject, :claim, :until FROM unnest(:subjects) AS new (subject) ORDER BY subject
    ON CONFLICT (subject) DO UPDATE
        SET claim = excluded.claim, claimed_until = excluded.claimed_until
        WHERE (c.claimed_until IS NULL OR c.claimed_until < :now)
          AND (c.fetched_at IS NULL OR c.fetched_at <= :fetched_before)
    RETURNING c.subject
    """).bindparams(bindparam("subjects", type_=ARRAY(Text)))

Noted = InstrumentedAttribute[datetime | None]
# When a refresh found that a phone had it, and when one found it gone.
_NOTED: dict[Loss, tuple[Noted, Noted]] = {
    "viewing": (BillingCopy.watched_at, BillingCopy.lost_at),
    "doors": (BillingCopy.opened_at, BillingCopy.doors_lost_at),
}


@contextmanager
def storing() -> Iterator[Session]:
    """The transaction that stores a copy. What our tables cannot hold is an answer like any other
    that cannot be read: DependencyUnavailable, told in the log without the values."""
    try:
        with transaction() as session:
            yield session
    except (IntegrityError, DataError, OperationalError) as error:
        if is_database_away(error):
            raise
        rule = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        log.error("billing's answer cannot be stored: %s (%s)", type(error.orig).__name__, rule)
        raise DependencyUnavailable(cause="billing's answer breaks a rule of ours") from None


class CopyForgotten(DependencyUnavailable):
    """Whose copy it is left while billing was asked: nothing is kept of them any more."""


@dataclass(frozen=True)
class Standing:
    """What can be done about some subjects right now."""

    usable: frozenset[str]  # a copy exists and is not too old
    due: frozenset[str]  # not fresh, and may be asked for
    held: frozenset[str]  # somebody is asking just now
    unknown: frozenset[str]  # nobody ever asked, or it was forgotten


class Copies:
    """The ages and claims of copies."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        # Whoever waits for another's call holds a thread; these are bounded like the calls.
        self._waiting = WaitingRoom("billing", settings.billing_calls)

    def standing(self, subjects: Collection[str], *, fresh: bool) -> Standing:
        """One statement. `fresh`: the person asked for news, so age and pauses do not count."""
        now = self._clock()
        oldest = now - timedelta(hours=self._settings.billing_max_stale)
        young = now - timedelta(seconds=self._settings.billing_ttl)
        with transaction():
            rows = db.session.execute(
                select(
                    BillingCopy.subject,
                    BillingCopy.fetched_at,
                    BillingCopy.retry_at,
                    BillingCopy.claimed_until,
                ).where(BillingCopy.subject.in_(subjects))
            ).all()
        usable = {row.subject for row in rows if row.fetched_at and row.fetched_at > oldest}
        calm = {
            row.subject
            for row in rows
            if not fresh
            and row.subject in usable
            and (
                (row.fetched_at and row.fetched_at > young) or (row.retry_at and row.retry_at > now)
            )
        }
        held = {row.subject for row in rows if row.claimed_until and row.claimed_until >= now}
        unknown = set(subjects) - {row.subject for row in rows}
        due = set(subjects) - calm - held
        return Standing(*map(frozenset, (usable, due, held, unknown)))

    def claim(self, subjects: Collection[str], asked_at: datetime) -> tuple[UUID, frozenset[str]]:
        """Take the subjects that nobody holds or has fetched since `asked_at`: one statement."""
        claim = uuid4()
        now = self._clock()
        held_for = timedelta(seconds=self._settings.billing_timeout + 2)
        with transaction() as session:
            taken = session.execute(
                _CLAIM,
                {
                    "subjects": sorted(subjects),
                    "claim": claim,
                    "until": now + held_for,
                    "now": now,
                    "fetched_before": asked_at,
                },
            ).scalars()
            return claim, frozenset(taken)

    def refresh(
        self, subject: str, fetch: Callable[[UUID], bool], *, fresh: bool, deadline: float
    ) -> bool:
        """Make sure that there is a copy of this subject to read: by `fetch`, which calls billing
        and stores under the claim it is given (False when that was lost meanwhile, and nothing was
        kept), or by waiting for whoever does so.

        A failure leaves the copy as it is, and is False; without a copy it raises
        DependencyUnavailable, of which CopyForgotten is no fault of billing's.
        """
        asked_at = self._clock()
        standing = self.standing([subject], fresh=fresh)
        usable = subject in standing.usable
        if subject in standing.due:
            claim, mine = self.claim([subject], asked_at)
            if mine:
                kept = self._fetch(subject, fetch, claim, usable)
                if kept or usable:
                    return kept is not None
        if not usable:
            self.wait([subject], deadline)
            left = self.standing([subject], fresh=False)
            if subject in left.unknown:
                raise CopyForgotten(cause="the person left meanwhile")
            if subject not in left.usable:
                raise DependencyUnavailable(cause="billing gave nothing that could be kept")
        return True

    def _fetch(
        self, subject: str, fetch: Callable[[UUID], bool], claim: UUID, usable: bool
    ) -> bool | None:
        """Whether the answer was kept; None where billing failed and an old copy stays."""
        try:
            return fetch(claim)
        except DependencyUnavailable as failed:
            self.release(claim, [subject])
            if not usable:
                raise
            log.warning("billing failed, the copy of %s stays: %s", _kind(subject), failed)
            return None
        except BaseException:
            self.release(claim, [subject])
            raise

    def keep(self, claim: UUID, subjects: Collection[str]) -> frozenset[str]:
        """In the caller's transaction: these were fetched now. Only what this claim still holds is
        returned and may be stored; the rest was taken over by somebody with later news. What was
        expired meanwhile may be older than the news, and is stored as old."""
        now = self._clock()
        old = now - timedelta(seconds=self._settings.billing_ttl)
        kept = db.session.execute(
            update(BillingCopy)
            .where(BillingCopy.subject.in_(subjects), BillingCopy.claim == claim)
            .values(
                fetched_at=case((BillingCopy.claimed_until.is_(None), old), else_=now),
                retry_at=None,
                claim=None,
                claimed_until=None,
            )
            .returning(BillingCopy.subject)
        )
        return frozenset(kept.scalars())

    def release(self, claim: UUID, subjects: Collection[str]) -> None:
        """Nothing was fetched: the last good copy stays, and is not refreshed again at once."""
        pause = timedelta(seconds=self._settings.billing_retry)
        with transaction() as session:
            session.execute(
                update(BillingCopy)
                .where(BillingCopy.subject.in_(subjects), BillingCopy.claim == claim)
                .values(retry_at=self._clock() + pause, claim=None, claimed_until=None)
            )

    def wait(self, subjects: Collection[str], deadline: float) -> None:
        """Wait, with nothing held, until nobody asks for these any more, or until `deadline` (of
        `time.monotonic`). Raises DependencyUnavailable when too many wait already."""
        with self._waiting.place():
            # An answer comes soon or not at all: looking rarely leaves the processor to others.
            pause = 0.05
            while self.standing(subjects, fresh=False).held and time.monotonic() < deadline:
                time.sleep(pause)
                pause = min(pause * 1.5, 0.4)

    def usable(self, subjects: Collection[str]) -> frozenset[str]:
        """Those of which there is a copy that is not too old."""
        return self.standing(subjects, fresh=False).usable

    def lost_share(self, what: Loss, now: datetime) -> tuple[int, int]:
        """In the last ten minutes: how many phones lost it, and how many of those that had it were
        refreshed. Whoever never had it cannot lose it, and would only make the share look small."""
        since = now - timedelta(minutes=10)
        counts = [
            select(func.count()).where(noted > since).scalar_subquery() for noted in _NOTED[what]
        ]
        had, lost = db.session.execute(select(*counts)).one()
        return int(lost), int(had)

    def expire(self, subjects: Sequence[str]) -> None:
        """In the caller's transaction: what billing said is no longer so; ask again when next
        read. The copy stays usable for as long as it would have been, less BILLING_TTL. Whoever is
        asking billing just now may get what is no longer so: a claim without an end says that."""
        self._age(subjects, self._settings.billing_ttl)

    def doubt(self, subjects: Sequence[str]) -> None:
        """The same, and what this says may no longer open a door unasked (RIGHTS_REFRESH)."""
        self._age(subjects, self._settings.rights_refresh)

    def _age(self, subjects: Sequence[str], seconds: float) -> None:
        old = self._clock() - timedelta(seconds=seconds)
        db.session.execute(
            update(BillingCopy)
            .where(
                BillingCopy.subject.in_(subjects),
                or_(BillingCopy.fetched_at > old, BillingCopy.claimed_until.is_not(None)),
            )
            .values(
                fetched_at=case((BillingCopy.fetched_at > old, old), else_=BillingCopy.fetched_at),
                retry_at=None,
                claimed_until=None,
            )
        )

    def note_holder(self, what: Loss, subject: str, now: datetime) -> None:
        """In the caller's transaction: this refresh found somebody who had it until now, or has it
        from now on."""
        self._note(subject, _NOTED[what][0], now)

    def note_loss(self, what: Loss, subject: str, now: datetime) -> None:
        """In the caller's transaction."""
        self._note(subject, _NOTED[what][1], now)

    def _note(self, subject: str, noted: Noted, now: datetime) -> None:
        db.session.execute(
            update(BillingCopy).where(BillingCopy.subject == subject).values({noted.key: now})
        )

    def forget(self, subjects: Sequence[str]) -> None:
        """In the caller's transaction."""
        db.session.execute(
            text("DELETE FROM billing_copies WHERE subject = ANY(:subjects)").bindparams(
                bindparam("subjects", list(subjects), type_=ARRAY(Text))
            )
        )


def _kind(subject: str) -> str:
    """What of the subject may stand in a log: it holds a whole phone number."""
    return subject.split(":", 1)[0]
