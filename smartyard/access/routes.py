"""`/api/address/access` and `resend`."""

from flask import Blueprint, Response

from smartyard.access import schemas
from smartyard.access.invitations import InvitationService
from smartyard.access.service import AccessService
from smartyard.web import answers, caller, client_address, no_content, service, takes

blueprint = Blueprint("access", __name__, url_prefix="/api/address")


@blueprint.post("/access")
@answers(None)
@takes(schemas.AccessRequest)
def access(body: schemas.AccessRequest) -> Response:
    """Let somebody into a flat until a moment, or take that back."""
    service(AccessService).change(caller(), body.flat_id, body.guest, body.kind, body.expire)
    return no_content()


@blueprint.post("/resend")
@answers(None)
@takes(schemas.ResendRequest)
def resend(body: schemas.ResendRequest) -> Response:
    """Send a guest of a flat the invitation once more."""
    service(InvitationService).resend(caller(), body.flat_id, body.guest, client_address())
    return no_content()
