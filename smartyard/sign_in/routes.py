"""Signing in by a code or by a call, and the PBX that tells of calls."""

from flask import Blueprint, Response, request

from smartyard.shapes import Names
from smartyard.sign_in import schemas
from smartyard.sign_in.calling import Asker, CallSignInService, SignedInPerson
from smartyard.sign_in.service import SignInService
from smartyard.web import (
    answers,
    client_address,
    no_content,
    ok,
    provider,
    public,
    refuses,
    service,
    takes,
)

blueprint = Blueprint("sign_in", __name__, url_prefix="/api")


@blueprint.post("/user/requestCode")
@public
@answers(schemas.RequestCodeAnswer, or_nothing=True)
@refuses(429)
@takes(schemas.RequestCodeRequest)
def request_code(body: schemas.RequestCodeRequest) -> Response:
    """Send a code by SMS, or await a call. Whoever names a method is told which was taken."""
    # Only the apps of today tell of the system that they run on; those of 2022 know no calls.
    knows_calls = "X-System-Info" in request.headers
    number = service(SignInService).request_code(
        body.user_phone, _asker(), body.method, knows_calls
    )
    if number is not None:
        told = schemas.RequestCodeAnswer(method="outgoingCall", confirmation_numbers=[number])
        return ok(told)
    # Mobile apps take 204; the web client says which method it knows, and reads the answer.
    return no_content() if body.method is None else ok(schemas.RequestCodeAnswer())


@blueprint.post("/user/confirmCode")
@public
@answers(schemas.ConfirmCodeAnswer)
@refuses(403, 404, 429)
@takes(schemas.ConfirmCodeRequest)
def confirm_code(body: schemas.ConfirmCodeRequest) -> Response:
    """Sign in with the code that came."""
    return _signed_in(
        service(SignInService).confirm_code(
            body.user_phone, body.sms_code, _asker(), device=body.device_token
        )
    )


@blueprint.post("/user/checkPhone")
@public
@answers(schemas.ConfirmCodeAnswer)
@refuses(404, 429)
@takes(schemas.CheckPhoneRequest)
def check_phone(body: schemas.CheckPhoneRequest) -> Response:
    """Sign in once the call was seen: 404 until then."""
    return _signed_in(
        service(CallSignInService).check(body.user_phone, _asker(), body.device_token)
    )


@blueprint.post("/hooks/call")
@provider("pbx")
@answers(None)
@refuses(404)
@takes(schemas.CallRequest)
def called(body: schemas.CallRequest) -> Response:
    """Somebody calls a number for confirmations; the PBX need not answer the call."""
    service(CallSignInService).called(body.caller, body.number)
    return no_content()


def _asker() -> Asker:
    return Asker(client_address(), request.user_agent.string)


def _signed_in(person: SignedInPerson) -> Response:
    names = Names(name=person.name, patronymic=person.patronymic)
    return ok(schemas.ConfirmCodeAnswer(access_token=person.token, names=names))
