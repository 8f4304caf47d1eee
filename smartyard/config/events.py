"""Settings of the log of what happened at the doors."""

from pydantic import Field
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, Seconds


class EventSettings(BaseSettings):
    """How long events are kept, and where panels send their lines."""

    events_keep_days: Count = 185  # then their month is dropped as soon as all of it is older
    events_months_ahead: Count = 2

    picture_keep_days: Count = 30
    picture_late: Seconds = 15  # after the event nobody would be in the picture any more
    picture_width: Count = 640  # pixels
    snapshot_timeout: Seconds = 4  # of a frame from a media server

    # `flask panels listen`
    syslog_listen: str = Field(default="0.0.0.0:45450", pattern=r"^.+:[0-9]{1,5}$")
    syslog_room: Count = 20000  # lines that wait for the database
