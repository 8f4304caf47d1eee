"""How the app calls support: over the operator's PBX, by an extension that all residents share."""

from dataclasses import dataclass, field
from typing import Literal

from smartyard.config import Settings

__all__ = ["HelpLine", "HelpService"]


@dataclass(frozen=True)
class HelpLine:
    """What a phone needs to register, and whom it dials then. `stun` is "" where there is none."""

    server: str
    port: int
    transport: Literal["udp", "tcp", "tls"]
    extension: str
    password: str = field(repr=False)
    dial: str
    stun: str


class HelpService:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def line(self) -> HelpLine | None:
        """None where the operator has set up no such call."""
        settings = self._settings
        if not settings.has_help_line:
            return None
        return HelpLine(
            server=settings.sip_server,
            port=settings.sip_port,
            transport=settings.sip_transport,
            extension=settings.help_extension,
            password=settings.help_pass.get_secret_value(),
            dial=settings.help_dial,
            stun=settings.sip_stun,
        )
