"""Which flat opens a door for a person, or why none does."""

from collections.abc import Sequence

from smartyard.errors import AppError, NotFound, NotYours, PaymentRequired
from smartyard.registry.service import ReachedDoor


class DoorNotYours(NotYours):
    """The same answer whether there is such a door or not."""

    message = "У вас нет доступа к этой двери."


class DoorBlocked(NotYours):
    """Blocked by the operator; the message is the cause."""


class DoorNotPaid(PaymentRequired):
    message = "Домофон не оплачен. Пополните счёт, чтобы открывать двери."


class DoorNotConnected(NotFound):
    message = "Домофон не подключён. Чтобы подключить его, обратитесь к вашему оператору."


def refusal(doors: Sequence[ReachedDoor]) -> AppError | None:
    """None where one of the flats that reach a door opens it; else what the person can act on: a
    block says its own cause, and what is unpaid comes before what was never connected."""
    if any(door.opens for door in doors):
        return None
    if not doors:
        return DoorNotYours()
    for door in doors:
        if door.block is not None and door.connected:
            source, cause = door.block
            return DoorNotPaid(cause) if source == "debt" else DoorBlocked(cause)
    return DoorNotPaid() if any(door.connected for door in doors) else DoorNotConnected()
