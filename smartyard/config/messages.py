"""Settings of messages to people: the inbox."""

from pydantic_settings import BaseSettings

from smartyard.config.types import Count


class MessageSettings(BaseSettings):
    """What people are told, and for how long it is kept."""

    messages_kept: Count = 180  # days
    inbox_shown: Count = 100  # the newest, on the page of the inbox
    alerts_per_phone_hour: Count = 30  # inbox/alert: messages that people send to themselves
