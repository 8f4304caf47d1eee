"""An outside for each media server, so that one that is slow takes no places of another's."""

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from smartyard.gateways.transport import Outside


class PerServer:
    """Makes them as they are asked for; there are as many as the inventory has media servers."""

    def __init__(self, outside: Callable[[], Outside]) -> None:
        self._make = outside
        self._outsides: dict[str, Outside] = {}
        self._lock = threading.Lock()

    def of(self, url: str) -> Outside:
        """That of the server of a stream's URL."""
        server = urlsplit(url).netloc
        with self._lock:
            if server not in self._outsides:
                self._outsides[server] = self._make()
            return self._outsides[server]
