"""When the bank is asked again about an order, and when billing is told again. Pure rules."""

from datetime import datetime, timedelta

from smartyard.config import Settings
from smartyard.ledger.states import CREDITED, DECLINED, ENDS, EXPIRED, NEW, PAID, REGISTERED


def next_ask(
    state: str, begun_at: datetime, asks: int, now: datetime, settings: Settings
) -> datetime | None:
    """Soon at first (`asks` so far), doubling to PAY_ASK_MOST within the first hour and to
    PAY_ASK_LATE after it; None when nothing more is expected of the bank by asking.

    What is settled is still looked at for PAY_WATCH_DAYS, seldom: a refund may be made in the
    bank's office, and an order that was given up may be paid weeks later. `begun_at`: when it was
    prepared, or last opened at the bank."""
    age = now - begun_at
    if state in ENDS or age >= timedelta(days=settings.pay_watch_days):
        return None
    if state in (PAID, CREDITED):
        first_day = age < timedelta(days=1)
        seconds = settings.pay_watch if first_day else settings.pay_watch_late
        return now + timedelta(seconds=seconds)
    if state in (NEW, REGISTERED, DECLINED, EXPIRED) and age >= lifetime(settings):
        return now + timedelta(seconds=settings.pay_watch_late)
    young = age < timedelta(hours=1)
    most = settings.pay_ask_most if young else settings.pay_ask_late
    return now + timedelta(seconds=min(settings.pay_ask_first * 2 ** min(asks, 20), most))


def after_silence(state: str, now: datetime, settings: Settings) -> datetime:
    """The bank said nothing. What may be paid just now is asked about again soon; a watch for
    refunds waits, so that on the bank's return the others are not behind it."""
    watched = state in (PAID, CREDITED)
    return now + timedelta(seconds=settings.pay_ask_late if watched else settings.pay_retry_first)


def lifetime(settings: Settings) -> timedelta:
    """How long an order may stay unpaid before it counts as expired."""
    return timedelta(hours=settings.pay_expire)


def next_try(attempts: int, now: datetime, settings: Settings) -> datetime:
    """Billing is told again after PAY_RETRY_FIRST seconds, doubling to PAY_RETRY_MOST, for ever."""
    wait = min(
        settings.pay_retry_first * 2 ** min(max(attempts - 1, 0), 20), settings.pay_retry_most
    )
    return now + timedelta(seconds=wait)
