"""Settings of what the people of a flat may set of their intercom."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

from smartyard.config.types import Count, HttpUrl


def _span(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    told = re.fullmatch("([1-9][0-9]{3,7})-([1-9][0-9]{3,7})", value)
    if not told or int(told[1]) > int(told[2]):
        raise ValueError("must be two numbers of four to eight digits, as in 10000-99999")
    return int(told[1]), int(told[2])


Span = Annotated[tuple[int, int], NoDecode, BeforeValidator(_span)]


class IntercomSettings(BaseSettings):
    """The intercom of a flat."""

    door_codes: Span = (10000, 99999)  # what door codes are drawn of
    door_code_resets_per_phone_hour: Count = 10
    auto_open_max: float = Field(default=3, gt=0)  # hours
    paper_bill: bool = False
    frs_url: HttpUrl = ""
