"""Settings of what the people of a flat may set of their intercom."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

from smartyard.config.types import Count, Seconds


def _span(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    told = re.fullmatch("([1-9][0-9]{3,7})-([1-9][0-9]{3,7})", value)
    if not told or int(told[1]) > int(told[2]):
        raise ValueError("must be two numbers of four to eight digits, as in 10000-99999")
    return int(told[1]), int(told[2])


def _for_flats(value: str) -> str:
    if value:
        try:
            told = value.format(flat=1, number=2)
        except (LookupError, ValueError, AttributeError):
            raise ValueError("must hold {number} or {flat}, as in 1{flat:09}") from None
        if told == value or not re.fullmatch("[0-9A-Za-z_.*#-]{1,40}", told):
            raise ValueError("must hold {number} or {flat}, as in 1{flat:09}")
    return value


Span = Annotated[tuple[int, int], NoDecode, BeforeValidator(_span)]


class IntercomSettings(BaseSettings):
    """The intercom of a flat."""

    door_codes: Span = (10000, 99999)  # what door codes are drawn of
    door_code_resets_per_phone_hour: Count = 10
    code_after_put_out: bool = True  # a flat has another code once who has seen it is put out
    auto_open_max: float = Field(default=3, gt=0)  # hours
    paper_bill: bool = False

    # what panels are told of flats
    panel_sip_number: Annotated[str, AfterValidator(_for_flats)] = "{number}"
    panel_push_schedule: str = "* * * * * */20"
    panel_compare_schedule: str = "*/10 * * * *"
    panel_pushes_at_once: Count = 8
    panel_lease: Seconds = 60  # well above the time that one flat takes
