"""Messages to the provider's programs, as Standard Webhooks 1.0.0 has them (standardwebhooks.com):
POST of JSON with `webhook-id`, `webhook-timestamp` and `webhook-signature`, 2xx when it was taken.

The URL is an operator's, and may hold a secret: the log shows the endpoint's name.
Why the library signs: docs/adr/0008-standardwebhooks-signs.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from smartyard.gateways.transport import Answer, Outside, Request


@dataclass(frozen=True)
class Receiver:
    """An endpoint. Each of `secrets` (`whsec_…`) signs."""

    name: str
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    @property
    def is_private(self) -> bool:
        """Nobody on the way can read what it is sent."""
        return urlsplit(self.url).scheme == "https"


@dataclass(frozen=True)
class Message:
    """One message; `at` is when it is sent, in UTC."""

    id: str
    at: datetime
    body: str = field(repr=False)


@dataclass(frozen=True)
class Reply:
    """What the endpoint answered; `retry_after`: seconds for which it wants to be left alone."""

    status: int
    retry_after: float = 0.0

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300


class WebhookLine:
    """To one receiver. Its connections are kept as long as the line is."""

    def __init__(self, outside: Outside, receiver: Receiver) -> None:
        self._outside = outside
        self._receiver = receiver
        self._signers = [Webhook(secret) for secret in receiver.secrets]

    def send(self, message: Message) -> Reply:
        """Tell it once. Raises DependencyUnavailable where there was no whole answer."""
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(message.at.timestamp())),
            "webhook-signature": " ".join(
                signer.sign(message.id, message.at, message.body) for signer in self._signers
            ),
        }
        request = Request(
            "POST",
            self._receiver.url,
            headers=headers,
            body=message.body.encode(),
            shown=message.id,
        )
        return self._outside.ask(request, lambda answer: _reply(answer, message.at))


class WebhookGateway:
    """`make` builds the outside of an endpoint, by its name and whether its URL is https."""

    def __init__(self, make: Callable[[str, bool], Outside]) -> None:
        self._make = make

    def line(self, receiver: Receiver) -> WebhookLine:
        return WebhookLine(self._make(receiver.name, receiver.is_private), receiver)


def _reply(answer: Answer, now: datetime) -> Reply:
    """`Retry-After` is seconds or a date (RFC 9110, 10.2.3); what cannot be read is none."""
    told = answer.headers.get("retry-after", "")
    if told.isascii() and told.isdigit():
        return Reply(answer.status, float(told[:9]))
    try:
        wait = (parsedate_to_datetime(told) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):  # no date, or one without a zone
        wait = 0.0
    return Reply(answer.status, max(0.0, wait))
