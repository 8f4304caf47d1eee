"""Settings of the clips that residents download."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, Seconds


class ClipSettings(BaseSettings):
    """What a clip may be, how it is fetched from a media server, and how long it is kept."""

    clip_max_minutes: float = Field(default=15, gt=0)
    clips_per_day: Count = 20  # a person
    clips_waiting: Count = 3  # a person, not ready yet
    clips_at_once: Count = 4  # downloads of a worker
    clip_timeout: Seconds = 1800
    clip_stall: Seconds = 30  # slower than 1 KiB/s for so long
    clip_max_mb: Count = 4096
    clip_tries: Count = 5
    clip_retry: Seconds = 30  # after the first failure; twice as long after the second, ...
    clips_by_nginx: bool = False  # X-Accel-Redirect
    record_days: float = Field(default=3, gt=0)
    min_free_gb: float = Field(default=5, ge=0)  # on the disk of WORK_DIR
    media_connect_timeout: Seconds = 3
    media_ca: Path | None = None  # PEM: trusted instead of the public authorities
