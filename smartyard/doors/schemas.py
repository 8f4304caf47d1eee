"""Shapes of `/api/address/openDoor` (client contract, section 8)."""

from pydantic import Field

from smartyard.shapes import Id, Shape


class OpenDoorRequest(Shape):
    """`doorId` may be left out: the panel's first output."""

    domophone_id: Id = Field(alias="domophoneId")
    door_id: Id = Field(default=0, alias="doorId")
