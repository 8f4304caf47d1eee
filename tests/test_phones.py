"""Phone numbers: one person, however the number is written."""

import pytest
from pydantic import BaseModel, ValidationError

from smartyard.phones import Phone


@pytest.mark.parametrize("text", [
    "79001234567", "89001234567", 79001234567, 89001234567, "+7 (900) 123-45-67",
    "+79001234567", " 79001234567 ", "8-900-123-45-67", "+7\u00a0900\u00a0123\u00a045\u00a067",
])  # fmt: skip
def test_every_spelling_is_the_same_number(text: str | int) -> None:
    assert Phone.parse(text) == "79001234567" == Phone.parse(Phone.parse(text))


@pytest.mark.parametrize("text", [
    "", "7", "9001234567", "790012345678", "69001234567", "7900123456a", "79001234567\n",
    "٧٩٠٠١٢٣٤٥٦٧", "7900123456７", "79001234567\x00", "79001234567,79001234568", "tel:79001234567",
    "7.9001234567", -79001234567, 0, True, None, 79001234567.0, ["79001234567"], b"79001234567",
    "7 9 0 0 1 2 3 4 5 6 7 8",
])  # fmt: skip
def test_what_is_no_such_number_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="phone number"):
        Phone.parse(text)  # type: ignore[arg-type]


def test_a_shape_reads_and_writes_it_as_text() -> None:
    class Shape(BaseModel):
        phone: Phone

    shape = Shape.model_validate_json('{"phone": 89001234567}')
    assert isinstance(shape.phone, Phone)
    assert shape.model_dump_json() == '{"phone":"79001234567"}'
    with pytest.raises(ValidationError):
        Shape.model_validate_json('{"phone": null}')


def test_what_the_log_shows_tells_nobody_the_number() -> None:
    shown = {Phone.parse(f"7900{middle:03d}4567").masked for middle in range(1000)}
    assert shown == {"7900***4567"}
