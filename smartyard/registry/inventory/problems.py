"""Why a file is not imported: each bad place with its line, in the operator's words."""

from collections.abc import Sequence
from dataclasses import dataclass


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
