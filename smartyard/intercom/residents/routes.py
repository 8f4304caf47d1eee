"""`/api/address/intercom` and `/api/address/resetCode`."""

from datetime import UTC, datetime
from typing import cast

from flask import Blueprint, Response

from smartyard.intercom.residents import schemas
from smartyard.intercom.residents.service import Intercom, SettingsService, Wanted
from smartyard.shapes import Letter, letter, moment
from smartyard.web import answers, caller, ok, service, takes, zone

blueprint = Blueprint("intercom", __name__, url_prefix="/api/address")

# Guests are not expected. Long past, since Android holds it against the clock of the device.
CLOSED = datetime(2001, 1, 1, tzinfo=UTC)


def _answer(told: Intercom) -> schemas.IntercomAnswer:
    return schemas.IntercomAnswer(
        code_enabled=letter(told.code_enabled),
        code=None if told.code is None else str(told.code),
        handset=letter(told.handset),
        rings=letter(told.rings),
        auto_open=moment(told.auto_open_until or CLOSED, zone()),
        white_rabbit=cast(schemas.RabbitWord, str(told.white_rabbit)),
        paper_bill=_letter(told.paper_bill),
        log_off=_letter(None if told.log is None else told.log == "none"),
        log_hidden=_letter(None if told.log is None else told.log != "all"),
        faces_off=_letter(told.faces_off),
    )


def _letter(value: bool | None) -> Letter | None:
    return None if value is None else letter(value)


@blueprint.post("/intercom")
@answers(schemas.IntercomAnswer)
@takes(schemas.IntercomRequest)
def intercom(body: schemas.IntercomRequest) -> Response:
    """Show how the intercom of a flat is set; change what is told."""
    settings = service(SettingsService)
    if body.settings is None:
        return ok(_answer(settings.intercom(caller(), body.flat_id)))
    wanted = Wanted(**dict(body.settings))
    return ok(_answer(settings.change(caller(), body.flat_id, wanted)))


@blueprint.post("/resetCode")
@answers(schemas.ResetCodeAnswer)
@takes(schemas.ResetCodeRequest)
def reset_code(body: schemas.ResetCodeRequest) -> Response:
    """Draw a new code for the door of a flat; the old one opens nothing any more."""
    code = service(SettingsService).reset_code(caller(), body.flat_id)
    return ok(schemas.ResetCodeAnswer(code=code))
