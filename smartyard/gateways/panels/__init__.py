"""Intercom panels and whatever else opens a door by a URL (reference/protocols.md, section 8).

`PanelGateway` speaks to them all; what a kind of panel says and hears stands in a file of its own.
A pulse is asked for once and never again by us: a door that opens late lets a stranger in. Nothing
here was tried on a real device: it follows the reference, and the sandbox plays the panels.
"""

from smartyard.gateways.panels.gateway import PanelGateway
from smartyard.gateways.panels.lines import Lines
from smartyard.gateways.panels.panel import (
    FlatOnPanel,
    NotSupported,
    Panel,
    PanelRefused,
)

__all__ = ["FlatOnPanel", "Lines", "NotSupported", "Panel", "PanelGateway", "PanelRefused"]
