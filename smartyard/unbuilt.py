"""Endpoints of the client contract that later issues bring: an honest 501 in the envelope.

Each path leaves this list with the commit that builds it; `tests/test_contract.py` holds that built
and unbuilt together are the whole contract.
"""

from flask import Blueprint, Flask, Response

from smartyard.errors import NotBuilt
from smartyard.web import refuses

PATHS: dict[str, str] = {}


@refuses(501)
def _not_built(**_: str) -> Response:
    """Not built yet."""
    raise NotBuilt()


def install(app: Flask) -> None:
    """Add them; they stand behind the residents' door like the real ones."""
    blueprint = Blueprint("unbuilt", __name__, url_prefix="/api")
    for branch, names in PATHS.items():
        for name in names.split():
            blueprint.add_url_rule(
                f"/{branch}/{name}", f"{branch}_{name}", _not_built, methods=["POST"]
            )
    app.register_blueprint(blueprint)
