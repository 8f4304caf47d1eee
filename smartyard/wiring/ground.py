"""What services stand on, and what a part of them is that is built together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from smartyard.config import Settings
from smartyard.phones import Phone
from smartyard.secret import Keys
from smartyard.wiring.outsides import Gateways

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Ground:
    """What services stand on."""

    settings: Settings
    gateways: Gateways
    keys: Keys
    clock: Clock


class Section:
    """A part of the services: its attributes are services. A section stands in a module of its own
    here, and gets what it needs of other sections as arguments."""

    def all(self) -> list[object]:
        return list(vars(self).values())


def each(*forget: Callable[[Phone], None]) -> Callable[[Phone], None]:
    """All of them, in this order."""

    def forget_all(phone: Phone) -> None:
        for one in forget:
            one(phone)

    return forget_all
