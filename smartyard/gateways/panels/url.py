"""Any device that opens when its URL is called: a relay board, a barrier, somebody's own server.

Tried on no device; there is no protocol to try. A 2xx is taken for "it opened", whatever the body.
The address may be a secret as a whole, so that logs tell the panel's id and nothing of it.
"""

from smartyard.gateways.panels.lines import Lines
from smartyard.gateways.panels.panel import Driver, Panel, taken
from smartyard.gateways.transport import Request


class Url(Driver):
    """See the module."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def open(self, panel: Panel, output: int, within: float) -> None:
        request = Request(
            panel.method,
            panel.address.replace("{door}", str(output)),
            body=None if panel.method == "GET" else b"",
            once=True,
            auth=panel.auth,
            shown="(its address)",
        )
        self._lines.ask(panel, f"door {output}", request, taken, within=within)
