"""Settings: typed, read once from `.env` and the environment (which wins), all errors in one list.

Every setting has a line in `example.env`, and `tests/test_config.py` holds the two together. An
empty value means "not set". Units stand in the comments; times are seconds unless said otherwise.
Each module here is one part of them, and `Settings` is them all.
"""

import re
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from smartyard.config.access import AccessSettings
from smartyard.config.calls import CallSettings
from smartyard.config.clips import ClipSettings
from smartyard.config.desk import DeskSettings
from smartyard.config.doors import DoorSettings
from smartyard.config.events import EventSettings
from smartyard.config.faces import FaceSettings
from smartyard.config.geo import GeoSettings
from smartyard.config.ground import GroundSettings
from smartyard.config.intercom import IntercomSettings
from smartyard.config.menu import MenuSettings
from smartyard.config.messages import MessageSettings
from smartyard.config.money import MoneySettings
from smartyard.config.people import PeopleSettings
from smartyard.config.video import VideoSettings
from smartyard.config.webhooks import WebhookSettings

__all__ = ["Settings", "SettingsError", "load"]


class SettingsError(Exception):
    """The settings are wrong; the text lists everything that is, one line each, without values."""


class Settings(  # pylint: disable=too-many-ancestors  # they are its parts
    GroundSettings,
    PeopleSettings,
    MoneySettings,
    VideoSettings,
    MessageSettings,
    EventSettings,
    DoorSettings,
    DeskSettings,
    GeoSettings,
    IntercomSettings,
    ClipSettings,
    AccessSettings,
    CallSettings,
    FaceSettings,
    WebhookSettings,
    MenuSettings,
):
    """What an operator may set. Field `pg_host` is the variable `PG_HOST`, and so on."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    @property
    def strangers_per_day(self) -> int:
        """Of the day's SMS, those to numbers that we do not know."""
        return self.sms_strangers_per_day or self.sms_per_day_total

    @property
    def has_help_line(self) -> bool:
        """The apps can call support."""
        return bool(self.help_dial)

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        help_line = (self.help_dial, self.help_extension, self.help_pass.get_secret_value())
        stale = min(self.billing_max_stale, self.doors_max_stale) * 3600
        wrong = {
            "HELP_DIAL, HELP_EXTENSION and HELP_PASS are set together, and with SIP_SERVER": any(
                help_line
            )
            and not (all(help_line) and self.sip_server),
            # A turn begins its last calls in a sixth of its lease, and writes what came of them.
            "WEBHOOK_LEASE must be at least one and a half times WEBHOOK_TIMEOUT: a worker that"
            " still waits for an answer would be taken for dead, and a message sent twice": (
                self.webhook_lease < 1.5 * self.webhook_timeout
            ),
            "RIGHTS_REFRESH (seconds) must not be longer than BILLING_MAX_STALE and"
            " DOORS_MAX_STALE (hours): what is told of people would be too old to be shown, or to"
            " open their doors, before billing is asked anew": self.rights_refresh > stale,
        }
        if any(wrong.values()):
            raise ValueError("; ".join(words for words, is_so in wrong.items() if is_so))
        return self

    @model_validator(mode="after")
    def _polite_to_the_public_geocoder(self) -> Self:
        """Its usage policy; whoever breaks it is shut out, and with them the whole installation."""
        if urlsplit(self.geocoder_url).hostname == "nominatim.openstreetmap.org":
            if self.geocoder_every < 1:
                raise ValueError("GEOCODER_EVERY: the public Nominatim takes one question a second")
            if not (self.geocoder_user_agent or self.server_url):
                raise ValueError("GEOCODER_USER_AGENT: the public Nominatim wants to know who asks")
        return self

    @field_validator("cors_origins")
    @classmethod
    def _no_wildcard(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in value:
            raise ValueError("a wildcard cannot be used with credentials: list the origins")
        return tuple(origin.rstrip("/") for origin in value)

    @field_validator("test_pass")
    @classmethod
    def _digits(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch("[0-9]{4,8}", value.get_secret_value()):
            raise ValueError("must be digits, as many as CODE_LENGTH: the app asks for a code")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 16:
            raise ValueError("must have at least 16 characters, better 64 random ones")
        return value

    @field_validator("kannel_path")
    @classmethod
    def _path(cls, value: str) -> str:
        return value if value.startswith("/") else f"/{value}"


def _told(error: Any) -> str:
    """The setting, and pydantic's own words, save where they repeat the value."""
    words = "no such time zone" if error["type"] == "zoneinfo_str" else str(error["msg"])
    name = ".".join(map(str, error["loc"])).upper()
    return f"{name}: {words}" if name else words  # some are about several together


def load(env_file: str | Path | None = ".env") -> Settings:
    """Read the settings once. Raises SettingsError that names all wrong ones without values."""
    try:
        return Settings(_env_file=env_file, _env_file_encoding="utf-8")
    except ValidationError as wrong:
        lines = [
            _told(error)
            for error in wrong.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise SettingsError("Settings are wrong:\n  " + "\n  ".join(lines)) from None
