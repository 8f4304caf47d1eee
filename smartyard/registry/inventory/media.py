"""What of a media server is secret: the key of its signed links, and who its API lets in."""

import logging
from dataclasses import dataclass, field

from smartyard.registry.models import SECURETOKEN, TOKEN, MediaServer
from smartyard.secret import Keys, SealedRecords, Unreadable

__all__ = ["SECURETOKEN", "TOKEN", "MediaSecrets", "MediaServer", "SealedMedia"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MediaSecrets:
    """`auth_key` is what Flussonic's securetoken is signed with; `login` and `password` are of its
    API. Empty where a server has none."""

    auth_key: str = field(default="", repr=False)
    login: str = ""
    password: str = field(default="", repr=False)


class SealedMedia(SealedRecords[MediaSecrets]):
    """The secrets of media servers, by their names."""

    def __init__(self, keys: Keys) -> None:
        super().__init__(keys, "media-server", MediaSecrets())

    def of(self, server: MediaServer) -> MediaSecrets:
        """Empty, and a line in the log, where they were sealed under another SECRET_KEY."""
        try:
            return self.open(server.name, server.secret)
        except Unreadable:
            log.error(
                "media server %s: its secrets were sealed under another SECRET_KEY: import them"
                " anew",
                server.name,
            )
            return self.nothing
