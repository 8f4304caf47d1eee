"""Which limits stand before an SMS: sending costs money, and each code gives guesses."""

from smartyard.config import Settings
from smartyard.limits import Limit, network
from smartyard.phones import Phone

HOUR, DAY = 3600.0, 86400.0
TOTAL = "sms-total"


def of(phone: Phone, address: str | None, settings: Settings) -> list[Limit]:
    """The limits of one code. Only the phone's own count with None for the address: the reviewers'
    number gets no SMS. Callers whose address is not known ("") share one."""
    limits = [
        Limit(f"sms-hour:{phone}", settings.sms_per_phone_hour, HOUR),
        Limit(f"sms-day:{phone}", settings.sms_per_phone_day, DAY),
    ]
    if address is not None:
        limits += [
            Limit(f"sms-address:{network(address)}", settings.sms_per_address_hour, HOUR),
            Limit(TOTAL, settings.sms_per_day_total, DAY),
        ]
    return limits
