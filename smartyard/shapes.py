"""The types that shapes of the wire are made of.

Apps send ids as numbers or as quoted numbers, flags as `t`/`f`, and leave keys out rather than
send null; answers have exactly the JSON type that iOS wants (client contract, section 1).
"""

import re
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

MAX_ID = 2**63 - 1


def _storable(value: str) -> str:
    """PostgreSQL takes neither NUL nor lone surrogates."""
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("text with characters that cannot be kept")
    return value


def _whole(value: Any) -> Any:
    """Quoted numbers by ASCII digits only: `int` would read other digits, signs and `1_0` too."""
    if isinstance(value, bool):
        raise ValueError("a number is needed")
    if isinstance(value, str):
        if not value.isascii() or not value.isdigit() or len(value) > 19:
            raise ValueError("a number is needed")
        return int(value)
    return value


def _flag(value: Any) -> Any:
    if value in ("t", "f"):
        return value == "t"
    raise ValueError("'t' or 'f' is needed")


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Line = Annotated[
    str,
    BeforeValidator(_number_as_text, json_schema_input_type=str | int),
    StringConstraints(strip_whitespace=True, max_length=4096),
    AfterValidator(_storable),
]
"""One line of text, trimmed."""
Name = Annotated[Line, StringConstraints(max_length=100)]
ContractId = Annotated[Line, StringConstraints(min_length=1, max_length=100)]
"""Billing's clientId."""
_Whole = Annotated[int, Field(ge=0, le=MAX_ID)]
_Digits = Annotated[str, Field(pattern="^[0-9]{1,19}$")]
Id = Annotated[
    int,
    BeforeValidator(_whole, json_schema_input_type=_Whole | _Digits),
    Field(ge=0, le=MAX_ID),
]
Letter = Literal["t", "f"]
"""`t` or `f` that goes out."""
Flag = Annotated[bool, BeforeValidator(_flag, json_schema_input_type=Letter)]
"""`t` or `f` that came in."""


def letter(value: bool) -> Letter:
    """The wire form of a truth value."""
    return "t" if value else "f"


def _moment(value: Any) -> Any:
    """`fromisoformat` alone would read other digits, `T`, zones and fractions too."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("YYYY-MM-DD HH:MM:SS is needed")
    return datetime.fromisoformat(value)


_MOMENT = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_Told = Annotated[str, Field(pattern=f"^{_MOMENT.pattern}$")]
Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=_Told)]
"""`YYYY-MM-DD HH:MM:SS` on the operator's clock, of any year: apps send year 1 to take away."""

FOREVER = datetime(3001, 1, 1, tzinfo=UTC)


def moment(value: datetime, zone: tzinfo) -> str:
    """`YYYY-MM-DD HH:MM:SS` on the clock of `zone`; FOREVER is the same text in every zone."""
    shown = value if value >= FOREVER else value.astimezone(zone)
    return shown.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")


class Shape(BaseModel):
    """What the wire carries. Unknown keys are left alone; names inside are snake_case."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, frozen=True)


class Nothing(Shape):
    """A call without fields: an empty body and `{}` are the same."""


class Names(Shape):
    """How a person wants to be called; empty where we do not know."""

    name: str
    patronymic: str
