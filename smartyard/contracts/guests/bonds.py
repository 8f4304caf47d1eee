"""What ties the guests of a flat to the people whom billing names there.

A guest has the services that are connected and paid in the flat (`spread`), and stays while the
right hangs on somebody of the flat (`end_loose`):

- one given by a phone, while that phone has a right there itself: billing names it, or it is a
  guest whose own right holds by these rules. So all that an owner gave ends when billing names him
  no more, when he leaves or is put out, and with it what those gave whom he let in as owners;
- one taken by a QR card, or given by somebody who has deleted the account since (`granted_by` is
  "qr" or empty), while billing still names somebody whom it named there when the right was given: a
  new household begins without the guests of the one before;
- one given by the operator (`cli:root`), until the operator or an owner takes it: it is the
  operator's own word about a person, as billing's is, and `flask access list` shows it.

Whoever is ended is marked as if put out by billing: the flat's old QR card lets nobody back in.

Billing may err: what ends by its word alone goes on where it names within GUESTS_RETURN whom the
right hung on (`follow_billing`). What a person's deed ends never does (`end_loose`, `settle`).
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from smartyard.contracts.models import BY_BILLING
from smartyard.db import db
from smartyard.phones import Phone

# As the newest of the copies says in which the flat is. The rows are locked in one order, so that
# two copies that are stored at once do not wait in a ring.
_SPREAD = text("""
    WITH newest AS (
        SELECT DISTINCT ON (m.flat_id) m.flat_id, m.phone
        FROM flat_members m LEFT JOIN billing_copies c ON c.subject = 'homes:' || m.phone
        WHERE m.source = 'billing' AND m.flat_id = ANY (:flats)
        ORDER BY m.flat_id, c.fetched_at DESC NULLS LAST, m.phone
    ), words AS (
        SELECT m.flat_id, s.service, bool_and(s.service = ANY (m.unpaid)) AS unpaid
        FROM newest JOIN flat_members m USING (flat_id, phone)
        CROSS JOIN unnest(m.services) AS s (service)
        WHERE m.source = 'billing' GROUP BY m.flat_id, s.service
    ), told AS (
        SELECT flat_id, array_agg(service ORDER BY service) AS services,
               array_agg(service ORDER BY service) FILTER (WHERE unpaid) AS unpaid
        FROM words GROUP BY flat_id
    ), held AS (
        SELECT g.id, coalesce(t.services, '{}') AS services, coalesce(t.unpaid, '{}') AS unpaid
        FROM flat_members g LEFT JOIN told t USING (flat_id)
        WHERE g.source = 'grant' AND g.flat_id = ANY (:flats) ORDER BY g.id FOR UPDATE OF g
    )
    UPDATE flat_members g SET services = held.services, unpaid = held.unpaid FROM held
    WHERE g.id = held.id
      AND (g.services, g.unpaid) IS DISTINCT FROM (held.services, held.unpaid)
    """).bindparams(bindparam("flats", type_=ARRAY(BigInteger)))

# The flats are locked, so that nobody gives meanwhile. A right that ends stays as a row, like those
# whose time is over: the log knows who it was. Without `back` nothing ends for a while only, and
# nothing comes back.
_HOLD = text("""
    WITH RECURSIVE guests AS (
        SELECT *, expires_at IS NULL OR expires_at > :now AS lives FROM flat_members
        WHERE source = 'grant' AND flat_id = ANY (:flats)
          AND (expires_at IS NULL OR expires_at > :now
               OR loose_at > CAST(:back AS timestamptz)
                  AND (loose_until IS NULL OR loose_until > :now))
    ), holding AS (
        SELECT flat_id, phone FROM flat_members WHERE source = 'billing' AND flat_id = ANY (:flats)
        UNION
        SELECT g.flat_id, g.phone FROM guests g
        WHERE g.granted_by LIKE 'cli:%'
           OR g.granted_by IN ('qr', '') AND EXISTS (
                SELECT FROM flat_members m WHERE m.flat_id = g.flat_id AND m.source = 'billing'
                   AND (m.named_at IS NULL OR m.named_at <= g.granted_at))
        UNION
        SELECT g.flat_id, g.phone FROM guests g
        JOIN holding h ON h.flat_id = g.flat_id AND h.phone = g.granted_by
    ), ended AS (
        UPDATE flat_members m SET expires_at = :now,
            loose_at = CASE WHEN CAST(:back AS timestamptz) IS NOT NULL THEN :now END,
            loose_until = CASE WHEN CAST(:back AS timestamptz) IS NOT NULL THEN m.expires_at END
        FROM guests g
        WHERE m.id = g.id AND g.lives
          AND (g.flat_id, g.phone) NOT IN (SELECT flat_id, phone FROM holding)
        RETURNING m.flat_id, m.phone
    ), returned AS (
        UPDATE flat_members m
        SET expires_at = m.loose_until, loose_at = NULL, loose_until = NULL
        FROM guests g
        WHERE m.id = g.id AND NOT g.lives
          AND (g.flat_id, g.phone) IN (SELECT flat_id, phone FROM holding)
        RETURNING m.flat_id, m.phone
    ), marked AS (
        INSERT INTO flat_leaves (phone, flat_id, left_at, put_out_by, named_at)
        SELECT phone, flat_id, :now, :by, :now FROM ended ON CONFLICT DO NOTHING
    ), lifted AS (
        DELETE FROM flat_leaves l USING returned r
        WHERE l.phone = r.phone AND l.flat_id = r.flat_id AND l.put_out_by = :by
    )
    SELECT (SELECT count(*) FROM ended), (SELECT count(*) FROM returned)
    """).bindparams(bindparam("flats", type_=ARRAY(BigInteger)))

_SETTLE = text("""
    UPDATE flat_members SET loose_at = NULL, loose_until = NULL
    WHERE source = 'grant' AND flat_id = ANY (:flats) AND granted_by = :phone
      AND loose_at IS NOT NULL
    """).bindparams(bindparam("flats", type_=ARRAY(BigInteger)))

_SHORTEN = text("""
    WITH RECURSIVE given AS (
        SELECT id, phone FROM flat_members
        WHERE source = 'grant' AND flat_id = :flat AND granted_by = :phone
        UNION
        SELECT m.id, m.phone FROM flat_members m JOIN given g ON m.granted_by = g.phone
        WHERE m.source = 'grant' AND m.flat_id = :flat
    )
    UPDATE flat_members m SET expires_at = :until FROM given g
    WHERE m.id = g.id AND m.phone <> :phone AND (m.expires_at IS NULL OR m.expires_at > :until)
    """)


def spread(flat_ids: Collection[int]) -> None:
    """In the caller's transaction: bring the guests of these flats to what is connected and paid
    there."""
    if flat_ids:
        db.session.execute(_SPREAD, {"flats": sorted(flat_ids)})


def end_loose(flat_ids: Collection[int], now: datetime) -> int:
    """In the caller's transaction, which holds these flats: end for good the rights that hang on
    nobody any more, by what a person did. Returns how many."""
    return _hold(flat_ids, now, None)[0]


def follow_billing(flat_ids: Collection[int], now: datetime, back: datetime) -> tuple[int, int]:
    """The same by billing's word: what ends may come back, and what ended so since `back` does
    where it hangs on somebody again. Returns how many ended, and how many came back."""
    return _hold(flat_ids, now, back)


def _hold(flat_ids: Collection[int], now: datetime, back: datetime | None) -> tuple[int, int]:
    if not flat_ids:
        return 0, 0
    told = {"flats": sorted(flat_ids), "now": now, "by": BY_BILLING, "back": back}
    ended, returned = db.session.execute(_HOLD, told).one()
    return ended, returned


def settle(flat_ids: Collection[int], phone: Phone) -> None:
    """In the caller's transaction, which holds these flats: what the phone gave there, and billing
    ended, does not come back. A person has decided anew who this phone is there."""
    db.session.execute(_SETTLE, {"flats": sorted(flat_ids), "phone": phone})


def shorten(flat_id: int, phone: Phone, until: datetime) -> None:
    """In the caller's transaction, which holds the flat: what a guest gave there, and what those
    gave, ends with the guest's own right at the latest."""
    db.session.execute(_SHORTEN, {"flat": flat_id, "phone": phone, "until": until})
