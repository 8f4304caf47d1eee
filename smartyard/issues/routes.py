"""`/api/issues/*`: each call in both spellings, behind them the same service."""

from flask import Blueprint, Response

from smartyard.issues import schemas
from smartyard.issues.service import TicketService
from smartyard.issues.tickets import COURIER
from smartyard.shapes import letter
from smartyard.web import answers, caller, listed, no_content, ok, service, takes

blueprint = Blueprint("issues", __name__, url_prefix="/api/issues")


def _created(body: schemas.CreateRequest | schemas.CreateV2Request) -> Response:
    who = caller()
    return ok(service(TicketService).create(who, body.ticket(who.phone)))


def _acted(body: schemas.ActionRequest | schemas.ActionV2Request) -> Response:
    tickets = service(TicketService)
    if body.delivery is None:
        tickets.close(caller(), body.key)
    else:
        tickets.deliver_by(caller(), body.key, body.delivery)
    return no_content()


@blueprint.post("/create")
@answers(str)
@takes(schemas.CreateRequest)
def create(body: schemas.CreateRequest) -> Response:
    """Make a ticket, and give its key."""
    return _created(body)


@blueprint.post("/createV2")
@answers(str)
@takes(schemas.CreateV2Request)
def create_v2(body: schemas.CreateV2Request) -> Response:
    """The same, in the second spelling."""
    return _created(body)


@blueprint.post("/action")
@answers(None)
@takes(schemas.ActionRequest)
def action(body: schemas.ActionRequest) -> Response:
    """Close a ticket, or say how what it is about is to be delivered."""
    return _acted(body)


@blueprint.post("/actionV2")
@answers(None)
@takes(schemas.ActionV2Request)
def action_v2(body: schemas.ActionV2Request) -> Response:
    """The same, in the second spelling."""
    return _acted(body)


@blueprint.post("/comment", endpoint="comment")
@blueprint.post("/commentV2", endpoint="comment_v2")
@answers(None)
@takes(schemas.CommentRequest)
def comment(body: schemas.CommentRequest) -> Response:
    """Add a comment to a ticket."""
    service(TicketService).comment(caller(), body.key, body.comment)
    return no_content()


@blueprint.post("/listConnect", endpoint="list_connect")
@blueprint.post("/listConnectV2", endpoint="list_connect_v2")
@answers(list[schemas.ConnectAnswer])
def list_connect() -> Response:
    """The person's open tickets for connecting an address."""
    return listed(
        [
            schemas.ConnectAnswer(
                key=ticket.key, courier=letter(ticket.delivery == COURIER), address=ticket.address
            )
            for ticket in service(TicketService).connections(caller())
        ]
    )
