"""Why a file is not imported: each bad place with its line, in the operator's words."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import ErrorDetails

from smartyard.shapes import MAX_ID

_NUMBERS = {"id", "house", "houses", "flat", "flats", "domophone", "door"}
_LARGEST = {"door": 99}
_WORDS = {
    "missing": "не указано",
    "extra_forbidden": "такого поля нет",
    "list_type": "нужен список чисел",
    "string_type": "нужна строка",
}


@dataclass(frozen=True, order=True)
class Problem:
    """`line` is where the row begins in the file, 0 when the whole file is meant."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"строка {self.line}: {self.text}" if self.line else self.text


class InventoryRefused(Exception):
    """Nothing was written; `problems` are all the reasons, by line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems in an inventory")
        self.problems = sorted(set(problems))


def reason(error: ErrorDetails) -> str:
    """pydantic's finding as `field: what to do`, without the value."""
    where = [str(part) for part in error["loc"]]
    if error["type"] == "value_error" and not where:
        return str(error["ctx"]["error"])
    return f"{where[0]}: {_what(error, where[0])}"


def _what(error: ErrorDetails, field: str) -> str:
    kind, context = error["type"], error.get("ctx", {})
    words = str(context.get("error", ""))
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "literal_error":
        return f"допустимо: {str(context['expected']).replace(' or ', ', ')}"
    if "max_length" in context:
        return f"длиннее {context['max_length']} знаков"
    if words and not words.isascii():  # ours; what `shapes` say is for nobody's eyes
        return words
    if field in _NUMBERS:
        return f"нужно целое число от 0 до {_LARGEST.get(field, MAX_ID)}"
    return "нужна строка"
