"""Field types for what billings write: numbers in quotes, flags of every sort, texts of any length.

Each reads what is meant or raises ValueError, which makes the whole answer rubbish. The `lenient`
ones are for what only looks: they fall back and leave a line in the log, never the value.
"""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, PlainValidator, ValidationInfo

log = logging.getLogger(__name__)

TEXT_MAX = 500
_URL_MAX = 2000
_DIGITS = re.compile(r"[0-9]{1,19}")
_DEGREES = re.compile(r"([+-]?)0*([0-9]{1,3}(?:\.[0-9]{1,20})?)")
_TRUE = ("t", "true", "1", "y", "yes")
_FALSE = ("f", "false", "0", "n", "no", "")


def read_number(value: Any) -> int:
    """A whole number that PostgreSQL's bigint holds, not negative."""
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise ValueError("no id")
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError("no text")
    text = str(value)
    if "\0" in text:
        raise ValueError("no text")
    text.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
    return text.strip()[:TEXT_MAX].rstrip()


def _maybe_text(value: Any) -> str | None:
    return _text(value) or None


def _flag(value: Any) -> bool:
    word = str(value).strip().lower() if isinstance(value, (str, int)) else value
    if word is not None and word not in _TRUE + _FALSE:
        raise ValueError("no flag")
    return word in _TRUE


def _url(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no URL")
    text = value.strip()
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(text) > _URL_MAX:
        raise ValueError("no URL")
    if not text.isprintable() or " " in text:
        raise ValueError("no URL")
    return text


def _maybe_url(value: Any) -> str | None:
    return None if value in (None, "") else _url(value)


def _degrees(most: int) -> Callable[[Any], str]:
    """A coordinate in the one spelling that apps and our tables take: -12.5, no plus, no zeros
    in front."""

    def read(value: Any) -> str:
        text = str(value).strip().replace(",", ".")
        found = None if isinstance(value, bool) else _DEGREES.fullmatch(text)
        if found is None or float(found[2]) > most:
            raise ValueError("no degrees")
        return found[1].strip("+") + found[2]

    return read


def _moment(value: Any, info: ValidationInfo) -> datetime | None:
    """ISO 8601 or `2024-05-06 07:08:09`, in the zone of the context unless it names its own."""
    if value in (None, ""):
        return None
    if not isinstance(value, (str, datetime)):
        raise ValueError("no moment")
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=(info.context or {}).get("zone", UTC))
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # year 1 or 9999
        raise ValueError("no moment") from None


def lenient(read: Callable[[Any], Any], fallback: Any, what: str) -> PlainValidator:
    """Read it or take the fallback, with a line in the log."""

    def validate(value: Any) -> Any:
        try:
            return read(value)
        except ValueError:
            log.warning("billing: unreadable %s, taken as %r", what, fallback)
            return fallback

    return PlainValidator(validate)


def _one_of(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError("unknown word")
        return value

    return read


def _nothing_is_empty(value: Any) -> Any:
    return () if value is None else value


def _count(value: Any) -> int | None:
    return None if value is None else read_number(value)


Id = Annotated[int, PlainValidator(read_number)]
Text = Annotated[str, PlainValidator(_text)]
MaybeText = Annotated[str | None, PlainValidator(_maybe_text)]
Flag = Annotated[bool, PlainValidator(_flag)]
Url = Annotated[str, PlainValidator(_url)]
Moment = Annotated[datetime | None, PlainValidator(_moment)]
OR_EMPTY = BeforeValidator(_nothing_is_empty)
MaybeCount = Annotated[int | None, lenient(_count, None, "count")]
MaybeUrl = Annotated[str | None, lenient(_maybe_url, None, "URL")]
Latitude = Annotated[str, lenient(_degrees(90), "0", "latitude")]
Longitude = Annotated[str, lenient(_degrees(180), "0", "longitude")]
DoorIcon = Annotated[
    str, lenient(_one_of("entrance", "wicket", "gate", "barrier"), "entrance", "icon")
]
RoommateType = Annotated[str, lenient(_one_of("inner", "outer", "owner"), "inner", "roommate type")]
