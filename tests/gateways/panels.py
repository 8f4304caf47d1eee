"""A gateway to panels with deadlines of a test's own, and the sandbox's panels as it knows them."""

from dataclasses import replace
from typing import Any

from smartyard.gateways.breaker import Breaker
from smartyard.gateways.panels import Lines, Panel, PanelGateway
from smartyard.gateways.transport import Outside
from smartyard.sandbox import Sandbox

BEWARD = Panel(11, "beward", login="admin", password="demo")
SOKOL = Panel(21, "sokol", login="admin", password="demo")
RELAY = Panel(12, "url")


def lines(
    total: float = 20.0,
    *,
    failures: int = 1000,
    calls: int = 24,
    kept: int = 100,
    connect: float = 5.0,
) -> Lines:
    """What a test does not care about is generous."""

    def make(name: str, max_bytes: int) -> Outside:
        breaker = Breaker(failures, 60)
        return Outside(
            name, connect=connect, total=total, max_bytes=max_bytes, breaker=breaker, at_once=2
        )

    return Lines(make, total=total, calls=calls, kept=kept)


def gateway(*total: float, **how: Any) -> PanelGateway:
    """The same, with their face."""
    return PanelGateway(lines(*total, **how))


def of(sandbox: Sandbox, panel: Panel, **changed: Any) -> Panel:
    """The panel at the sandbox's address of its kind."""
    path = "/gate/sekret/open/{door}?k=sekret" if panel.model == "url" else "/"
    url = {"beward": sandbox.beward_url, "sokol": sandbox.sokol_url, "url": sandbox.relay_url}
    return replace(panel, **({"address": url[panel.model] + path} | changed))


def name_of(panel: Panel) -> str:
    """What the sandbox calls it."""
    return "relay" if panel.model == "url" else panel.model
