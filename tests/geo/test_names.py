"""One address in many spellings, and the order of house numbers."""

import pytest

from smartyard.geo.book.names import bare_key_of, full_address, key_of, natural

ADDRESS = "г. Примерск, пр-кт Мира, д. 10к2"


@pytest.mark.parametrize(
    "other",
    [
        "Примерск, проспект Мира, 10К2",
        "город Примерск пр. Мира дом 10к2",
        "мира просп., д.10к2, г.Примерск",
        "Россия, Примерск,  Мира пр-т , 10к2",
    ],
)
def test_spellings_of_one_address_are_one(other: str) -> None:
    assert key_of(other) == key_of(ADDRESS)


@pytest.mark.parametrize(
    "other",
    [
        "г. Примерск, ул. Мира, д. 10к2",
        "г. Примерск, пр-кт Мира, д. 10",
        "г. Другой, пр-кт Мира, д. 10к2",
        "г. Примерск, пр-кт Мира, д. 10к20",
        "",
    ],
)
def test_other_addresses_are_others(other: str) -> None:
    assert key_of(other) != key_of(ADDRESS)


def test_the_bare_key_knows_no_kind_of_street() -> None:
    assert bare_key_of("Примерск, Мира, 10к2") == bare_key_of(ADDRESS)
    assert bare_key_of("ул. д. г. !") == ""


def test_yo_is_e() -> None:
    assert key_of("Королёв, Берёзовая, 1") == key_of("КОРОЛЕВ БЕРЕЗОВАЯ 1")


def test_an_address_without_a_kind_of_street_is_written_whole() -> None:
    assert full_address("с. Дальнее", "", "Лесная", "3") == "с. Дальнее, Лесная, д. 3"


def test_numbers_stand_in_the_order_of_a_street() -> None:
    numbers = ["10", "2", "1", "10а", "2/1", "А", "", "10-1"]
    assert sorted(numbers, key=natural) == ["", "А", "1", "2", "2/1", "10", "10-1", "10а"]
