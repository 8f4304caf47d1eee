"""Shapes of `address/plog` and `address/plogDays` (client contract). Numbers are text here: iOS
drops a whole day for one that is not."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from smartyard.events.kinds import SHOWN
from smartyard.shapes import Flag, Id, Letter, Line, Name, Shape

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(value: Any) -> Any:
    """pydantic would read other spellings too, and numbers as seconds."""
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        return date.fromisoformat(value.strip())
    raise ValueError("a day is needed, as in 2026-02-28")


def _numbers(value: Any) -> Any:
    """`1, 2,3`, one number, or nothing for all. A number that no app knows is none of ours."""
    if value is None or isinstance(value, bool):
        return value
    parts = [part.strip() for part in str(value).split(",")]
    if parts == [""]:
        return None
    if not all(re.fullmatch("[0-9]{1,4}", part) for part in parts):
        raise ValueError("numbers of events are needed")
    return tuple(SHOWN[int(part) - 1] for part in parts if 1 <= int(part) <= len(SHOWN))


_Key = Annotated[Line, StringConstraints(pattern="^[0-9A-Fa-f: ]{0,30}$")]
_KeyId = Annotated[Line, StringConstraints(pattern="^[0-9a-f]{0,16}$")]
Day = Annotated[date, BeforeValidator(_day)]
Kinds = Annotated[
    tuple[Line, ...] | None, BeforeValidator(_numbers, json_schema_input_type=int | str | None)
]


class PlogRequest(Shape):
    flat_id: Id = Field(alias="flatId")
    day: Day


class PlogDaysRequest(Shape):
    flat_id: Id = Field(alias="flatId")
    events: Kinds = None


class FaceAnswer(Shape):
    left: str
    top: str
    width: str
    height: str


class DetailAnswer(Shape):
    """Android reads `phone_from`, Vue `phoneFrom`."""

    opened: Letter | None = None
    key: str | None = None
    phone: str | None = None
    face_id: str | None = Field(default=None, alias="faceId")
    code: str | None = None
    phone_from: str | None = None
    phone_to: str | None = None
    phone_from_of_vue: str | None = Field(default=None, alias="phoneFrom")
    phone_to_of_vue: str | None = Field(default=None, alias="phoneTo")
    face: FaceAnswer | None = None
    flags: list[Literal["canLike", "liked", "canDislike"]] | None = None


class PlogAnswer(Shape):
    """`object_id` and `entrance_id` are the panel's number, as `id` and `entranceId` of
    `cctv/camMap` are: by them the apps find the camera of an event."""

    date: str
    uuid: str
    object_id: str = Field(alias="objectId")
    object_type: str = Field(default="0", alias="objectType")
    object_mechanizma: str = Field(alias="objectMechanizma")
    mechanizma_description: str = Field(alias="mechanizmaDescription")
    event: str
    preview_type: Literal[0, 1] = Field(alias="previewType")
    preview: str | None = None
    detail: str | None = None
    detail_x: DetailAnswer = Field(alias="detailX")
    flat_id: str = Field(alias="flatId")
    house_id: str | None = Field(default=None, alias="houseId")
    entrance_id: str | None = Field(default=None, alias="entranceId")
    camera_id: str | None = Field(default=None, alias="cameraId")


class PlogDaysAnswer(Shape):
    day: str
    events: str


class FollowedRequest(Shape):
    flat_id: Id = Field(alias="flatId")


class FollowRequest(Shape):
    """`event` as on the wire of the log: 3 a key, 6 the code of the flat. A key is named by its
    `keyId` of `address/followed`, or by its whole code (`key`)."""

    flat_id: Id = Field(alias="flatId")
    event: Annotated[Literal["3", "6"], BeforeValidator(str)]
    key_id: _KeyId = Field(default="", alias="keyId")
    key: _Key = ""
    name: Name = ""
    follow: Flag = True


class FollowedAnswer(Shape):
    """Of a key: `ending` is its last four digits, `label` the operator's word on it."""

    event: Literal["3", "6"]
    key_id: str | None = Field(default=None, alias="keyId")
    ending: str | None = None
    label: str | None = None
    name: str
    follow: Letter
