"""The provider's program that is told, the operator at the command line, and the worker's turn."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from standardwebhooks import Webhook

from smartyard.sandbox import Sandbox
from smartyard.webhooks.sending.service import SendingService
from tests.fixtures.database import ROOT
from tests.fixtures.town import Town
from tests.gateways.conftest import certificate

__all__ = ["Post", "certificate"]

HERE = {"webhook_networks": ("127.0.0.0/8",), "webhook_timeout": 15.0}


class Post:
    """An application whose webhooks go to the sandbox's receiver."""

    def __init__(self, app: Flask, sandbox: Sandbox, engine: sa.Engine, clock: Any) -> None:
        self.app = app
        self.sandbox = sandbox
        self.engine = engine
        self.clock = clock
        sandbox.hooks.now = lambda: clock().timestamp()

    def run(self, *words: str) -> Result:
        return self.app.test_cli_runner().invoke(args=["webhooks", *words])

    def add(self, *kinds: str, name: str = "crm", url: str = "") -> str:
        """An endpoint, by default the sandbox's, which then knows the secret; the secret."""
        options = [word for kind in kinds for word in ("--kind", kind)]
        done = self.run("add", name, url or self.sandbox.webhooks_url, *options)
        assert done.exit_code == 0, done.output
        secret = done.stdout.strip()
        self.sandbox.hooks.learn(secret)
        return secret

    def service(self, kind: type[Any]) -> Any:
        return self.app.extensions["smartyard"][kind]

    def turn(self) -> int:
        """The worker looks once who is due, and does those jobs; how many messages were taken."""
        with self.app.app_context():
            sending: SendingService = self.service(SendingService)
            sending.begin_due()
            return sum(sending.send(told["endpoint"]) for told in self._jobs())

    def _jobs(self) -> list[dict[str, int]]:
        taken = "DELETE FROM procrastinate_jobs WHERE task_name = 'send_webhooks' RETURNING args"
        with self.engine.begin() as connection:
            return list(connection.execute(sa.text(taken)).scalars())

    def rows(self, statement: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement), values)]

    @property
    def states(self) -> list[str]:
        """What became of each delivery, so far."""
        found = self.rows("SELECT state FROM webhook_deliveries ORDER BY event_id, endpoint_id")
        return [state for (state,) in found]

    @property
    def sent(self) -> list[dict[str, str]]:
        """Every request that the receiver saw, taken or not."""
        return [told for _, told in self.sandbox.calls("webhooks")]

    @property
    def told(self) -> list[dict[str, Any]]:
        """The bodies that were taken, each once."""
        taken = self.sandbox.hooks.taken.values()
        assert all(one["signature"] == "right" for one in taken)
        return [one["body"] for one in taken]


def verified(secret: str, sent: dict[str, str]) -> Any:
    """The body, when the library of the specification finds the request genuine."""
    headers = {f"webhook-{name}": sent[name] for name in ("id", "timestamp", "signature")}
    return Webhook(secret).verify(sent["body"], headers)


def documented(kind: str) -> dict[str, Any]:
    """What docs/webhooks.md shows of a kind: a message of a real run, in the demo world."""
    page = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    shown = [
        json.loads(block) for block in re.findall(r'^(\{"type".*?\})$\n```', page, re.M | re.S)
    ]
    (found,) = [one for one in shown if one["type"] == kind]
    return dict(found)


@pytest.fixture
def open_post(town: Town) -> Callable[..., Post]:
    """A server with other settings."""

    def opened(**changes: Any) -> Post:
        return Post(town.open(**HERE | changes), town.sandbox, town.engine, town.clock)

    return opened


@pytest.fixture
def post(open_post: Callable[..., Post]) -> Post:
    return open_post()
