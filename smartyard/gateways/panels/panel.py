"""The words that all panels share: the device, a flat on it, its refusals, and what it may do."""

import re
from dataclasses import dataclass, field

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.transport import Answer, Rubbish

_KEY = re.compile("[0-9A-F]{6,14}")


class PanelRefused(DependencyUnavailable):
    """The panel answered that it will not, so the door stays shut; `status` is HTTP's, if any."""

    message = "Домофон не открыл дверь. Попробуйте ещё раз или обратитесь к вашему оператору."

    def __init__(self, cause: str, status: int = 0) -> None:
        super().__init__(cause=cause)
        self.status = status


class NotSupported(PanelRefused):
    """A panel of this kind has no such thing; nothing was asked."""

    message = "Это устройство так не умеет. Обратитесь к вашему оператору."


@dataclass(frozen=True)
class Panel:
    """A device of the inventory, as far as a driver needs to know it.

    `model` is beward, sokol or url; any other can do nothing. `address` is the base of its HTTP
    API, and of `url` the whole URL that opens, where `{door}` is filled with the output. `method`
    (GET, PUT, POST) is of `url` alone.
    """

    id: int
    model: str
    address: str = field(default="", repr=False)
    login: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    method: str = "GET"

    @property
    def auth(self) -> tuple[str, str] | None:
        return (self.login, self.password) if self.login else None


@dataclass(frozen=True)
class FlatOnPanel:
    """What a panel is to know of a flat. Without `code` none opens; `handset` and `sip` tell
    whether a call rings there, and `sip_numbers` (at most five) whom it calls."""

    number: int
    code: str | None = field(repr=False)
    handset: bool
    sip: bool
    sip_numbers: tuple[str, ...] = ()


class Driver:
    """What a kind of panel may do. One that has not learned a thing refuses it, unasked."""

    def open(self, panel: Panel, output: int, within: float) -> None:
        """One pulse on an output, in so many seconds altogether."""
        raise NotSupported(f"{panel.model}: no output {output}")

    def set_flat(self, panel: Panel, flat: FlatOnPanel) -> None:
        """The code and the calls of a flat, whatever they were."""
        raise NotSupported(f"{panel.model}: flats")

    def keys(self, panel: Panel) -> frozenset[str]:
        """All keys that open, in the spelling of `spelled`."""
        raise NotSupported(f"{panel.model}: keys")

    def add_key(self, panel: Panel, key: str, flat_number: int) -> None:
        """Let a key open."""
        raise NotSupported(f"{panel.model}: keys")

    def remove_key(self, panel: Panel, key: str) -> None:
        """Let a key open no more."""
        raise NotSupported(f"{panel.model}: keys")

    def snapshot(self, panel: Panel) -> bytes:
        """A JPEG of its own camera."""
        raise NotSupported(f"{panel.model}: snapshot")

    def send_events_to(self, panel: Panel, host: str, port: int) -> None:
        """Where it tells by syslog what happens."""
        raise NotSupported(f"{panel.model}: events")


def taken(answer: Answer) -> Answer:
    """An answer that says yes. What a 3xx or 5xx did is not known: that is Rubbish."""
    if 400 <= answer.status < 500:
        raise PanelRefused(f"HTTP {answer.status}", answer.status)
    if not 200 <= answer.status < 300:
        raise Rubbish(cause=f"HTTP {answer.status}")
    return answer


def jpeg(answer: Answer) -> bytes:
    """A picture; Rubbish when it is none."""
    body = taken(answer).body
    if not body.startswith(b"\xff\xd8\xff"):
        raise Rubbish(cause="no JPEG")
    return body


def spelled(key: str) -> str:
    """The one spelling of a key: 14 hexadecimal digits. Raises ValueError for what is none."""
    digits = key.strip().upper()
    if not _KEY.fullmatch(digits):
        raise ValueError("a key is 6 to 14 hexadecimal digits")
    return digits.zfill(14)
