"""An application whose time and settings a test chooses, over the sandbox and real PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import SecretStr

from smartyard.config import Settings
from smartyard.db import db
from smartyard.phones import Phone
from smartyard.sandbox import Sandbox
from smartyard.wiring import create_app
from tests.fixtures.world import connected
from tests.user.asking import ask, confirm, token_of


class Clock:
    """The application's time, which stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


MakeApp = Callable[..., Flask]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_app(
    settings: Settings, sandbox: Sandbox, clean_database: sa.Engine, clock: Clock
) -> Iterator[MakeApp]:
    """Makes applications of changed settings, all over the same emptied database."""
    assert clean_database is not None
    made: list[Flask] = []

    def make(**changes: Any) -> Flask:
        made.append(create_app(connected(settings, sandbox, **changes), clock=clock))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def reviewer(make_app: MakeApp) -> tuple[Flask, str]:
    """An application and the token of somebody signed in without an SMS."""
    app = make_app(test_user=Phone("79000000099"), test_pass=SecretStr("1234"))
    ask(app, "79000000099")
    return app, token_of(confirm(app, "79000000099", "1234"))
