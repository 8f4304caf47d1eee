"""Settings of webhooks: what the provider's programs are told (docs/webhooks.md)."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings

from smartyard.config.types import Count, Names, Seconds


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        try:
            ip_network(one)
        except ValueError:
            raise ValueError("must be networks like 10.0.0.0/8, with no bits after /8") from None
    return value


class WebhookSettings(BaseSettings):
    """The endpoints themselves are rows: `flask webhooks add`."""

    # private networks where endpoints may stand, http allowed; else https to public addresses alone
    webhook_networks: Annotated[Names, AfterValidator(_networks)] = ()
    webhook_ca: Path | None = None  # PEM: trusted instead of the public authorities
    webhook_connect_timeout: Seconds = 3
    webhook_timeout: Seconds = 15
    webhook_calls: Count = 4  # requests to one endpoint at once
    webhooks_at_once: Count = 4  # endpoints that a worker sends to at once
    webhook_schedule: str = "* * * * * */3"
    webhook_look_every: Seconds = 10  # a process asks the database so often who wants to know
    webhook_lease: Seconds = 60  # what a worker was killed over is taken up after it
    webhook_rotation_hours: float = Field(default=24, ge=0)  # so long the old secret signs too
    webhook_keep_days: Count = 14  # what happened, to be sent again
