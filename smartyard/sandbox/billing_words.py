"""What all methods of the sandbox's billing share: refusals, and strict reading of a body."""

from collections.abc import Callable, Mapping
from typing import Any

Method = Callable[[Mapping[str, Any]], Any]


class Declined(Exception):
    """A refusal; `http` is its status where billing does not answer 200 with a code inside."""

    def __init__(self, code: int, message: str, http: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.http = http


def phone_of(body: Mapping[str, Any]) -> int:
    phone = body.get("phone")
    if not isinstance(phone, int) or not 70000000000 <= phone <= 79999999999:
        raise Declined(422, "phone must be an integer of 11 digits beginning with 7")
    return phone


def text_of(body: Mapping[str, Any], key: str) -> str:
    """An id or a word, which may come as a number or a string."""
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
        raise Declined(422, f"{key} is needed")
    return str(value)


def kopecks(body: Mapping[str, Any], key: str) -> int:
    """A whole number above nothing, as a number or a string of digits."""
    text = text_of(body, key)
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text) > 0):
        raise Declined(422, f"{key} must be whole kopecks")
    return int(text)
