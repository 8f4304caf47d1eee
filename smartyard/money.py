"""Money: whole kopecks inside, as `int`.

The apps write kopecks as a number, `"15000"`, `"15000.0"`, and, from a Double
times a hundred, `"11450.000000000002"` (client contract, section 3)."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import BeforeValidator

_SLACK = Decimal("0.01")  # of a kopeck: what is further from a whole one is no sum of kopecks


def kopecks(value: object) -> int:
    """Whole kopecks above zero. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("a sum in kopecks is needed")
    text = str(value).strip()
    if not text.isascii() or len(text) > 40:
        raise ValueError("a sum in kopecks is needed")
    try:
        exact = Decimal(text)
        if not exact.is_finite() or "_" in text:
            raise ValueError("a sum in kopecks is needed")
        whole = exact.to_integral_value()
    except InvalidOperation:
        raise ValueError("a sum in kopecks is needed") from None
    if abs(exact - whole) > _SLACK or not 0 < whole < 2**53:
        raise ValueError("a sum in kopecks is needed")
    return int(whole)


Kopecks = Annotated[int, BeforeValidator(kopecks, json_schema_input_type=int | float | str)]
"""A sum of a shape that comes in."""


def rubles(amount_kopecks: int) -> str:
    """`1 234,50 руб.`, with blanks that do not break."""
    whole, part = divmod(abs(amount_kopecks), 100)
    sign = "−" if amount_kopecks < 0 else ""
    return f"{sign}{whole:,}".replace(",", "\u00a0") + f",{part:02d}\u00a0руб."
