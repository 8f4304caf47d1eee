"""Shapes of `/api/hooks/ring`, which the PBX asks."""

from typing import Annotated

from pydantic import Field, StringConstraints

from smartyard.shapes import Line, Shape

_Word = Annotated[Line, StringConstraints(min_length=1, max_length=100)]


class RingRequest(Shape):
    """`panel`: its number or SIP number. `flat`: the number that was dialled. `callId`: the PBX's
    own name of the call, by which a repeat is known."""

    panel: _Word
    flat: _Word
    call_id: _Word = Field(alias="callId")


class LoginAnswer(Shape):
    extension: str
    password: str


class RingAnswer(Shape):
    """`cause` where the call is not allowed. `opens`: send `dtmf` at once."""

    allowed: bool
    cause: str | None = None
    flat_id: int = Field(alias="flatId")
    flat_number: str = Field(alias="flatNumber")
    dtmf: str
    opens: bool
    handset: bool
    logins: list[LoginAnswer]
