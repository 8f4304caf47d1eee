"""`/api/hooks/ring` for the PBX, and the pictures of a ring, which are public by their hash."""

from flask import Blueprint, Response

from smartyard.calls import schemas
from smartyard.calls.service import RingService
from smartyard.web import (
    answers,
    jpeg,
    ok,
    provider,
    provider_caller,
    public,
    refuses,
    sends,
    service,
    takes,
)

blueprint = Blueprint("calls", __name__, url_prefix="/api")


@blueprint.post("/hooks/ring")
@provider("pbx")
@answers(schemas.RingAnswer)
@takes(schemas.RingRequest)
def ring(body: schemas.RingRequest) -> Response:
    """Somebody rings at a flat: does the call go through, to whom, and does the door open?"""
    told = service(RingService).ring(provider_caller().actor, body.call_id, body.panel, body.called)
    return ok(
        schemas.RingAnswer(
            allowed=told.allowed,
            cause=told.cause or None,
            flat_id=told.flat_id,
            flat_number=told.flat_number,
            dtmf=told.dtmf,
            opens=told.opens,
            handset=told.handset,
            logins=[
                schemas.LoginAnswer(extension=one.extension, password=one.password)
                for one in told.logins
            ],
        )
    )


@blueprint.get("/call/camshot/<hash_>")
@public
@refuses(404)
@sends("image/jpeg")
def camshot(hash_: str) -> Response:
    """The frame at the ring."""
    return jpeg(service(RingService).camshot(hash_))


@blueprint.get("/call/live/<hash_>")
@public
@refuses(404)
@sends("image/jpeg")
def live(hash_: str) -> Response:
    """The newest frame; apps ask again and again."""
    return jpeg(service(RingService).live(hash_))
