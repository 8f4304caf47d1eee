"""`/api/inbox/*`."""

from flask import Blueprint, Response, request

from smartyard.inbox import schemas
from smartyard.inbox.service import InboxService
from smartyard.shapes import Nothing
from smartyard.web import answers, caller, no_content, ok, service, takes

blueprint = Blueprint("inbox", __name__, url_prefix="/api/inbox")


@blueprint.post("/inbox")
@answers(schemas.InboxAnswer)
@takes(Nothing)
def inbox(_: Nothing) -> Response:
    """The messages as an HTML page; what is shown counts as read."""
    page = service(InboxService).page(caller())
    # iOS shows nothing when this is no address.
    return ok(schemas.InboxAnswer(base_path=page.base or request.url_root, code=page.html))


@blueprint.post("/unreaded")
@answers(schemas.UnreadedAnswer)
@takes(Nothing)
def unreaded(_: Nothing) -> Response:
    """How many messages are unread."""
    unread = service(InboxService).unread(caller())
    return ok(schemas.UnreadedAnswer(count=unread.count, chat=unread.chat))


@blueprint.post("/readed")
@answers(None)
@takes(schemas.ReadedRequest)
def readed(body: schemas.ReadedRequest) -> Response:
    """Take one message, or all, for read."""
    service(InboxService).read(caller(), body.message_id)
    return no_content()


@blueprint.post("/delivered")
@answers(None)
@takes(schemas.DeliveredRequest)
def delivered(body: schemas.DeliveredRequest) -> Response:
    """Take a message for delivered."""
    service(InboxService).delivered(caller(), body.message_id)
    return no_content()


@blueprint.post("/chatReaded")
@answers(None)
@takes(Nothing)
def chat_readed(_: Nothing) -> Response:
    """Take the chat for read."""
    service(InboxService).chat_read(caller())
    return no_content()


@blueprint.post("/alert")
@answers(None)
@takes(schemas.AlertRequest)
def alert(body: schemas.AlertRequest) -> Response:
    """Send the person a message of their own, to try pushes."""
    service(InboxService).alert(caller(), body.action, body.msg, keep=not body.push_only)
    return no_content()
