"""Settings of messages to people: the inbox, and pushes by Firebase."""

from pathlib import Path

from pydantic_settings import BaseSettings

from smartyard.config.types import Count, HttpUrl, Seconds


class MessageSettings(BaseSettings):
    """What people are told, and for how long it is kept."""

    messages_kept: Count = 180  # days
    inbox_shown: Count = 100  # the newest, on the page of the inbox
    alerts_per_phone_hour: Count = 30  # inbox/alert: messages that people send to themselves

    # pushes by Firebase Cloud Messaging; unset, messages are in the inbox alone
    fcm_credentials: Path | None = None  # the JSON of a service account
    fcm_url: HttpUrl = "https://fcm.googleapis.com"
    fcm_connect_timeout: Seconds = 1
    fcm_timeout: Seconds = 5
    fcm_calls: Count = 8  # at once, and as many again for calls at the door
