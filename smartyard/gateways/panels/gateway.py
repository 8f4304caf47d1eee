"""One face for panels of every kind."""

from smartyard.gateways.panels.beward import Beward
from smartyard.gateways.panels.lines import Lines
from smartyard.gateways.panels.panel import Driver, FlatOnPanel, Panel, PanelRefused, spelled
from smartyard.gateways.panels.sokol import Sokol
from smartyard.gateways.panels.url import Url

_NOBODY = Driver()  # nothing of ours opens it


class PanelGateway:
    """Every method may raise PanelRefused (it answered no; NotSupported: its kind has no such
    thing), Unreachable (surely not asked), AnswerLost (asked, and nobody knows) and Rubbish
    (answered what nobody can read, so nobody knows either)."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._drivers: dict[str, Driver] = {
            "beward": Beward(lines),
            "sokol": Sokol(lines),
            "url": Url(lines),
        }

    def open(self, panel: Panel, output: int) -> None:
        """One pulse, within PANEL_TIMEOUT on the clock or not at all; never repeated."""
        self._driver(panel).open(panel, output, self._lines.total)

    def set_flat(self, panel: Panel, flat: FlatOnPanel) -> None:
        """The code and the calls of a flat, whatever they were: may be repeated."""
        self._driver(panel).set_flat(panel, flat)

    def keys(self, panel: Panel) -> frozenset[str]:
        """All keys that open, 14 hexadecimal digits each; some may be nobody's we know."""
        return self._driver(panel).keys(panel)

    def add_key(self, panel: Panel, key: str, flat_number: int) -> None:
        """Let a key open; one that does already is fine. ValueError for what is no key."""
        key, driver = spelled(key), self._driver(panel)
        try:
            driver.add_key(panel, key, flat_number)
        except PanelRefused as refused:
            if refused.status in (401, 403) or key not in driver.keys(panel):
                raise

    def remove_key(self, panel: Panel, key: str) -> None:
        """Let a key open no more; one that is gone is fine. ValueError for what is no key."""
        key, driver = spelled(key), self._driver(panel)
        try:
            driver.remove_key(panel, key)
        except PanelRefused as refused:
            if refused.status in (401, 403) or key in driver.keys(panel):
                raise

    def snapshot(self, panel: Panel) -> bytes:
        """A JPEG of the panel's own camera, at most 2 MB."""
        return self._driver(panel).snapshot(panel)

    def send_events_to(self, panel: Panel, host: str, port: int) -> None:
        """Let the panel tell by syslog over UDP what happens; `host` as the panel sees it."""
        self._driver(panel).send_events_to(panel, host, port)

    def _driver(self, panel: Panel) -> Driver:
        return self._drivers.get(panel.model, _NOBODY)
