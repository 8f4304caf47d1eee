"""Shapes of `/api/cctv/*` (client contract, sections 4 and 8)."""

from typing import Literal

from pydantic import Field

from smartyard.shapes import Id, Letter, Shape


class AllRequest(Shape):
    house_id: Id | None = Field(default=None, alias="houseId")


class CameraAnswer(Shape):
    """`id` is a number, `lat` and `lon` are strings: so iOS wants them."""

    id: int
    name: str
    lat: str
    lon: str
    url: str
    token: str
    house_id: int | None = Field(default=None, alias="houseId")
    server_type: str = Field(alias="serverType")
    hls_mode: str = Field(alias="hlsMode")
    has_sound: bool = Field(alias="hasSound")


class DoorCameraAnswer(Shape):
    """`id` is the panel's number as text, as `objectId` of an event is. `entrance_id` is the same,
    as in the log: without it on both sides iOS plays the first camera to every event."""

    id: str
    entrance_id: str = Field(alias="entranceId")
    url: str
    token: str
    frs: Letter
    server_type: str = Field(alias="serverType")
    hls_mode: str = Field(alias="hlsMode")
    has_sound: bool = Field(alias="hasSound")


class RangesRequest(Shape):
    camera_id: Id = Field(alias="cameraId")


class SpanAnswer(Shape):
    """Unix seconds, and seconds."""

    begin: int = Field(alias="from")
    seconds: int = Field(alias="duration")


class RangesAnswer(Shape):
    """The apps take the first of the list; an empty one is an empty archive."""

    stream: str
    ranges: list[SpanAnswer]


class YoutubeRequest(Shape):
    camera_id: Id | None = Field(default=None, alias="id")


class YoutubeAnswer(Shape):
    """A recording that the operator published. The words of the wire are YouTube's."""

    id: int
    event_time: str = Field(alias="eventTime")
    title: str
    description: str
    thumbnails_default: str = Field(alias="thumbnailsDefault")
    thumbnails_medium: str = Field(alias="thumbnailsMedium")
    thumbnails_high: str = Field(alias="thumbnailsHigh")
    url: str


class AllTreeRequest(AllRequest):
    """The same question as of the list."""


class GroupAnswer(Shape):
    """A `map` is a group of which each camera has a place."""

    id: int = Field(alias="groupId")
    name: str = Field(alias="groupName")
    kind: Literal["map", "list"] = Field(alias="type")
    groups: list["GroupAnswer"] | None = Field(default=None, alias="childGroups")
    cameras: list[CameraAnswer] | None = None
