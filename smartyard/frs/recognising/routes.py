"""What FALPRS calls. It shows no token: each address carries a secret of its own, and counts only
from the addresses of FRS_URL's host."""

import re
from uuid import UUID

from flask import Blueprint, Response

from smartyard.frs.recognising.schemas import SeenRequest
from smartyard.frs.recognising.service import NotFromFalprs, RecognitionService
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

_LINK = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9]{1,12}/(?P<seal>[0-9a-f]{32})\.jpg", re.ASCII
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


@blueprint.get("/picture/<event>/<until>/<name>")
@public
@refuses(403, 404)
@sends("image/jpeg")
def picture(event: str, until: str, name: str) -> Response:
    """The picture of an event, of which a face is being learnt."""
    found = _LINK.fullmatch(f"{event}/{until}/{name}")
    if found is None:
        raise NotFromFalprs(cause="no link of ours")
    content = service(RecognitionService).picture(
        UUID(event), int(until), found["seal"], client_address()
    )
    return jpeg(content)
