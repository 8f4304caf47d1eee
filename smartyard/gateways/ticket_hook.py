"""Tickets to a program of the operator's: POST of JSON to one URL, 2xx when it was taken.

It comes at least once: `Idempotency-Key`, the same for each try, tells a repeat. With a token set,
`Authorization: Bearer …` is sent. docs/operators-guide.md shows the JSON.
"""

import json
from typing import Any

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.transport import Answer, Outside, Request


class HookRefused(DependencyUnavailable):
    """Answered, and not with 2xx."""


class TicketHook:
    """Speaks to the one at `url`."""

    def __init__(self, outside: Outside, *, url: str, token: str) -> None:
        self.configured = bool(url)
        self._outside = outside
        self._url = url
        self._token = token

    def post(self, key: str, content: dict[str, Any]) -> None:
        """Tell it once. Raises DependencyUnavailable when it is to be told again."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        body = json.dumps(content, ensure_ascii=False).encode()
        self._outside.ask(Request("POST", self._url, headers=headers, body=body, once=True), _taken)


def _taken(answer: Answer) -> None:
    if not 200 <= answer.status < 300:
        raise HookRefused(cause=f"the webhook answered {answer.status}")
