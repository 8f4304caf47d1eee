"""Settings of tickets, and of the mail server that carries them."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, HttpUrl, Names, Port, Seconds


def _mailboxes(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(re.fullmatch("[!-?A-~]+@[!-?A-~]+", name) for name in value):
        raise ValueError("must be addresses like desk@example.com")
    return value


class DeskSettings(BaseSettings):
    """Tickets go on by e-mail, by webhook, both or neither."""

    # tickets
    ticket_prefix: str = Field(default="REM", pattern="^[A-Z][A-Z0-9]{0,9}$")
    tickets_per_phone_day: Count = 10
    ticket_words_per_phone_hour: Count = 30  # comments and changes
    ticket_repeat: Seconds = 600  # the same words within it are the same ticket
    ticket_keep_days: Count = 730  # of closed ones
    ticket_schedule: str = "* * * * * */10"
    ticket_retry_first: Seconds = 10
    ticket_retry_most: Seconds = 900
    ticket_lease: Seconds = 60
    ticket_mail_to: Annotated[Names, AfterValidator(_mailboxes)] = ()
    ticket_mail_from: str = ""  # unset: SMTP_USER, else the first of TICKET_MAIL_TO
    ticket_webhook_url: HttpUrl = ""
    ticket_webhook_token: SecretStr = SecretStr("")
    ticket_webhook_connect_timeout: Seconds = 1
    ticket_webhook_timeout: Seconds = 5

    # the mail server
    smtp_host: str = ""
    smtp_port: Port = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_pass: SecretStr = SecretStr("")
    smtp_ca: Path | None = None
    smtp_connect_timeout: Seconds = 3
    smtp_timeout: Seconds = 15
