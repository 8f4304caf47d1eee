"""Shapes of signing in (client contract, sections 2 and 8)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from smartyard.phones import Phone
from smartyard.shapes import Line, Names, Shape


def _code(value: Any) -> Any:
    """Some clients send the code as a number, which loses no digit but the leading zeros."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:04d}"
    return value


class RequestCodeRequest(Shape):
    user_phone: Phone = Field(alias="userPhone")
    method: Line | None = None


class RequestCodeAnswer(Shape):
    """Numbers are told for a call alone: an empty list breaks Android."""

    method: Literal["sms", "outgoingCall"] = "sms"
    confirmation_numbers: list[str] | None = Field(default=None, alias="confirmationNumbers")


class ConfirmCodeRequest(Shape):
    user_phone: Phone = Field(alias="userPhone")
    sms_code: Annotated[
        str,
        BeforeValidator(_code, json_schema_input_type=str | int),
        StringConstraints(pattern=r"^[0-9]{4,8}\z"),
    ] = Field(alias="smsCode")
    device_token: Line | None = Field(default=None, alias="deviceToken")


class CheckPhoneRequest(Shape):
    user_phone: Phone = Field(alias="userPhone")
    device_token: Line | None = Field(default=None, alias="deviceToken")


class ConfirmCodeAnswer(Shape):
    access_token: str = Field(alias="accessToken")
    names: Names


class CallRequest(Shape):
    """A call that the PBX saw, and refused: from which number, to which of ours."""

    caller: Line = Field(alias="from")
    number: Line = Field(alias="to")
