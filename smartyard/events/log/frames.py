"""What a panel sees now: its own snapshot, else the newest frame at its camera's media server."""

import logging
from collections.abc import Callable
from urllib.parse import quote

from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.events.log.repository import LogRepository
from smartyard.gateways.flussonic.snapshot import SnapshotGateway
from smartyard.gateways.panels import Panel, PanelGateway
from smartyard.registry.inventory.media import MediaServer
from smartyard.registry.service import RegistryService

log = logging.getLogger(__name__)

TOKEN = 30.0  # seconds that our token at a media server lives
MediaToken = Callable[[MediaServer, str, float], str]
"""The server's own, for a stream and so many seconds."""


class FrameTaker:
    """Asks panels and media servers for a JPEG. What keeps it from coming is logged."""

    def __init__(
        self,
        registry: RegistryService,
        panels: PanelGateway,
        media: SnapshotGateway,
        *,
        events: LogRepository,
        media_token: MediaToken,
    ) -> None:
        self._registry = registry
        self._panels = panels
        self._media = media
        self._events = events
        self._media_token = media_token

    def newest(self, panel_id: int | None, camera_id: int | None = None) -> bytes | None:
        """None where nobody gives one."""
        return self._of_panel(panel_id) or self._of_camera(camera_id, panel_id)

    def _of_panel(self, panel_id: int | None) -> bytes | None:
        panel = self._registry.panel(panel_id) if panel_id is not None else None
        if panel is None or panel.model not in ("beward", "sokol"):
            return None
        try:
            return self._panels.snapshot(
                Panel(panel.id, panel.model, panel.address, panel.login, panel.password)
            )
        except DependencyUnavailable as failed:
            log.info("panel %d gives no picture: %s", panel.id, failed)
            return None

    def _of_camera(self, camera_id: int | None, panel_id: int | None) -> bytes | None:
        with transaction():
            found = self._events.stream(camera_id, panel_id)
        if found is None:
            return None
        server, stream = found
        try:
            token = self._media_token(server, stream, TOKEN)
            return self._media.newest(f"{server.url}/{quote(stream)}", token)
        except DependencyUnavailable as failed:
            log.info("the media server gives no picture of panel %s: %s", panel_id, failed)
            return None
