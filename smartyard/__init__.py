"""The SmartYard server: one app for the home, over `/api`.

A request comes through one guard (`guard`) into a route that reads a shape (`web`, `shapes`) and
calls one service method. The service holds the rule and asks a repository (PostgreSQL) or a gateway
(`gateways/`, somebody else's HTTP). It returns an object or raises a named error (`errors`).
A feature is a folder named as its URL branch; `wiring` puts everything together and is the only
module that knows them all. docs/architecture.md tells the rest, with "to add an endpoint".
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from smartyard.config import Settings

__all__ = ["create_app"]


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The application; without `settings` they are read from `.env` and the environment."""
    # Late, so that the sandbox and the launcher import their own few modules and nothing else.
    from smartyard.wiring import create_app as build  # pylint: disable=import-outside-toplevel

    return build(settings)
