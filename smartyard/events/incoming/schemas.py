"""Shapes of `POST /api/hooks/events` (docs/events.md)."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints, ValidationError

from smartyard.events.kinds import Kind
from smartyard.phones import Phone
from smartyard.shapes import Id, Line, Shape

MOST = 500
_Number = Annotated[Line, StringConstraints(min_length=1, max_length=200)]
_Word = Annotated[Line, StringConstraints(max_length=100)]
_Key = Annotated[Line, StringConstraints(pattern="^[0-9A-Fa-f: ]{6,30}$")]
_Code = Annotated[Line, StringConstraints(pattern="^[0-9]{1,8}$")]


class HookFace(Shape):
    face_id: Id = Field(alias="faceId")
    left: Id
    top: Id
    width: Id
    height: Id


class HookEvent(Shape):
    """`id` is the sender's own number of the event: sent again, it changes nothing. `at` is ISO
    8601 with a zone; left out, it is now. `opened` left out: nobody knows."""

    id: _Number
    kind: Kind
    at: AwareDatetime | None = None
    domophone_id: Id | None = Field(default=None, alias="domophoneId")
    door_id: Annotated[Id, Field(le=99)] | None = Field(default=None, alias="doorId")
    house_id: Id | None = Field(default=None, alias="houseId")
    flat_id: Id | None = Field(default=None, alias="flatId")
    flat_number: _Word | None = Field(default=None, alias="flatNumber")
    phone: Phone | None = None
    called: _Word | None = None
    opened: bool | None = None
    outcome: _Word = ""
    key: _Key | None = None
    code: _Code | None = None
    plate: _Word | None = None
    face: HookFace | None = None
    camera_id: Id | None = Field(default=None, alias="cameraId")


class HookRequest(Shape):
    """One event, or a batch under `events`. Each is read by itself, so that one that is wrong holds
    up no other."""

    model_config = {**Shape.model_config, "extra": "allow"}

    events: list[dict[str, Any]] | None = Field(default=None, max_length=MOST)

    @property
    def items(self) -> list[dict[str, Any]]:
        return [dict(self.model_extra or {})] if self.events is None else self.events


class HookResult(Shape):
    """`id` as it came; `uuid` is ours, of each event that was written."""

    id: str
    result: Literal["written", "repeated", "refused"]
    uuid: list[str] | None = None
    reason: str | None = None


def read_event(item: dict[str, Any]) -> HookEvent | HookResult:
    """The event, or the result that says which fields are wrong."""
    try:
        return HookEvent.model_validate(item)
    except ValidationError as wrong:
        fields = sorted({".".join(map(str, error["loc"])) for error in wrong.errors()})
        return HookResult(
            id=str(item.get("id", ""))[:200],
            result="refused",
            reason="wrong: " + ", ".join(fields)[:300],
        )
