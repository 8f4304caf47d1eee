"""An application whose time and settings a test chooses, over the sandbox and real PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from smartyard.config import Settings
from smartyard.db import db
from smartyard.sandbox import Sandbox
from smartyard.wiring import create_app
from tests.fixtures.world import connected


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
