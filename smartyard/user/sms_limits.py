"""Which limits stand before an SMS: sending costs money, and each code gives guesses."""

import ipaddress

from smartyard.config import Settings
from smartyard.limits import Limit
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


def network(address: str) -> str:
    """The address itself, or of IPv6 its /64: one household holds all of that."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
