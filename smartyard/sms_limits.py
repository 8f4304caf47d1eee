"""Which limits stand before an SMS: sending costs money, and each code gives guesses.

Whoever asks for codes to numbers that are made up may use up what strangers have in a day, and no
more: people whom we know (signed in before, or with a home here) go on signing in.
"""

from smartyard.config import Settings
from smartyard.limits import Limit, network
from smartyard.phones import Phone

HOUR, DAY = 3600.0, 86400.0
TOTAL, STRANGERS = "sms-total", "sms-strangers"
# What the log says when one of these two is full.
SPENT = {
    TOTAL: "SMS_PER_DAY_TOTAL is used up",
    STRANGERS: "SMS_STRANGERS_PER_DAY is used up",
}

_SITE = 48  # bits of an IPv6 address that one customer gets at most
_CHECKS, _SPELL = 200, 300.0
_LINES = 10  # so many times the limit of an address has a /48: it may be an office, or a campus


def of(phone: Phone, address: str, settings: Settings, *, known: bool) -> list[Limit]:
    """The limits of one code. Callers whose address is not known ("") share one."""
    limits = [
        *_of_phone(phone, settings),
        *_of_address("sms-address", address, settings.sms_per_address_hour, HOUR),
        Limit(TOTAL, settings.sms_per_day_total, DAY),
    ]
    if not known:
        limits.append(Limit(STRANGERS, settings.strangers_per_day, DAY))
    return limits


def of_reviewer(phone: Phone, address: str, settings: Settings) -> list[Limit]:
    """Of the reviewers' number, which gets no SMS, but whose one code everybody may guess at: half
    of its codes of a day at most are one address's."""
    half = max(1, settings.sms_per_phone_day // 2)
    return [*_of_phone(phone, settings), *_of_address("reviewer-address", address, half, DAY)]


def of_misses(address: str, settings: Settings) -> list[Limit]:
    """Of wrong codes, whatever numbers they were of."""
    return _of_address("miss-address", address, settings.code_misses_per_address_hour, HOUR)


def of_call(phone: Phone, address: str, settings: Settings) -> list[Limit]:
    """Of asking to be confirmed by a call, which costs nothing: it counts as a code does."""
    address_ = _of_address("sms-address", address, settings.sms_per_address_hour, HOUR)
    return [*_of_phone(phone, settings), *address_]


def of_checks(phone: Phone, address: str) -> list[Limit]:
    """Of asking whether the call has come. Apps ask every three seconds for five minutes; nobody
    can use up what somebody elsewhere has."""
    return [
        Limit(f"check-phone:{phone}:{network(address)}", _CHECKS, _SPELL),
        *_of_address("check-address", address, _LINES * _CHECKS, _SPELL),
    ]


def _of_phone(phone: Phone, settings: Settings) -> list[Limit]:
    return [
        Limit(f"sms-hour:{phone}", settings.sms_per_phone_hour, HOUR),
        Limit(f"sms-day:{phone}", settings.sms_per_phone_day, DAY),
    ]


def _of_address(name: str, address: str, most: int, seconds: float) -> list[Limit]:
    household, site = network(address), network(address, _SITE)
    limits = [Limit(f"{name}:{household}", most, seconds)]
    if site != household:
        limits.append(Limit(f"{name}-site:{site}", _LINES * most, seconds))
    return limits
