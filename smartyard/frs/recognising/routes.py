"""What FALPRS calls. It shows no token: each address carries a secret of its own, and counts only
from the addresses of FRS_URL's host."""

from uuid import UUID

from flask import Blueprint, Response

from smartyard.frs.recognising.schemas import SeenRequest
from smartyard.frs.recognising.service import RecognitionService
from smartyard.web import (
    answers,
    client_address,
    jpeg,
    no_content,
    public,
    refuses,
    sends,
    service,
    takes,
)

blueprint = Blueprint("faces_seen", __name__, url_prefix="/api/hooks/frs")


@blueprint.post("/<stream>/<secret>")
@public
@refuses(403, 404)
@answers(None)
@takes(SeenRequest)
def seen(body: SeenRequest, stream: str, secret: str) -> Response:
    """A face was seen at a panel: the door opens to one of a flat that may."""
    at = service(RecognitionService).panel_of(stream, secret, client_address())
    service(RecognitionService).seen(at, body.face_id, body.event_id)
    return no_content()


@blueprint.get("/picture/<event:event>/<number:until>/<seal:seal>.jpg")
@public
@refuses(403, 404)
@sends("image/jpeg")
def picture(event: UUID, until: int, seal: str) -> Response:
    """The picture of an event, of which a face is being learnt."""
    return jpeg(service(RecognitionService).picture(event, until, seal, client_address()))
