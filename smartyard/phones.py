"""Phone numbers: one type from the shape inward.

`8XXXXXXXXXX` and `7XXXXXXXXXX` are one person (client contract, section 1); inside there is only
the second spelling, which is also billing's.
"""

import re
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_NATIONAL = re.compile(r"[78][0-9]{10}")
_DECORATION = str.maketrans("", "", " +-()\u00a0")


class Phone(str):
    """Eleven ASCII digits beginning with 7."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str | int) -> "Phone":
        """Read what a person or an app wrote; raises ValueError when it is no such number."""
        if isinstance(text, bool) or not isinstance(text, (str, int)):
            raise ValueError("a phone number is needed")
        digits = text.translate(_DECORATION) if isinstance(text, str) else str(text)
        if not _NATIONAL.fullmatch(digits):
            raise ValueError("a phone number has 11 digits and begins with 7 or 8")
        return cls("7" + digits[1:])

    @property
    def masked(self) -> str:
        """For logs and for other people's eyes: `7900***4567`."""
        return f"{self[:4]}***{self[-4:]}"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[78][0-9]{10}$", "examples": ["79001234567"]}
