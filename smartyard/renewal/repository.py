"""Whose copies of billing's word are old. Nothing here asks billing."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select, text
from sqlalchemy.orm import aliased

from smartyard.contracts.models import BILLING, GRANT, BillingCopy, FlatMember, live
from smartyard.db import db
from smartyard.phones import Phone

# Who was here lately may open a door, and a device with a push token is rung however long ago it
# was seen. A guest's right hangs on those whom billing names in the flat, all of them: the newest
# word tells what is paid, and the one about the giver whether the giver lives there still. Whoever
# failed a moment ago goes behind the others, so that a few that always fail hold nobody up. Whom
# billing has ceased to name lately it is asked about more often: should it have erred, their guests
# and their phones wait for it.
_DUE = text("""
    WITH gone AS (
        SELECT DISTINCT phone FROM flat_leaves WHERE put_out_by = 'billing' AND left_at > :back
    ), used AS (
        SELECT DISTINCT p.phone FROM sessions s JOIN persons p ON p.id = s.person_id
        WHERE s.push_token IS NOT NULL OR s.last_seen_at > :lately
    ), named AS (
        SELECT phone FROM used
        UNION
        SELECT host.phone FROM used
        JOIN flat_members guest ON guest.phone = used.phone AND guest.source = 'grant'
            AND (guest.expires_at IS NULL OR guest.expires_at > :now)
        JOIN flat_members host ON host.flat_id = guest.flat_id AND host.source = 'billing'
    )
    SELECT c.phone FROM (
        SELECT n.phone, c.fetched_at, c.retry_at
        FROM named n JOIN billing_copies c ON c.subject = 'homes:' || n.phone
        WHERE c.fetched_at <= :old
          AND EXISTS (SELECT FROM flat_members m WHERE m.phone = n.phone AND m.source = 'billing')
        UNION
        SELECT g.phone, c.fetched_at, c.retry_at
        FROM gone g JOIN billing_copies c ON c.subject = 'homes:' || g.phone
        WHERE c.fetched_at <= :doubtful
    ) c
    WHERE c.retry_at IS NULL OR c.retry_at <= :now
    ORDER BY greatest(c.fetched_at, c.retry_at), c.phone LIMIT :most
    """)


@dataclass(frozen=True)
class Word:
    """When billing last spoke of somebody whose word counts in a flat; None: not that we know."""

    flat_id: int
    phone: Phone
    fetched_at: datetime | None


@dataclass(frozen=True)
class Due:
    """Of whom billing's word was heard at `old` or before: of people who were here since `lately`
    or who may be rung, and of their hosts; and at `doubtful` or before of whom billing has ceased
    to name somewhere since `back`. At most so many."""

    lately: datetime
    old: datetime
    back: datetime
    doubtful: datetime
    now: datetime
    most: int


class WordRepository:
    def due(self, told: Due) -> list[Phone]:
        """Whom to ask billing about, the oldest words first."""
        return [Phone(phone) for phone in db.session.scalars(_DUE, asdict(told))]

    def about(self, phone: Phone, flat_ids: Collection[int], now: datetime) -> Sequence[Word]:
        """What the rights of a phone in these flats hang on: its own word where billing names it,
        and where it is a guest the word about each whom billing names there. One statement."""
        guest = aliased(FlatMember)
        is_guest = exists().where(
            guest.flat_id == FlatMember.flat_id,
            guest.phone == phone,
            guest.source == GRANT,
            live(now, guest),
        )
        rows = db.session.execute(
            select(FlatMember.flat_id, FlatMember.phone, BillingCopy.fetched_at)
            .outerjoin(BillingCopy, BillingCopy.subject == "homes:" + FlatMember.phone)
            .where(
                FlatMember.flat_id.in_(flat_ids),
                FlatMember.source == BILLING,
                or_(FlatMember.phone == phone, is_guest),
            )
            .distinct()
        )
        return [Word(flat, Phone(whose), at) for flat, whose, at in rows]
