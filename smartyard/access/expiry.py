"""When a right ends, as the apps write it.

A grant for ever names no date, or the year 3001; a revocation names 2001 (Android) or the year 1
(iOS), on whatever clock. So a date is first looked at as it stands: taking a zone off the year 1
would leave the calendar.
"""

from datetime import datetime, tzinfo

_FIRST, _LAST = 2002, 2900  # years: before the first a date revokes, from the last it is for ever


def ends_at(written: datetime | None, zone: tzinfo) -> datetime | None:
    """The moment on the operator's clock; None for ever. A past one revokes."""
    if written is None or written.year >= _LAST:
        return None
    if written.year < _FIRST:
        return datetime(_FIRST, 1, 1, tzinfo=zone)
    return written.replace(tzinfo=zone)
