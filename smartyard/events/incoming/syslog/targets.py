"""Telling panels where their syslog goes, so that nobody needs to open the page of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.panels import NotSupported, Panel, PanelGateway, PanelRefused
from smartyard.registry.service import PanelOfOurs, RegistryService

__all__ = ["SyslogTargets", "TargetTold"]

_WRONG_LOGIN = (401, 403)


Result = Literal["told", "unable", "sealed", "login", "refused", "silent"]


@dataclass(frozen=True)
class TargetTold:
    """What became of one panel: it was told, has no such thing, or why it could not be."""

    panel_id: int
    name: str
    result: Result

    @property
    def failed(self) -> bool:
        return self.result not in ("told", "unable")


class SyslogTargets:
    """Asks panels of the inventory; nothing of ours is changed."""

    def __init__(self, registry: RegistryService, panels: PanelGateway, listen: str) -> None:
        """`listen`: where our listener is, as SYSLOG_LISTEN."""
        self._registry = registry
        self._panels = panels
        self._port = int(listen.rpartition(":")[2])

    def send_to(self, host: str, port: int, panel_id: int | None = None) -> Iterator[TargetTold]:
        """Tell all panels, or one, to send their lines to `host` (as they see it) and `port`, or to
        our listener's where it is 0; each is asked when its result is. A panel that is silent takes
        PANEL_TIMEOUT, and holds up the rest no longer."""
        for panel in self._registry.panels():
            if panel_id in (None, panel.id):
                result = self._result(panel, host, port or self._port)
                yield TargetTold(panel.id, panel.name, result)

    def _result(self, panel: PanelOfOurs, host: str, port: int) -> Result:
        if panel.unreadable:
            return "sealed"
        device = Panel(panel.id, panel.model, panel.address, panel.login, panel.password)
        try:
            self._panels.send_events_to(device, host, port)
        except NotSupported:
            return "unable"
        except PanelRefused as refused:
            return "login" if refused.status in _WRONG_LOGIN else "refused"
        except DependencyUnavailable:
            return "silent"  # the transport's line in the log says how
        return "told"
