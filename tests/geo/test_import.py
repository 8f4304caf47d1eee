"""`flask geo import`: all of a file or nothing, and what is wrong by its lines."""

import re

import pytest

from smartyard.geo.book.importing import BookImportService
from tests.fixtures.town import Town, together
from tests.geo.conftest import BOOK, Import

EVERYTHING = """
    SELECT 'location', to_jsonb(t)::text FROM geo_locations t UNION ALL
    SELECT 'street', to_jsonb(t)::text FROM geo_streets t UNION ALL
    SELECT 'house', to_jsonb(t)::text FROM geo_houses t UNION ALL
    SELECT 'offer', to_jsonb(t)::text FROM geo_offers t ORDER BY 1, 2
    """


def test_the_command_explains_itself_in_russian(bring: Import, town: Town) -> None:
    assert bring is not None and town.app is not None
    told = town.app.test_cli_runner().invoke(args=["geo", "import", "--help"])
    assert told.exit_code == 0 and re.search("Внести ФАЙЛ", told.output)


def test_a_second_import_finds_nothing_to_change(book: Import, town: Town) -> None:
    before = town.rows("SELECT xmin::text, house_id FROM geo_houses ORDER BY 2")
    for content in BOOK.values():
        assert book(content, "--replace").output == "Изменений нет.\n"
    assert town.rows("SELECT xmin::text, house_id FROM geo_houses ORDER BY 2") == before


def test_a_dry_run_tells_the_difference_and_writes_nothing(book: Import, town: Town) -> None:
    before = town.rows(EVERYTHING)
    told = book("id,street,number\n101,10,1а\n106,10,7\n", "--replace", "--dry-run")
    assert told.exit_code == 0
    assert told.output.splitlines() == [
        "~ дом 101",
        "    number: 1 -> 1а",
        "    lat: 52.1 -> ",
        "    lon: 39.1 -> ",
        "- дом 102",
        "- дом 103",
        "- дом 104",
        "- дом 105",
        "+ дом 106",
        "    id: 106",
        "    street: 10",
        "    number: 7",
        "    lat: ",
        "    lon: ",
        "Пробный запуск, ничего не записано.",
        "Дома: новых 1, изменено 1, удалено 4.",
    ]
    assert town.rows(EVERYTHING) == before


def test_replacing_takes_away_what_the_file_does_not_name(book: Import, town: Town) -> None:
    assert book("house,service\n101,gsm\n", "--replace").output == (
        "Услуги: новых 1, изменено 0, удалено 3.\n"
    )
    assert town.rows("SELECT house_id, service, by_default, can_change FROM geo_offers") == [
        (101, "gsm", False, True)
    ]
    book("id,street,number\n103,10,2\n", "--replace")
    assert town.one("SELECT count(*) FROM geo_offers") == 0, "they went with their house"
    assert town.one("SELECT count(*) FROM houses") == 5, "houses themselves never go"


def test_what_others_name_is_not_taken_away(book: Import, town: Town) -> None:
    before = town.rows(EVERYTHING)
    for content, words in (
        ("id,name\n2,с. Дальнее\n", "населённый пункт 1 ещё нужен"),
        ("id,location,name\n10,1,Первая\n", "улица 11 ещё нужен"),
    ):
        done = book(content, "--replace")
        assert done.exit_code == 1 and words in done.output
    assert town.rows(EVERYTHING) == before


def test_billings_address_goes_before_the_books(bring: Import, town: Town) -> None:
    town.change("INSERT INTO houses (id, address) VALUES (101, 'от биллинга'), (102, '')")
    for content in BOOK.values():
        bring(content)
    assert town.rows("SELECT id, address FROM houses ORDER BY 1")[:3] == [
        (101, "от биллинга"),
        (102, "г. Примерск, ул. Первая, д. 10"),
        (103, "г. Примерск, ул. Первая, д. 2"),
    ]


def test_houses_are_found_by_a_street_s_new_name(book: Import, town: Town) -> None:
    book("id,location,name,type\n10,1,Новая,бульвар\n")
    assert town.one("SELECT key FROM geo_houses WHERE house_id = 101") == "1 бульвар новая примерск"


WRONG = {
    "not UTF-8": (BOOK["locations"].encode("cp1251"), ["не в UTF-8"]),
    "empty": ("", ["Файл пуст"]),
    "no kind": ("a,b\n1,2\n", ["не понять"]),
    "unknown column": ("id,name,mayor\n1,Город,Он\n", ["строка 1: locations: неизвестный столбец"]),
    "missing column": ("location,name\n1,Мира\n", ["строка 1: streets: нет столбца id"]),
    "quotes": ('id,name\n1,"Город\n', ["это не CSV"]),
    "rows": (
        "id,street,number,lat,lon\n\n1,10,,,\nx,10,1,,\n2,10,2,52,\n3,99,3,,\n4,10,4,91,1\n5,10\n"
        "6,10,6,,\n6,10,6,,\n",
        [
            "строка 3: дом: number: не указано",
            "строка 4: дом: id: нужно целое число",
            "строка 5: дом: нужны и lat, и lon",
            "строка 6: дом 3: нет улицы 99",
            "строка 7: дом: lat: нужна десятичная дробь от -90 до 90",
            "строка 8: ячеек 2, а столбцов 5",
            "строка 10: дом 6 уже есть в строке 9",
            "Ошибок: 7. Ничего не записано.",
        ],
    ),
    "unknown service": ("house,service\n101,water\n", ["строка 2: услуга: service: допустимо"]),
    "services of no house": ("house,service\n999,gsm\n", ["услуга 999/gsm: нет дома 999"]),
}


@pytest.mark.parametrize("content, words", WRONG.values(), ids=WRONG)
def test_a_wrong_file_changes_nothing_and_says_all_that_is_wrong(
    book: Import, town: Town, content: str | bytes, words: list[str]
) -> None:
    before = town.rows(EVERYTHING)
    done = book(content)
    assert done.exit_code == 1
    for told in words:
        assert told in done.output
    assert town.rows(EVERYTHING) == before


def test_two_imports_at_once_leave_a_whole_book(book: Import, town: Town) -> None:
    assert book is not None and town.app is not None
    app = town.app
    service: BookImportService = app.extensions["smartyard"][BookImportService]

    def run(number: int) -> None:
        rows = "".join(f"{house},10,{house + number}\n" for house in range(1000, 1050))
        with app.app_context():
            service.bring(f"id,street,number\n{rows}".encode(), replace=True)

    together(4, run)
    found = town.rows("SELECT house_id, number, key FROM geo_houses ORDER BY 1")
    shifts = {int(number) - house for house, number, _ in found}
    assert len(found) == 50 and len(shifts) == 1
    assert all(str(number) in key.split() for _, number, key in found)
