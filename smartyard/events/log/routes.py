"""`/api/address/plog` and `plogDays`, and the pictures, whose links carry a right of their own."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, Response

from smartyard.events.kinds import SHOWN
from smartyard.events.log import schemas
from smartyard.events.log.follows import FollowService
from smartyard.events.log.pictures import PictureService
from smartyard.events.log.service import Event, LogService, Page
from smartyard.shapes import letter, moment
from smartyard.web import (
    answers,
    caller,
    jpeg,
    listed,
    no_content,
    public,
    refuses,
    sends,
    service,
    takes,
    zone,
)

blueprint = Blueprint("events_log", __name__, url_prefix="/api/address")


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _face(told: Mapping[str, Any]) -> dict[str, Any]:
    sides = ("left", "top", "width", "height")
    box = {name: str(told[name]) for name in sides} if told.get("width") else {}
    return {
        "face_id": _text(told.get("face_id")),
        "face": schemas.FaceAnswer(**box) if box else None,
    }


def _detail(event: Event, page: Page) -> schemas.DetailAnswer:
    """What each kind of event tells, and nothing else."""
    call = {"opened": letter(bool(event.opened))}
    who, called = page.phone(event.phone), event.called
    told: dict[str, dict[str, Any]] = {
        "call_missed": call,
        "call_answered": call,
        "key": {"key": event.key},
        "app": {"phone": who},
        "face": _face(event.face or {}),
        "code": {"code": event.code},
        "gate_call": {
            "phone_from": who,
            "phone_from_of_vue": who,
            "phone_to": called,
            "phone_to_of_vue": called,
        },
    }
    flags = page.flags.get(event.id)
    return schemas.DetailAnswer(**told.get(event.kind, {}), flags=list(flags) if flags else None)


def _answer(event: Event, page: Page, preview: str | None) -> schemas.PlogAnswer:
    """An event as the apps read it."""
    return schemas.PlogAnswer(
        date=moment(event.at, zone()),
        uuid=str(event.id),
        object_id=str(event.domophone_id or 0),
        object_mechanizma=str(event.door_id or 0),
        mechanizma_description=event.place,
        event=str(SHOWN.index(event.kind) + 1),
        preview_type=1 if preview else 0,
        preview=preview,
        detail=event.plate if event.kind == "plate" else None,
        detail_x=_detail(event, page),
        flat_id=str(event.flat_id),
        house_id=_text(event.house_id),
        entrance_id=_text(event.domophone_id),
        camera_id=_text(event.camera_id),
    )


@blueprint.post("/plog")
@answers(list[schemas.PlogAnswer])
@takes(schemas.PlogRequest)
def plog(body: schemas.PlogRequest) -> Response:
    """What happened at the doors of a flat on one day, the latest first."""
    page = service(LogService).day(caller(), body.flat_id, body.day)
    link = service(PictureService).link
    phone = caller().phone
    return listed([_answer(event, page, link(event, phone)) for event in page.events])


@blueprint.post("/plogDays")
@answers(list[schemas.PlogDaysAnswer])
@takes(schemas.PlogDaysRequest)
def plog_days(body: schemas.PlogDaysRequest) -> Response:
    """The days on which something happened, and how much."""
    days = service(LogService).days(caller(), body.flat_id, body.events)
    return listed([schemas.PlogDaysAnswer(day=str(day), events=str(count)) for day, count in days])


@blueprint.post("/followed")
@answers(list[schemas.FollowedAnswer])
@takes(schemas.FollowedRequest)
def followed(body: schemas.FollowedRequest) -> Response:
    """The code and the keys of a flat, and of which of them the person is told."""
    found = service(FollowService).of(caller(), body.flat_id)
    return listed(
        [
            schemas.FollowedAnswer(
                event="3" if one.kind == "key" else "6",
                key_id=one.key_id or None,
                ending=one.ending or None,
                label=one.label or None,
                name=one.name,
                follow=letter(one.followed),
            )
            for one in found
        ]
    )


@blueprint.post("/follow")
@answers(None)
@takes(schemas.FollowRequest)
def follow(body: schemas.FollowRequest) -> Response:
    """Tell the person, or no longer, when a key or the code of a flat opens a door."""
    kind: Literal["key", "code"] = "key" if body.event == "3" else "code"
    key = body.key_id or body.key
    if body.follow:
        service(FollowService).follow(caller(), body.flat_id, kind, key, body.name)
    else:
        service(FollowService).unfollow(caller(), body.flat_id, kind, key)
    return no_content()


@blueprint.get("/plogPicture/<event:event>/<number:until>/<seal:seal>.jpg")
@public
@refuses(403, 404)
@sends("image/jpeg")
def plog_picture(event: UUID, until: int, seal: str) -> Response:
    """The picture of an event. The link carries its own right, and ends."""
    return jpeg(service(PictureService).read(event, until, seal), kept=86400)
