"""Settings of doors and of the panels that open them."""

from pathlib import Path

from pydantic_settings import BaseSettings

from smartyard.config.types import Count, Seconds


class DoorSettings(BaseSettings):
    """Intercom panels."""

    panel_connect_timeout: Seconds = 1
    panel_timeout: Seconds = 3  # a pulse comes within it or not at all
    panel_calls: Count = 24  # at once to all panels together, in each process
    panel_calls_each: Count = 2  # at once to one panel for one thing; as many more may wait
    panel_ca: Path | None = None  # PEM: trusted instead of the public authorities
