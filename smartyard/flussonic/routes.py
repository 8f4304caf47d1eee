"""`GET /api/accessfl`, where the door of `wsgi.py` is not in front (the test client, HEAD)."""

from flask import Blueprint, Response, request

from smartyard.flussonic.viewers import ViewerService
from smartyard.web import public, service

blueprint = Blueprint("flussonic", __name__, url_prefix="/api")


@blueprint.get("/accessfl")
@public
def accessfl() -> Response:
    verdict = service(ViewerService).verdict(request.query_string.decode("latin-1"))
    answer = Response(status=verdict.status, headers=verdict.headers)
    del answer.headers["Content-Type"]
    return answer
