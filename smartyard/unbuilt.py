"""Endpoints of the client contract that later issues bring: an honest 501 in the envelope.

`issues/listConnect` is no 501: iOS shows no home screen without it, and 204 is the truth while
there are no tickets. Each path leaves this list with the commit that builds it;
`tests/test_contract.py` holds that built and unbuilt together are the whole contract.
"""

from flask import Blueprint, Flask, Response

from smartyard.errors import NotBuilt
from smartyard.web import no_content

PATHS = {
    "address": "access intercom offices openDoor registerQR resend resetCode",
    "cctv": "allTree camMap overview ranges recDownload recPrepare youtube",
    "ext": "ext list options",
    "frs": "disLike like listFaces",
    "geo": "address coder getAllLocations getHouses getServices getStreets",
    "issues": "create createV2 action actionV2 comment commentV2",
    "sip": "helpMe",
    "user": "checkPhone",
}


def _not_built(**_: str) -> Response:
    raise NotBuilt()


def _no_tickets() -> Response:
    return no_content()


def install(app: Flask) -> None:
    """Add them; they stand behind the residents' door like the real ones."""
    blueprint = Blueprint("unbuilt", __name__, url_prefix="/api")
    for branch, names in PATHS.items():
        for name in names.split():
            blueprint.add_url_rule(
                f"/{branch}/{name}", f"{branch}_{name}", _not_built, methods=["POST"]
            )
    for shot in ("live", "camshot"):
        blueprint.add_url_rule(f"/call/{shot}/<key>", f"call_{shot}", _not_built, methods=["GET"])
    for name in ("listConnect", "listConnectV2"):
        blueprint.add_url_rule(f"/issues/{name}", f"issues_{name}", _no_tickets, methods=["POST"])
    app.register_blueprint(blueprint)
