"""Counters in PostgreSQL: "five codes an hour a phone", exact over workers and hosts.

The table is logged, so a kill empties no counter. A window begins with its first hit.
"""

import ipaddress
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, CheckConstraint, DateTime, Text, bindparam, text
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base, in_batches, transaction
from smartyard.errors import TooOften


class LimitCounter(Base):
    """How often something was done in the window that ends at `expires_at`."""

    __tablename__ = "limit_counters"
    __table_args__ = (CheckConstraint("hits >= 0", name="hits_not_negative"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Limit:
    """At most `most` within `seconds`, counted under `key` (which must hold no secret)."""

    key: str
    most: int
    seconds: float


class LimitReached(TooOften):
    """One of the limits was used up; `key` names it, for the log."""

    def __init__(self, key: str) -> None:
        super().__init__(cause=f"limit {key.split(':', 1)[0]}")
        self.key = key


# One statement for all limits of a call, locked in the order of their keys. A row that is full
# is not returned, and the transaction is rolled back: a refused try uses up none of the others.
_TAKE = text("""
    INSERT INTO limit_counters AS c (key, hits, expires_at)
    SELECT key, 1, expires_at FROM unnest(:keys, :expiries) AS new (key, expires_at) ORDER BY key
    ON CONFLICT (key) DO UPDATE
        SET hits = CASE WHEN c.expires_at <= :now THEN 1 ELSE c.hits + 1 END,
            expires_at = CASE WHEN c.expires_at <= :now THEN excluded.expires_at
                              ELSE c.expires_at END
        WHERE c.expires_at <= :now OR c.hits < (CAST(:mosts AS jsonb) ->> c.key)::bigint
    RETURNING c.key
    """).bindparams(
    bindparam("keys", type_=ARRAY(Text)),
    bindparam("expiries", type_=ARRAY(DateTime(timezone=True))),
    bindparam("now", type_=DateTime(timezone=True)),
)
# Rows are locked in the order of their keys here too, or two callers would wait for each other.
_GIVE_BACK = text("""
    UPDATE limit_counters AS c SET hits = c.hits - 1
    FROM (SELECT key FROM limit_counters WHERE key = ANY(:keys) AND hits > 0
          ORDER BY key FOR UPDATE) AS held
    WHERE c.key = held.key
    """).bindparams(bindparam("keys", type_=ARRAY(Text)))
_FORGET = text("""
    DELETE FROM limit_counters AS c
    USING (SELECT key FROM limit_counters WHERE expires_at <= :now
           ORDER BY expires_at LIMIT :most FOR UPDATE SKIP LOCKED) AS over
    WHERE c.key = over.key
    """).bindparams(bindparam("now", type_=DateTime(timezone=True)))


class Limits:
    """Takes places under limits, all or none, and gives them back when nothing was used."""

    def take(self, limits: Sequence[Limit], now: datetime) -> None:
        """Count one more under each. Raises LimitReached and counts nothing if one is full."""
        with transaction() as session:
            taken = set(
                session.execute(
                    _TAKE,
                    {
                        "keys": [limit.key for limit in limits],
                        "expiries": [now + timedelta(seconds=limit.seconds) for limit in limits],
                        "mosts": _mosts(limits),
                        "now": now,
                    },
                ).scalars()
            )
            for limit in limits:
                if limit.key not in taken:
                    raise LimitReached(limit.key)

    def give_back(self, limits: Sequence[Limit]) -> None:
        """What was taken led to nothing: it shall not count."""
        with transaction() as session:
            session.execute(_GIVE_BACK, {"keys": [limit.key for limit in limits]})

    @contextmanager
    def counting(
        self, limits: Sequence[Limit], now: datetime, only: type[Exception]
    ) -> Iterator[None]:
        """A try stands within. Its place is taken before, so that many at once are no more, and
        kept only by a try that ends in `only`. Raises LimitReached when there is none."""
        self.take(limits, now)
        counts = False
        try:
            yield
        except only:
            counts = True
            raise
        finally:
            if not counts:
                self.give_back(limits)

    def forget_ended(self, now: datetime) -> int:
        """Delete windows that are over; returns how many."""
        return in_batches(lambda most: _FORGET.bindparams(now=now, most=most))


def _mosts(limits: Sequence[Limit]) -> str:
    return json.dumps({limit.key: limit.most for limit in limits})


def network(address: str, bits: int = 64) -> str:
    """The address itself, or of IPv6 its first `bits`: one household holds all of a /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, bits), strict=False))
    return str(parsed)
