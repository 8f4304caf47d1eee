"""Which services of a contract are paid, by its paid-until dates and whether it is blocked."""

from collections.abc import Mapping
from datetime import date


def unpaid(services: Mapping[str, date | None], blocked: bool, today: date) -> tuple[str, ...]:
    """Those whose last paid day is over; all of a blocked contract."""
    return tuple(
        name for name, until in services.items() if blocked or (until is not None and until < today)
    )


def is_shut(services: Mapping[str, date | None], blocked: bool, today: date) -> bool:
    """Nothing of it is served."""
    return blocked or bool(services) and len(unpaid(services, False, today)) == len(services)
