"""Settings of the log of what happened at the doors."""

from pydantic_settings import BaseSettings

from smartyard.config.types import Count


class EventSettings(BaseSettings):
    """How long events are kept."""

    events_keep_days: Count = 185  # then their month is dropped as soon as all of it is older
    events_months_ahead: Count = 2
