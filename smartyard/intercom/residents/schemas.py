"""Shapes of `address/intercom` and `address/resetCode` (client contract, section 8)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from smartyard.shapes import Flag, Id, Letter, Moment, Shape

RABBITS = (0, 1, 2, 3, 5, 7, 10)  # minutes
RabbitWord = Literal["0", "1", "2", "3", "5", "7", "10"]


def _rabbit(value: Any) -> Any:
    """A number of minutes that nobody knows is none."""
    if value is None or isinstance(value, (bool, list, dict)):
        return value
    return next((minutes for minutes in RABBITS if str(value) == str(minutes)), 0)


Rabbit = Annotated[
    int, BeforeValidator(_rabbit, json_schema_input_type=int | RabbitWord), Field(strict=True)
]


class WantedIntercom(Shape):
    """Only what changes; null is the same as nothing. The door code is written by one name and
    read by another."""

    code_enabled: Flag | None = Field(default=None, alias="enableDoorCode")
    handset: Flag | None = Field(default=None, alias="CMS")
    rings: Flag | None = Field(default=None, alias="VoIP")
    auto_open: Moment | None = Field(default=None, alias="autoOpen")
    white_rabbit: Rabbit | None = Field(default=None, alias="whiteRabbit")
    paper_bill: Flag | None = Field(default=None, alias="paperBill")
    log_off: Flag | None = Field(default=None, alias="disablePlog")
    log_hidden: Flag | None = Field(default=None, alias="hiddenPlog")
    faces_off: Flag | None = Field(default=None, alias="FRSDisabled")


class IntercomRequest(Shape):
    flat_id: Id = Field(alias="flatId")
    settings: WantedIntercom | None = None


class IntercomAnswer(Shape):
    code_enabled: Letter = Field(alias="allowDoorCode")
    code: str | None = Field(default=None, alias="doorCode")
    handset: Letter = Field(alias="CMS")
    rings: Letter = Field(alias="VoIP")
    auto_open: str = Field(alias="autoOpen")
    white_rabbit: RabbitWord = Field(alias="whiteRabbit")
    paper_bill: Letter | None = Field(default=None, alias="paperBill")
    log_off: Letter | None = Field(default=None, alias="disablePlog")
    log_hidden: Letter | None = Field(default=None, alias="hiddenPlog")
    faces_off: Letter | None = Field(default=None, alias="FRSDisabled")


class ResetCodeRequest(Shape):
    flat_id: Id = Field(alias="flatId")


class ResetCodeAnswer(Shape):
    code: int
