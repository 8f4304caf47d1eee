"""What is wrong with a row is said for each, by line and field, and then nothing is written."""

import json
from typing import Any

import pytest

from tests.registry.conftest import EVERYTHING, SERVER, Import, Rows, camera, inventory_of

NUMBER = "нужно целое число от 0 до 9223372036854775807"


@pytest.mark.parametrize(
    ("section", "row", "words"),
    [
        ("houses", {"id": -1}, f"дом: id: {NUMBER}"),
        ("houses", {"id": "1.0"}, f"дом: id: {NUMBER}"),
        ("houses", {"id": 2**63}, f"дом: id: {NUMBER}"),
        ("houses", {"id": True}, f"дом: id: {NUMBER}"),
        ("houses", {"address": "a"}, "дом: id: не указано"),
        ("houses", {"id": 1, "adress": "a"}, "дом: adress: такого поля нет"),
        ("houses", {"id": 1, "address": "a" * 4097}, "дом: address: длиннее 4096 знаков"),
        ("houses", {"id": 1, "address": ["a"]}, "дом: address: нужна строка"),
        ("houses", 7, "дом: нужен объект"),
        ("flats", {"id": 1}, "квартира: house: не указано"),
        ("flats", {"id": 1, "house": 1, "number": "1\n2"}, "квартира: number: есть знаки"),
        (
            "doors",
            {"house": 1, "domophone": 1, "door": "a"},
            "дверь: door: нужно целое число от 0 до 99",
        ),
        (
            "doors",
            {"house": 1, "domophone": 1, "door": 0, "icon": "lift"},
            "дверь: icon: допустимо",
        ),
        ("media_servers", {**SERVER, "name": " "}, "медиасервер: name: не указано"),
        ("media_servers", {**SERVER, "url": "rtsp://a"}, "медиасервер: url: нужен адрес"),
        ("media_servers", {**SERVER, "url": "http://"}, "медиасервер: url: нужен адрес"),
        ("media_servers", {**SERVER, "url": "http://a:99999"}, "медиасервер: url: нужен адрес"),
        ("media_servers", {**SERVER, "url": "http://a/?b"}, "медиасервер: url: нужен адрес"),
        ("media_servers", {**SERVER, "url": "http://a b"}, "медиасервер: url: нужен адрес"),
        ("media_servers", {**SERVER, "type": "vlc"}, "медиасервер: type: допустимо: 'flussonic'"),
        ("media_servers", {**SERVER, "hls_mode": "x"}, "медиасервер: hls_mode: допустимо"),
        ("cameras", camera(""), "камера: stream: не указано"),
        ("cameras", camera("/a"), "камера: stream: имя потока не начинается"),
        ("cameras", camera("a/"), "камера: stream: имя потока не начинается"),
        ("cameras", camera("a?b"), "камера: stream: в имени потока не бывает ? и #"),
        ("cameras", camera("a#b"), "камера: stream: в имени потока не бывает ? и #"),
        ("cameras", camera("a\x7fb"), "камера: stream: есть знаки"),
        ("cameras", camera("a", name="\ud800"), "камера: name: есть знаки"),
        ("cameras", camera("a", lat="90.5"), "камера: lat: нужна десятичная дробь от -90 до 90"),
        ("cameras", camera("a", lon="-181"), "камера: lon: нужна десятичная дробь от -180 до 180"),
        ("cameras", camera("a", lon="+1"), "камера: lon: нужна десятичная дробь"),
        ("cameras", camera("a", lat="1e1"), "камера: lat: нужна десятичная дробь"),
        ("cameras", camera("a", lat="٣"), "камера: lat: нужна десятичная дробь"),
        ("cameras", camera("a", sound="loud"), "камера: sound: нужно t или f"),
        ("cameras", camera("a", houses=5), "камера: houses: нужен список чисел"),
        ("cameras", camera("a", houses=["x"]), f"камера: houses: {NUMBER}"),
        ("cameras", camera("a", flats=[5]), "камера a: неизвестная квартира 5"),
        ("cameras", camera("a", media_server="b"), "камера a: неизвестный медиасервер b"),
        ("cameras", {"stream": "a", "name": "a", "media_server": "media"}, "камера: не указаны"),
        ("cameras", camera("a", city="t"), "камера: у городской камеры (city) нужны lat и lon"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(
    bring: Import, rows: Rows, section: str, row: Any, words: str
) -> None:
    good = {"media_servers": [SERVER]} if section == "cameras" else {}
    content = {"houses": [{"id": 9}]} | good
    content[section] = [*content.get(section, []), row]
    text = _with_one_line_a_row(content)
    done = bring(text.encode("utf-8", "surrogatepass"))
    assert done.exit_code == 1
    line = len(text.splitlines())
    assert done.stderr.startswith(f"строка {line}: {words}"), done.stderr
    assert done.stderr.endswith("Ошибок: 1. Ничего не записано.\n") and done.stdout == ""
    assert not rows(EVERYTHING)


def _with_one_line_a_row(content: dict[str, Any]) -> str:
    ordered = []
    for name, section in content.items():
        ordered.append(f"{json.dumps(name)}: [\n" + ",\n".join(map(json.dumps, section)) + "]")
    return "{" + ",".join(ordered) + "}"


def test_all_bad_rows_are_named_at_once_by_their_lines(bring: Import, rows: Rows) -> None:
    done = bring(
        "stream,name,media_server,lat,houses,flats\n"
        "good,a,media,,1,\n"
        "/one,a,media,91,1,\n"
        "two,a,nowhere,,1,\n"
        "good,b,media,,1,\n"
        "three,a,media,,,77\n"
        "four,a\n"
    )
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "строка 2: камера good: неизвестный медиасервер media",
        "строка 3: камера: stream: имя потока не начинается и не заканчивается косой чертой;"
        " lat: нужна десятичная дробь от -90 до 90",
        "строка 4: камера two: неизвестный медиасервер nowhere",
        "строка 5: камера good уже есть в строке 2",
        "строка 5: камера good: неизвестный медиасервер media",
        "строка 6: камера three: неизвестная квартира 77",
        "строка 6: камера three: неизвестный медиасервер media",
        "строка 7: ячеек 2, а столбцов 6",
        "Ошибок: 8. Ничего не записано.",
    ]
    assert not rows(EVERYTHING)


def test_what_a_file_says_twice_is_a_bad_row_of_each_kind(bring: Import, rows: Rows) -> None:
    door = {"house": 1, "domophone": 2, "door": 0}
    done = bring(
        {
            "houses": [{"id": 1}, {"id": "1"}],
            "flats": [{"id": 5, "house": 1}, {"id": 5, "house": 2}],
            "doors": [door, {**door, "door": 1}, door],
            "panels": [{"id": 2, "model": "none", "sip": "1"}, {"id": 2, "model": "none"}],
            "keys": [{"code": "ABCDEF", "flat": 5}, {"code": "00abcdef", "flat": 5}],
            "contracts": [{"id": 1, "flats": []}, {"id": "1", "flats": [5]}],
            "media_servers": [SERVER, {**SERVER, "url": "http://b"}, {**SERVER, "name": "other"}],
            "cameras": [camera("a"), camera("b"), camera("a")],
        }
    )
    assert done.exit_code == 1
    words = [line.split(": ", 1)[1] for line in done.stderr.splitlines()[:-1]]
    assert [text.split(" уже ")[0] for text in words] == [
        "дом 1",
        "квартира 5",
        "дверь 1/2/0",
        "панель 2",
        "ключ 00000000ABCDEF/5",
        "договор 1",
        "медиасервер media",
        "медиасервер other: url",
        "камера a",
    ]
    assert not rows(EVERYTHING)


def test_a_bad_row_does_not_make_those_bad_that_refer_to_it(bring: Import) -> None:
    done = bring(inventory_of(camera("a"), media_servers=[{"name": "media", "url": "nowhere"}]))
    assert done.exit_code == 1
    line, _ = done.stderr.splitlines()
    assert "url: нужен адрес" in line


def test_an_import_whose_last_row_is_bad_changes_nothing(bring: Import, rows: Rows) -> None:
    assert bring(inventory_of(camera("a", houses=[1]))).exit_code == 0
    before = rows(EVERYTHING)
    many = [camera("a", name="renamed", houses=[2])] + [camera(f"n{n}") for n in range(50)]
    done = bring(inventory_of(*many, camera("last", flats=[404])))
    assert done.exit_code == 1 and "камера last: неизвестная квартира 404" in done.stderr
    assert rows(EVERYTHING) == before


def test_a_file_that_is_not_there_is_a_sentence(operator: Import) -> None:
    done = operator("import", "/nowhere/file.json")
    assert done.exit_code == 1
    assert done.stderr.startswith("Файл /nowhere/file.json не прочитать: ")
