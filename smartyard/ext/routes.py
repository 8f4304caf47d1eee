"""`/api/ext/*`."""

from flask import Blueprint, Response

from smartyard.ext import schemas
from smartyard.ext.options import OptionsService
from smartyard.shapes import Nothing, letter
from smartyard.web import answers, ok, service, takes

blueprint = Blueprint("ext", __name__, url_prefix="/api/ext")


@blueprint.post("/options")
@answers(schemas.OptionsAnswer)
@takes(Nothing)
def options(_: Nothing) -> Response:
    """What the app shall show, and how."""
    told = service(OptionsService).all()
    chat = told.chat
    return ok(
        schemas.OptionsAnswer(
            city_cams=letter(told.city_cams),
            payments=letter(told.payments),
            payments_url=told.payments_url or None,
            support_phone=told.support_phone or None,
            chat=letter(told.has_chat),
            chat_url=told.chat_url or None,
            chat_options=chat
            and schemas.ChatAnswer(id=chat.id, domain=chat.domain, token=chat.token),
            time_zone=told.time_zone or None,
            guest_access=told.guest_access,
            cctv_view=told.cctv_view,
            active_tab=told.active_tab,
            issues_version=told.issues_version,
        )
    )
