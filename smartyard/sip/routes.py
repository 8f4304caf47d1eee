"""`/api/sip/*`."""

from flask import Blueprint, Response

from smartyard.shapes import Nothing
from smartyard.sip import schemas
from smartyard.sip.service import HelpService
from smartyard.web import answers, no_content, ok, service, takes

blueprint = Blueprint("sip", __name__, url_prefix="/api/sip")


@blueprint.post("/helpMe")
@answers(schemas.HelpMeAnswer, or_nothing=True)
@takes(Nothing)
def help_me(_: Nothing) -> Response:
    """How to call support from the app; 204 where there is no such call."""
    line = service(HelpService).line()
    if line is None:
        return no_content()
    return ok(
        schemas.HelpMeAnswer(
            server=line.server,
            port=line.port,
            transport=line.transport,
            extension=line.extension,
            password=line.password,
            dial=line.dial,
            stun=line.stun or None,
        )
    )
