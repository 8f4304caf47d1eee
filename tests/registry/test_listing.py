"""`flask registry list`: a table for reading, and a CSV that the import takes back."""

import pytest

from tests.registry.conftest import (
    EMPTY,
    EVERYTHING,
    LINKS,
    SERVER,
    Import,
    Rows,
    camera,
    inventory_of,
)
from tests.registry.test_billing_and_inventory import billing_lists

WORLD = inventory_of(
    camera("дом/1", name='Двор; "юг", 1', lat="55.7510", lon="-37", sound=True, houses=[1, 2]),
    camera("mine", name="=1+1", flats=[10]),
    houses=[{"id": 1, "address": "г. Примерск, ул. Первая, д. 1"}, {"id": 2}],
    flats=[{"id": 10, "house": 3, "number": "12а", "entrance": "2а"}, {"id": 11, "house": 3}],
    contracts=[{"id": "Д-1/2", "name": "№ 1", "flats": [10, 11]}, {"id": "empty", "flats": []}],
    keys=[{"code": "0A:1b:2c:3d", "flat": 10, "name": "Мама"}, {"code": "ABCDEF", "flat": 11}],
    panels=[
        {
            "id": 7,
            "name": "Подъезд 1",
            "model": "beward",
            "address": "http://10.0.0.7:80/",
            "sip": "1007",
            "dtmf": "*1",
            "syslog": "10.9.0.7",
            "camera": "дом/1",
        },
        {"id": 8, "model": "none"},
    ],
    doors=[
        {"house": 1, "domophone": 7, "door": 0, "icon": "gate", "name": "Въезд"},
        {"house": 2, "domophone": 7, "door": 1, "entrance": "3"},
    ],
    media_servers=[SERVER, {"name": "b", "url": "http://b:80/x", "type": "nimble"}],
)
KINDS = ["houses", "flats", "contracts", "keys", "media-servers", "cameras", "panels", "doors"]


def test_what_is_listed_as_csv_is_taken_back_as_it_was(
    bring: Import, operator: Import, rows: Rows
) -> None:
    assert bring(WORLD).exit_code == 0
    before = rows(EVERYTHING)
    listed = {kind: operator("list", kind, "--csv").stdout for kind in KINDS}
    for kind, text in listed.items():
        done = bring(text, "--replace")
        assert done.stdout == "Изменений нет.\n", (kind, done.stdout, done.stderr)
    rows(EMPTY)
    for text in listed.values():
        assert bring(text).exit_code == 0
    assert len(before) == 24 and rows(EVERYTHING) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_has_a_line_for_each_thing(bring: Import, operator: Import, kind: str) -> None:
    assert operator("list", kind).stdout == "Пусто.\n"
    bring(WORLD)
    done = operator("list", kind)
    assert done.exit_code == 0
    things = {"houses": 3, "flats": 2, "contracts": 2, "keys": 2}
    things |= {"media-servers": 2, "cameras": 2, "panels": 2, "doors": 2}
    assert len(done.stdout.splitlines()) == 1 + things[kind]


def test_a_table_of_cameras_is_readable(bring: Import, operator: Import) -> None:
    bring(WORLD)
    assert operator("list").stdout.splitlines() == [
        "stream  name           media_server  lat      lon  sound  city  houses  flats  source",
        "mine    =1+1           media         -        -    f      f     -       10     inventory",
        'дом/1   Двор; "юг", 1  media         55.7510  -37  t      f     1 2     -      inventory',
    ]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("cameras", ["mine"]),
        ("doors", []),
        ("houses", ["3"]),
        ("flats", ["10", "11"]),
        ("keys", ["0000000A1B2C3D", "00000000ABCDEF"]),
        ("contracts", ["Д-1/2"]),
        ("panels", []),
    ],
)
def test_one_house_alone(bring: Import, operator: Import, kind: str, shown: list[str]) -> None:
    bring(WORLD)
    lines = operator("list", kind, "--house", "3", "--csv").stdout.splitlines()[1:]
    assert sorted(line.split(",")[0] for line in lines) == sorted(shown)


def test_a_list_of_one_house_takes_nothing_from_the_others_when_it_comes_back(
    bring: Import, operator: Import, rows: Rows
) -> None:
    bring(WORLD)
    before = rows(LINKS)
    bring(operator("list", "cameras", "--house", "1", "--csv").stdout)
    assert rows(LINKS) == before


def test_media_servers_have_no_house(operator: Import) -> None:
    done = operator("list", "media-servers", "--house", "1")
    assert done.exit_code == 1 and "уберите --house" in done.stderr


def test_what_only_billing_lists_is_shown_but_not_taken_over(
    bring: Import, operator: Import, rows: Rows
) -> None:
    billing_lists(rows, "billed", 1, url="http://billed")
    assert "billed" in operator("list").stdout
    assert operator("list", "--csv").stdout.splitlines()[1:] == []
    assert operator("list", "media-servers", "--csv").stdout.splitlines()[1:] == []
    bring({"cameras": [camera("own", media_server="http://billed", houses=[2])]})
    (line,) = operator("list", "media-servers", "--csv").stdout.splitlines()[1:]
    assert line == "http://billed,http://billed,flussonic,mpegts,token"
