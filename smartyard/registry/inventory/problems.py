"""Why a file is not imported: each bad place with its line, in the operator's words."""

from pydantic_core import ErrorDetails

from smartyard import sheets
from smartyard.shapes import MAX_ID
from smartyard.sheets import FileRefused as InventoryRefused
from smartyard.sheets import Problem

__all__ = ["InventoryRefused", "Problem", "reason"]

_IDS = ("id", "house", "houses", "flat", "flats", "domophone")
_NUMBERS = {"door": 99} | dict.fromkeys(_IDS, MAX_ID)


def reason(error: ErrorDetails) -> str:
    """As `sheets.reason`, for the fields of an inventory."""
    return sheets.reason(error, _NUMBERS)
