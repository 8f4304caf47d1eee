"""Times of the operator's wall clock, as the apps send them, and what they mean in UTC.

Twice a year the clock lies: an hour comes twice, or is left out. A span that it leaves open is read
as the shortest that can be meant; of two that are as short, as the clock went before it was moved.
"""

from datetime import UTC, datetime, tzinfo
from itertools import product

Span = tuple[datetime, datetime]


def span(begin: datetime, end: datetime, zone: tzinfo) -> Span:
    """Both in UTC. Where every reading ends before it begins, or lasts no time, the first one."""
    read: list[Span] = [
        (_in_utc(begin, fold, zone), _in_utc(end, other, zone))
        for fold, other in product((0, 1), repeat=2)
    ]
    lasting = [(since, until) for since, until in read if until > since]
    return min(lasting, key=lambda one: one[1] - one[0]) if lasting else read[0]


def _in_utc(shown: datetime, fold: int, zone: tzinfo) -> datetime:
    return shown.replace(tzinfo=zone, fold=fold).astimezone(UTC)
