"""Shapes of `/api/hooks/ring`, which the PBX asks."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from smartyard.shapes import Id, Line, Shape

_Word = Annotated[Line, StringConstraints(min_length=1, max_length=100)]


class RingRequest(Shape):
    """`panel`: its number or SIP number. The flat: the number that was dialled, or its `flatId`
    where panels call that (PANEL_SIP_NUMBER). `callId`: the PBX's own name of the call, by which a
    repeat is known."""

    panel: _Word
    flat: _Word | None = None
    flat_id: Id | None = Field(default=None, alias="flatId")
    call_id: _Word = Field(alias="callId")

    @model_validator(mode="after")
    def _one_flat(self) -> Self:
        if (self.flat is None) == (self.flat_id is None):
            raise ValueError("a flat is named by its number, or by its id")
        return self

    @property
    def called(self) -> str | int:
        """The flat, as it was named: a text is its number."""
        return self.flat_id if self.flat_id is not None else self.flat or ""


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
