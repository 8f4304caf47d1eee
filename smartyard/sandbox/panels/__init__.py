"""The panels of the sandbox: one of each kind that our server speaks to, with doors that open.

Each listens at a loopback address of its own, as a panel in a house has one: its syslog lines come
from there. What they follow: `protocols.md`, section 8.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from smartyard.sandbox.http import Calls
from smartyard.sandbox.panels.beward import Beward
from smartyard.sandbox.panels.device import Device
from smartyard.sandbox.panels.intercom import Intercom
from smartyard.sandbox.panels.relay import Relay
from smartyard.sandbox.panels.sokol import Sokol

__all__ = ["Device", "Intercom", "Panels"]


class Panels:
    """By their names: `sandbox.panels["beward"]`. `lines` is what they told by syslog, oldest
    first: `at`, `panel`, `text`, `to`."""

    def __init__(self, calls: Mapping[str, Calls]) -> None:
        self.lines: deque[dict[str, Any]] = deque(maxlen=1000)
        self.beward = Beward("beward", "127.0.0.11", calls["beward"], "1011", self.lines)
        self.sokol = Sokol("sokol", "127.0.0.12", calls["sokol"], "1021", self.lines)
        self.relay = Relay("relay", "127.0.0.13", calls["relay"])

    def __iter__(self) -> Iterator[Device]:
        return iter((self.beward, self.sokol, self.relay))

    def __getitem__(self, name: str) -> Device:
        for device in self:
            if device.name == name:
                return device
        raise KeyError(f"there is no panel {name}")

    def pulses(self, name: str, output: int | None = None) -> int:
        """How often our server opened a door of it: one output, or any."""
        return self[name].pulses(output)

    def intercom(self, name: Any) -> Intercom:
        """One of those that people ring at. Raises KeyError."""
        found = self[name]
        if not isinstance(found, Intercom):
            raise KeyError(f"nobody rings at {name}")
        return found

    def teach(self, keys: Iterable[str]) -> None:
        """Let these keys open at every entrance."""
        for key in keys:
            for intercom in (self.beward, self.sokol):
                intercom.keys[key.upper().zfill(14)] = 0

    def reset(self) -> None:
        """As they came from the factory."""
        self.lines.clear()
        for device in self:
            device.reset()

    def forget(self) -> None:
        """Nobody has come yet; what they were told they know."""
        self.lines.clear()
        for device in self:
            device.forget()

    def act(self, wanted: Mapping[str, Any]) -> None:
        """What the page posts: `panel`, and `act` with its `value`. Raises ValueError, KeyError or
        TypeError for what cannot be done."""
        self[wanted["panel"]].act(str(wanted["act"]), str(wanted.get("value", "")))

    def as_json(self) -> list[dict[str, Any]]:
        return [device.as_json() for device in self]
