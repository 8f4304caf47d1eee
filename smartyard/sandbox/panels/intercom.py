"""A panel at an entrance: flats, keys, a camera. By hand it may be given a key or a code, as at the
door, and it tells of all that by syslog."""

import socket
import time
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from smartyard.sandbox.http import Calls
from smartyard.sandbox.panels.device import Device

PICTURE = Path(__file__).with_name("picture.jpg").read_bytes()


class Intercom(Device):
    """`flats` by their numbers: code (or None), handset, sip, sip_numbers; `keys` and whose flat
    they are; `events_to` is where syslog goes. `sip` is how the PBX knows it."""

    def __init__(  # pylint: disable=too-many-arguments,too-many-positional-arguments
        self, name: str, host: str, calls: Calls, sip: str, lines: deque[dict[str, Any]]
    ) -> None:
        """`lines` keeps what it told: `at`, `panel`, `text`, and `to` whom, where anybody."""
        self.sip = sip
        self._lines = lines
        super().__init__(name, host, calls)

    def reset(self) -> None:
        super().reset()
        self.flats: dict[int, dict[str, Any]] = {}
        self.keys: dict[str, int] = {}
        self.events_to: tuple[str, int] | None = None

    def key(self, key: str, output: int = 0) -> None:
        """Hold a key to a reader: it opens if the panel knows it, and is told of either way."""
        known = key.upper().zfill(14) in self.keys
        if known:
            self.pulse(output, "key")
        self.tell(self.words_of_key(key.upper().zfill(14), output, known))

    def code(self, code: str) -> None:
        """Type a code: it opens if it is a flat's, and is told of either way."""
        with self._lock:
            flats = [number for number, flat in self.flats.items() if flat.get("code") == code]
        if flats:
            self.pulse(0, "code")
            self.tell(f"Opening door by code {code}, apartment {flats[0]}")
        else:
            self.tell(f"Got invalid code {code} from MC")

    def button(self, output: int = 0) -> None:
        """Press the exit button."""
        self.pulse(output, "button")
        self.tell(self.words_of_button(output))

    def ring(self, flat: int) -> None:
        """Dial a flat."""
        self.tell(self.words_of_ring(flat))

    def open_in_call(self, flat: int) -> None:
        """Somebody of the flat lets in who rings."""
        self.pulse(0, "dtmf")
        self.tell(self.words_of_dtmf(flat))

    def hang_up(self, flat: int) -> None:
        """The call to the flat is over."""
        self.tell(self.words_of_end(flat))

    def dtmf(self, flat: int) -> None:
        """A whole call, in which somebody of the flat opens."""
        self.ring(flat)
        self.open_in_call(flat)
        self.hang_up(flat)

    def motion(self) -> None:
        for text in self.words_of_motion():
            self.tell(text)

    def act(self, act: str, value: str) -> None:
        """One of these by name, as the page asks for it. Raises ValueError."""
        acts: dict[str, Callable[[], None]] = {
            "key": lambda: self.key(value),
            "code": lambda: self.code(value),
            "button": lambda: self.button(int(value or 0)),
            "dtmf": lambda: self.dtmf(int(value)),
            "motion": self.motion,
        }
        if act not in acts:
            raise ValueError(f"no such act; there are {', '.join(acts)}")
        acts[act]()

    def words_of_key(self, key: str, output: int, known: bool) -> str:
        if not known:
            return f"RFID {key} is not present in database"
        return f"Opening door by {'external ' if output else ''}RFID {key}, apartment 0"

    def words_of_button(self, output: int) -> str:
        return f"{'Additional' if output else 'Main'} door button pressed!"

    @abstractmethod
    def words_of_ring(self, flat: int) -> str:
        """What it tells when a flat is dialled."""

    @abstractmethod
    def words_of_dtmf(self, flat: int) -> str:
        """What it tells when somebody of a flat opens from a call."""

    @abstractmethod
    def words_of_end(self, flat: int) -> str:
        """What it tells when a call is over."""

    @abstractmethod
    def words_of_motion(self) -> list[str]:
        """What it tells when something moves before it, line by line."""

    @abstractmethod
    def line(self, text: str, at: datetime | None = None) -> bytes:
        """The datagram of a text, for who wants to cut or double it."""

    def tell(self, text: str) -> None:
        """Send a line to where it was told to, from its own address; nowhere if to nobody."""
        told = {"at": time.time(), "panel": self.name, "text": text, "to": self._target()}
        self._lines.append(told)
        if self.events_to is not None:
            self.send(self.line(text))

    def send(self, datagram: bytes) -> None:
        """Send raw bytes there. Raises ValueError when it was told no address."""
        if self.events_to is None:
            raise ValueError(f"{self.name} was not told where to send events")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((self.host, 0))
            sender.sendto(datagram, self.events_to)

    def _target(self) -> str:
        host, port = self.events_to or ("", 0)
        return f"{host}:{port}" if host else ""

    def as_json(self) -> dict[str, Any]:
        with self._lock:
            return super().as_json() | {
                "flats": {str(number): dict(flat) for number, flat in self.flats.items()},
                "keys": dict(self.keys),
                "events": self._target(),
            }


def moment(at: datetime | None) -> datetime:
    return (at or datetime.now()).astimezone()
