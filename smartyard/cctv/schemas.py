"""Shapes of `/api/cctv/*` (client contract, sections 4 and 8)."""

from pydantic import Field

from smartyard.shapes import Id, Shape


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
    house_id: int = Field(alias="houseId")
    server_type: str = Field(alias="serverType")
    hls_mode: str = Field(alias="hlsMode")
    has_sound: bool = Field(alias="hasSound")
