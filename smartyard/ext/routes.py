"""`/api/ext/*`."""

from flask import Blueprint, Response, request

from smartyard.ext import schemas
from smartyard.ext.options import OptionsService
from smartyard.ext.service import ExtensionService
from smartyard.shapes import Nothing, letter
from smartyard.web import answers, listed, ok, public, refuses, sends, service, takes

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


@blueprint.post("/list")
@answers(list[schemas.ListAnswer])
@takes(Nothing)
def list_(_: Nothing) -> Response:
    """The pages in the menu."""
    return listed(
        [
            schemas.ListAnswer(
                caption=item.caption,
                icon=item.icon,
                ext_id=item.name,
                order=item.position,
                highlight=letter(item.highlight),
            )
            for item in service(ExtensionService).menu()
        ]
    )


@blueprint.post("/ext")
@answers(schemas.ExtAnswer)
@refuses(404)
@takes(schemas.ExtRequest)
def ext(body: schemas.ExtRequest) -> Response:
    """A page of the menu, as one HTML document."""
    page = service(ExtensionService).page(body.ext_id, request.url_root)
    return ok(schemas.ExtAnswer(base_path=page.base, code=page.html))


@blueprint.get("/lanta.js")
@public
@sends("text/javascript")
def lanta() -> Response:
    """What Android of 2022 puts its own script in place of; for others there is nothing in it."""
    kept = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return Response("// bearerToken()\n", content_type="text/javascript", headers=kept)
