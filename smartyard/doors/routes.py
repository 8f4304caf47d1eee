"""`/api/address/openDoor`. The iOS widget takes 204 alone for success."""

from flask import Blueprint, Response

from smartyard.doors import schemas
from smartyard.doors.service import OpeningService
from smartyard.web import answers, caller, no_content, service, takes

blueprint = Blueprint("doors", __name__, url_prefix="/api/address")


@blueprint.post("/openDoor")
@answers(None)
@takes(schemas.OpenDoorRequest)
def open_door(body: schemas.OpenDoorRequest) -> Response:
    """Open a door: one pulse."""
    service(OpeningService).open(caller(), body.domophone_id, body.door_id)
    return no_content()
