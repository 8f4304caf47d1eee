"""Files as operators make them: what is read, and what is refused by its line."""

from typing import Any

import pytest

from smartyard.registry.inventory.problems import InventoryRefused
from smartyard.registry.inventory.reading import read


def refusal(content: str | bytes, **options: Any) -> list[str]:
    with pytest.raises(InventoryRefused) as refused:
        read(content.encode() if isinstance(content, str) else content, **options)
    return [str(problem) for problem in refused.value.problems]


def test_a_row_of_json_knows_the_line_where_it_begins() -> None:
    text = '{"houses": [{"id": 1}, {"id": 2},\n\n  {\n   "id": 3}],\n "doors": [\n{"door": 1}\n]}'
    found = read(text.encode())
    lines = [(row.kind, row.line, row.values) for row in found.rows]
    assert lines == [
        ("houses", 1, {"id": 1}),
        ("houses", 1, {"id": 2}),
        ("houses", 3, {"id": 3}),
        ("doors", 6, {"door": 1}),
    ]
    assert found.kinds == {"houses", "doors"} and not found.problems


def test_a_fraction_in_json_stays_the_text_that_it_is() -> None:
    (row,) = read(b'{"cameras": [{"lat": 55.7510, "lon": 0.00001}]}').rows
    assert row.values == {"lat": "55.7510", "lon": "0.00001"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"houses": [{"id": 1},\n{"id": }]}', "строка 2: это не JSON"),
        ('{"houses": [{"id": 1}\n{"id": 2}]}', "строка 2: это не JSON: нужен знак ]"),
        ('{"houses": [{"id": 1}],\n}', "строка 2: это не JSON"),
        ('[{"id": 1}]', "строка 1: это не JSON: нужен знак {"),
        ('{"houses": []}\n{"doors": []}', "строка 2: после данных стоит лишнее"),
        ('{"houses": [\n{"id": 1, "id": 2}]}', "строка 2: поле id повторяется"),
        ('{"houses": [' + "[" * 100_000, "строка 1: это не JSON"),
        ('{"houses": [\n{"id": ' + "9" * 5000 + "}]}", "строка 2: это не JSON"),
        ('{"houses": [{"id": 1', "строка 1: это не JSON"),
    ],
)
def test_broken_json_is_named_by_its_line(text: str, words: str) -> None:
    assert refusal(text) == [words]


def test_unknown_and_repeated_sections_are_named_and_the_others_still_read() -> None:
    text = '{"gates": [],\n"houses": [],\n"houses": [],\n"doors": {},\n"flats": [{"id": 1}]}'
    found = read(text.encode())
    assert [str(problem) for problem in found.problems] == [
        "строка 1: неизвестный раздел gates",
        "строка 3: раздел houses повторяется",
        "строка 4: doors: нужен список",
    ]
    assert [row.kind for row in found.rows] == ["flats"]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("stream,name,media_server,houses", "cameras"),
        ("stream,name,media_server,lat,lon,sound,houses,flats", "cameras"),
        ("name,url", "media_servers"),
        ("name,url,type,hls_mode", "media_servers"),
        ("id,address", "houses"),
        ("id,house,number", "flats"),
        ("id,house", "flats"),
        ("house,domophone,door", "doors"),
        ("house,domophone,door,icon,name,entrance", "doors"),
    ],
)
def test_the_columns_of_a_csv_tell_its_kind(header: str, kind: str) -> None:
    assert read(header.encode()).kinds == {kind}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("comma", [b",", b";"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_csv_as_excel_and_others_write_it(mark: bytes, comma: bytes, end: bytes) -> None:
    lines = [b"Stream|NAME|media_server|houses|lat", 'c1|"Двор; ""1"", юг"|m|1 2|'.encode(), b""]
    (row,) = read(mark + end.join(lines).replace(b"|", comma)).rows
    assert row.line == 2
    assert row.values == {
        "stream": "c1",
        "name": 'Двор; "1", юг',
        "media_server": "m",
        "houses": ["1", "2"],
    }


def test_a_row_of_csv_knows_the_line_where_it_begins() -> None:
    found = read('id,address\n1,"a\nb"\n\n , \n2,c\n'.encode())
    assert [(row.line, row.values["id"]) for row in found.rows] == [(2, "1"), (6, "2")]


def test_unknown_missing_and_repeated_columns_are_named() -> None:
    assert refusal("stream,name,colour,name,\n") == [
        "строка 1: cameras: неизвестный столбец (без имени)",
        "строка 1: cameras: неизвестный столбец colour",
        "строка 1: cameras: нет столбца media_server",
        "строка 1: cameras: нет столбцов houses и flats",
        "строка 1: cameras: столбец name повторяется",
    ]
    assert refusal("id,adress\n") == ["строка 1: houses: неизвестный столбец adress"]


def test_where_the_columns_tell_nothing_the_kind_must_be_given() -> None:
    assert refusal("one,two\n1,2\n") == ["По столбцам не понять, что в файле: укажите --kind."]
    assert refusal("one\n", kind="houses") == [
        "строка 1: houses: неизвестный столбец one",
        "строка 1: houses: нет столбца id",
    ]


def test_a_row_with_more_or_fewer_cells_than_columns_is_named() -> None:
    found = read(b"id,address\n1\n2,a,b\n3,c\n")
    assert [str(problem) for problem in found.problems] == [
        "строка 2: ячеек 1, а столбцов 2",
        "строка 3: ячеек 3, а столбцов 2",
    ]
    assert [row.line for row in found.rows] == [4]


@pytest.mark.parametrize("text", ["id,address\n1,дом\n", '{"houses": [{"address": "дом"}]}'])
@pytest.mark.parametrize("encoding", ["cp1251", "utf-16"])
def test_another_encoding_is_refused_by_a_sentence(text: str, encoding: str) -> None:
    sentence = "Файл не в UTF-8. Сохраните его заново: в Excel это тип «CSV UTF-8»."
    assert refusal(text.encode(encoding)) == [sentence]


def test_an_empty_file_and_broken_quotes_are_refused() -> None:
    assert refusal(b"\xef\xbb\xbf \n") == ["Файл пуст."]
    assert refusal('id,address\n1,"a"b\n') == ["строка 2: это не CSV: проверьте кавычки"]
    assert refusal('id,address\n1,"a\n') == ["строка 2: это не CSV: проверьте кавычки"]
