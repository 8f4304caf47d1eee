"""`/api/user/*`."""

from flask import Blueprint, Response

from smartyard.shapes import Names, Nothing, letter, moment
from smartyard.user import schemas
from smartyard.user.service import PushTokens, UserService
from smartyard.user.sessions import SessionService, SignedIn
from smartyard.web import (
    answers,
    caller,
    listed,
    no_content,
    ok,
    public,
    refuses,
    service,
    takes,
    zone,
)

blueprint = Blueprint("user", __name__, url_prefix="/api/user")


@blueprint.post("/phonePattern")
@public
@answers(str)
@takes(Nothing)
def phone_pattern(_: Nothing) -> Response:
    """How a phone number is written, for the field of the sign-in page."""
    return ok(service(UserService).phone_pattern())


@blueprint.post("/ping")
@answers(None)
@takes(Nothing)
def ping(_: Nothing) -> Response:
    """Say whether the token is good still."""
    return no_content()


@blueprint.post("/sendName")
@answers(None)
@refuses()
@takes(schemas.SendNameRequest)
def send_name(body: schemas.SendNameRequest) -> Response:
    """Take the person's name."""
    service(UserService).rename(caller(), body.name, body.patronymic)
    return no_content()


@blueprint.post("/getName")
@answers(Names)
@takes(Nothing)
def get_name(_: Nothing) -> Response:
    """Give the person's name."""
    person = service(UserService).person(caller())
    return ok(Names(name=person.name, patronymic=person.patronymic))


@blueprint.post("/appVersion")
@answers(str)
@refuses()
@takes(schemas.AppVersionRequest)
def app_version(body: schemas.AppVersionRequest) -> Response:
    """Say whether the app must, or should, be updated."""
    return ok(service(UserService).version_verdict(body.platform, body.version))


@blueprint.post("/notification")
@answers(schemas.NotificationAnswer)
@refuses()
@takes(schemas.NotificationRequest)
def notification(body: schemas.NotificationRequest) -> Response:
    """Show and change what the person is told of by pushes."""
    person = service(UserService).set_notification(caller(), body.money, body.enable)
    return ok(
        schemas.NotificationAnswer(money=letter(person.notify_money), enable=letter(person.notify))
    )


@blueprint.post("/registerPushToken")
@answers(None)
@refuses()
@takes(schemas.RegisterPushTokenRequest)
def register_push_token(body: schemas.RegisterPushTokenRequest) -> Response:
    """Take the addresses for pushes to this device."""
    tokens = PushTokens(
        push=body.push_token,
        platform=body.platform,
        voip=body.voip_token,
        service=body.service,
        production=body.production,
    )
    service(UserService).register_push(caller(), tokens)
    return no_content()


@blueprint.post("/pushTokens")
@answers(schemas.PushTokensAnswer)
@takes(Nothing)
def push_tokens(_: Nothing) -> Response:
    """Give back the addresses that this device registered."""
    push, voip = service(UserService).push_tokens(caller())
    return ok(schemas.PushTokensAnswer(push_token=push, voip_token=voip))


@blueprint.post("/deleteAccount")
@answers(None)
@takes(Nothing)
def delete_account(_: Nothing) -> Response:
    """End every session of the person and forget what only they need."""
    service(UserService).leave(caller())
    return no_content()


def _session(one: SignedIn) -> schemas.SessionAnswer:
    return schemas.SessionAnswer(
        session=str(one.id),
        current=letter(one.id == caller().session_id),
        device=one.push_platform,
        created=moment(one.created_at, zone()),
        last_seen=one.last_seen_at and moment(one.last_seen_at, zone()),
    )


@blueprint.post("/sessions")
@answers(list[schemas.SessionAnswer], or_nothing=False)
@takes(Nothing)
def sessions(_: Nothing) -> Response:
    """The devices where the person is signed in."""
    return listed([_session(one) for one in service(SessionService).of(caller())])


@blueprint.post("/sessions/end")
@answers(None)
@refuses(403)
@takes(schemas.EndSessionsRequest)
def end_sessions(body: schemas.EndSessionsRequest) -> Response:
    """End one session of the person, or all others than this one."""
    if body.session is None:
        service(SessionService).end_others(caller())
    else:
        service(SessionService).end(caller(), body.session)
    return no_content()
