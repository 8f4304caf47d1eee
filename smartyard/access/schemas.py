"""Shapes of `/api/address/access` and `resend` (client contract, section 8)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from smartyard.phones import Phone
from smartyard.shapes import Id, Shape


def _moment(value: Any) -> Any:
    """`YYYY-MM-DD HH:MM:SS`, or a bare day, in ASCII digits: the year 1 is a date too."""
    if not isinstance(value, str) or not value.isascii():
        raise ValueError("a date is needed")
    text = value.strip()
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError("a date is needed")


Moment = Annotated[datetime, BeforeValidator(_moment)]


class AccessRequest(Shape):
    """`guestPhone` left out is the caller; `clientId` is told by old apps, and means nothing."""

    flat_id: Id = Field(alias="flatId")
    guest: Phone | None = Field(default=None, alias="guestPhone")
    kind: Literal["inner", "outer", "owner"] = Field(default="inner", alias="type")
    expire: Moment | None = None


class ResendRequest(Shape):
    flat_id: Id = Field(alias="flatId")
    guest: Phone = Field(alias="guestPhone")
