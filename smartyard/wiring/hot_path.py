"""The check of viewers, on connections that nothing else uses."""

from typing import Any

import psycopg2

from smartyard import db as database
from smartyard.config import Settings
from smartyard.flussonic import viewers
from smartyard.flussonic.lookup import Lookup
from smartyard.wiring.ground import Ground


def viewer_service(ground: Ground) -> viewers.ViewerService:
    """What answers media servers before Flask."""
    return viewers.ViewerService(
        _lookup(ground.settings),
        ground.gateways.fallback_auth,
        keys=ground.keys,
        settings=ground.settings,
        clock=ground.clock,
    )


def _lookup(settings: Settings) -> Lookup:
    """The connections that accessfl alone uses."""
    arguments: dict[str, Any] = database.connect_args(
        settings, statement_timeout=settings.video_statement_timeout
    )
    # One plan for all: planning would cost more than the lookup itself.
    arguments["options"] += " -c plan_cache_mode=force_generic_plan -c jit=off"
    address = database.url(settings).translate_connect_args(username="user", database="dbname")
    return Lookup(
        lambda: psycopg2.connect(**address, **arguments),
        viewers.PREPARE,
        size=settings.video_pool,
        wait=settings.video_statement_timeout,
    )
