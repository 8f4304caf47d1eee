"""Who may read the log of a flat, and from which moment on."""

from datetime import datetime, time, tzinfo

from smartyard.contracts.homes import DEBT, FlatOfMine
from smartyard.errors import NotFound, NotYours, PaymentRequired
from smartyard.intercom.service import LogRights

DOMOPHONE = "domophone"


class LogNotConnected(NotFound):
    message = "Домофон не подключён. Чтобы подключить его, обратитесь к вашему оператору."


class LogNotPaid(PaymentRequired):
    message = "Домофон не оплачен. Пополните счёт, чтобы видеть события."


class LogBlocked(NotYours):
    """Blocked by the operator; the message is the cause."""


class LogNotForGuests(NotYours):
    message = "События видят только те, кто живёт в квартире."


class LogIsOff(NotYours):
    message = "Журнал событий отключён. Включить его может владелец в настройках квартиры."


class LogForbidden(NotYours):
    message = "Журнал событий для этой квартиры закрыт. Обратитесь к вашему оператору."


class LogForOwner(NotYours):
    message = "События этой квартиры видит только её владелец."


def reads_from(flat: FlatOfMine, who: LogRights, zone: tzinfo) -> datetime | None:
    """From when on the person of this flat sees its events; None: all of them. A guest sees those
    from the day of being let in. Raises what keeps the person from it."""
    block = flat.block_of("log")
    if block is not None:
        raise LogNotPaid(block.cause) if block.source == DEBT else LogBlocked(block.cause)
    if flat.kind == "outer":
        raise LogNotForGuests()
    if DOMOPHONE not in flat.services:
        raise LogNotConnected()
    if DOMOPHONE in flat.unpaid:
        raise LogNotPaid()
    if who == "forbidden":
        raise LogForbidden()
    if who == "none":
        raise LogIsOff()
    if who == "owner" and flat.kind != "owner":
        raise LogForOwner()
    if flat.granted_at is None or flat.kind == "owner":
        return None
    return datetime.combine(flat.granted_at.astimezone(zone), time(), zone)
