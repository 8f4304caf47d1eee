"""The panels of the sandbox: one of each kind that our server speaks to, with doors that open.

Each listens at a loopback address of its own, as a panel in a house has one: its syslog lines come
from there. What they follow: `protocols.md`, section 8.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from smartyard.sandbox.http import Calls
from smartyard.sandbox.panels.beward import Beward
from smartyard.sandbox.panels.device import Device
from smartyard.sandbox.panels.relay import Relay
from smartyard.sandbox.panels.sokol import Sokol

__all__ = ["Device", "Panels"]


class Panels:
    """By their names: `sandbox.panels["beward"]`."""

    def __init__(self, calls: Mapping[str, Calls]) -> None:
        self.beward = Beward("beward", "127.0.0.11", calls["beward"])
        self.sokol = Sokol("sokol", "127.0.0.12", calls["sokol"])
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

    def reset(self) -> None:
        for device in self:
            device.reset()

    def act(self, wanted: Mapping[str, Any]) -> None:
        """What the page posts: `panel`, and `act` with its `value`. Raises ValueError, KeyError or
        TypeError for what cannot be done."""
        self[wanted["panel"]].act(str(wanted["act"]), str(wanted.get("value", "")))

    def as_json(self) -> list[dict[str, Any]]:
        return [device.as_json() for device in self]
