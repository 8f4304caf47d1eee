"""`GET /api/accessfl`, where the door of `wsgi.py` is not in front (the test client, HEAD)."""

from flask import Blueprint, Response, request

from smartyard.flussonic.viewers import ViewerService
from smartyard.web import asks, public, refuses, sends, service

blueprint = Blueprint("flussonic", __name__, url_prefix="/api")


@blueprint.get("/accessfl")
@public
@refuses(403)
@sends("")
@asks(token="the viewer's", name="of the stream", ip="of the viewer", proto="by which it plays")
def accessfl() -> Response:
    """The media server asks whether a viewer may see a stream, and for how long."""
    verdict = service(ViewerService).verdict(request.query_string.decode("latin-1"))
    answer = Response(status=verdict.status, headers=verdict.headers)
    del answer.headers["Content-Type"]
    return answer
