"""What an import makes of the database, and what it leaves alone."""

import json

from flask import Flask

from smartyard.sandbox import demo_registry
from tests.registry.conftest import (
    EMPTY,
    EVERYTHING,
    LINKS,
    SERVER,
    Import,
    Rows,
    camera,
    inventory_of,
    panels,
)

CAMERAS = """
    SELECT c.stream, c.name, s.name, c.lat, c.lon, c.has_sound, c.source
    FROM cameras c JOIN media_servers s ON s.id = c.media_server_id ORDER BY 1
    """

PANEL = {
    "id": 7,
    "name": "Въезд",
    "model": "url",
    "address": "https://10.0.0.7/open?k=1",
    "method": "POST",
    "sip": "107",
    "dtmf": "1#",
    "syslog": "10.0.0.8",
    "camera": "дом/1",
}


def test_the_demo_inventory_is_imported_as_it_is(bring: Import, rows: Rows) -> None:
    done = bring(demo_registry("http://127.0.0.1:8080"))
    assert done.exit_code == 0, done.stderr
    assert len(rows(CAMERAS)) == 11
    assert rows("SELECT stream FROM cameras WHERE common") == [("city/square",)]
    assert ("landing-12", 101, 10112, "inventory") in rows(LINKS)
    assert rows("SELECT house_id, number, entrance FROM flats ORDER BY id") == [
        (101, "1", "1"),
        (101, "12", "1"),
        (102, "5", "1"),
        (102, "6", "1"),
    ]
    assert rows("SELECT id, model FROM panels ORDER BY 1") == [
        (11, "beward"),
        (12, "url"),
        (21, "sokol"),
    ]
    assert rows("SELECT address FROM houses WHERE id = 105") == [
        ("г. Примерск, ул. Долговая, д. 5",)
    ]
    assert rows("SELECT name, url, type, hls_mode, source FROM media_servers") == [
        ("demo", "http://127.0.0.1:8080", "flussonic", "mpegts", "inventory")
    ]


def test_json_and_csv_say_the_same(bring: Import, rows: Rows) -> None:
    door = {"house": 1, "domophone": 7, "door": 0, "icon": "gate", "name": "Въезд", "entrance": "2"}
    cam = camera("дом/1", lat="55.5", lon="-37.25", sound=True, houses=[1, 2], flats=[5])
    sections = {
        "houses": [{"id": 1, "address": "ул. Первая, 1"}],
        "flats": [{"id": 5, "house": 3, "number": "12а", "entrance": "1"}],
        "contracts": [{"id": "7", "name": "Ж", "flats": [5]}],
        "keys": [{"code": "0A1B2C3D", "flat": 5, "name": "Мама"}],
        "panels": [PANEL],
        "doors": [door],
    }
    assert bring(inventory_of(cam, **sections)).exit_code == 0
    by_json = rows(EVERYTHING)
    rows(EMPTY)
    for text in (
        "id;address\n1;ул. Первая, 1\n",
        "id,house,number,entrance\n5,3,12а,1\n",
        "id;name;flats\n7;Ж;5\n",
        "code,flat,name\n0a 1b 2c 3d,5,Мама\n",
        "name,url\nmedia,https://media.example/\n",
        "stream;name;media_server;lat;lon;sound;houses;flats\n"
        "дом/1;дом/1;media;55,5;-37,25;да;1 2;5\n",
        "id;name;model;address;method;sip;dtmf;syslog;camera\n"
        "7;Въезд;url;https://10.0.0.7/open?k=1;post;107;1#;10.0.0.8;дом/1\n",
        "house,domophone,door,icon,name,entrance\n1,7,0,gate,Въезд,2\n",
    ):
        done = bring(text)
        assert done.exit_code == 0, done.stderr
    assert len(by_json) == 16 and rows(EVERYTHING) == by_json


def test_a_second_import_finds_nothing_to_change(bring: Import, rows: Rows) -> None:
    content = demo_registry("http://127.0.0.1:8080")
    bring(content)
    before = rows("SELECT xmin::text, stream FROM cameras UNION SELECT xmin::text, '' FROM houses")
    done = bring(content, "--replace")
    assert done.stdout == "Изменений нет.\n"
    after = rows("SELECT xmin::text, stream FROM cameras UNION SELECT xmin::text, '' FROM houses")
    assert sorted(after) == sorted(before)


def test_a_row_changes_its_thing_and_keeps_its_id(bring: Import, rows: Rows) -> None:
    bring(inventory_of(camera("a", houses=[1]), camera("b", houses=[1])))
    ids = rows("SELECT id, stream FROM cameras ORDER BY 2")
    done = bring({"cameras": [camera("a", name="Двор", lat="1.5", lon="2", sound=True)]})
    assert done.exit_code == 0
    assert rows(CAMERAS)[0] == ("a", "Двор", "media", "1.5", "2", True, "inventory")
    assert rows("SELECT id, stream FROM cameras ORDER BY 2") == ids
    assert done.stdout == (
        "Камеры: новых 0, изменено 1, удалено 0.\nПрава на камеры: дано 0, отобрано 1.\n"
    )


def test_a_cameras_links_become_exactly_those_of_its_row(bring: Import, rows: Rows) -> None:
    flats = [{"id": 10, "house": 1}, {"id": 20, "house": 2}]
    bring(
        inventory_of(camera("a", houses=[1, 3], flats=[10]), camera("b", houses=[1]), flats=flats)
    )
    bring({"cameras": [camera("a", houses=[2, 3], flats=[20])]})
    assert rows(LINKS) == [
        ("a", 2, None, "inventory"),
        ("a", 2, 20, "inventory"),
        ("a", 3, None, "inventory"),
        ("b", 1, None, "inventory"),
    ]


def test_an_empty_address_or_number_takes_no_known_one_away(bring: Import, rows: Rows) -> None:
    bring({"houses": [{"id": 1, "address": "a"}], "flats": [{"id": 5, "house": 1, "number": "7"}]})
    done = bring({"houses": [{"id": 1}], "flats": [{"id": 5, "house": 1, "number": ""}]})
    assert done.stdout == "Изменений нет.\n"
    assert rows("SELECT address FROM houses") == [("a",)]
    assert rows("SELECT number FROM flats") == [("7",)]


def test_a_flat_that_moves_takes_its_links_along(bring: Import, rows: Rows) -> None:
    flat = {"id": 5, "house": 1}
    bring(inventory_of(camera("a", flats=[5]), camera("b", flats=[5]), flats=[flat]))
    done = bring({"flats": [{"id": 5, "house": 2}], "cameras": [camera("a", flats=[5])]})
    assert done.exit_code == 0
    assert rows(LINKS) == [("a", 2, 5, "inventory"), ("b", 2, 5, "inventory")]
    assert "Права" not in done.stdout


def test_two_media_servers_may_swap_their_addresses(bring: Import, rows: Rows) -> None:
    one, two = {"name": "one", "url": "http://1"}, {"name": "two", "url": "http://2"}
    bring({"media_servers": [one, two]})
    done = bring({"media_servers": [{**one, "url": "http://2"}, {**two, "url": "http://1"}]})
    assert done.exit_code == 0
    assert rows("SELECT name, url FROM media_servers ORDER BY 1") == [
        ("one", "http://2"),
        ("two", "http://1"),
    ]


def test_an_address_of_another_media_server_is_a_bad_row(bring: Import) -> None:
    bring({"media_servers": [SERVER]})
    done = bring({"media_servers": [{"name": "new", "url": SERVER["url"] + "/"}]})
    assert done.exit_code == 1
    assert "медиасервер new: https://media.example уже у медиасервера media" in done.stderr


def test_a_dry_run_shows_the_difference_and_writes_nothing(bring: Import, rows: Rows) -> None:
    bring(inventory_of(camera("a", name="Old", houses=[1]), camera("gone", houses=[4])))
    before = rows(EVERYTHING)
    file = inventory_of(
        camera("a", name="New", houses=[2]),
        camera("b", sound=True, houses=[3]),
        houses=[{"id": 1, "address": "ул. Первая"}],
    )
    done = bring(file, "--replace", "--dry-run")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "~ дом 1",
        "    address: (пусто) -> ул. Первая",
        "+ дом 2",
        "+ дом 3",
        "~ камера a",
        "    name: Old -> New",
        "    будет видеть: дом 2",
        "    больше не видит: дом 1",
        "+ камера b",
        "    name: b",
        "    media_server: media",
        "    sound: t",
        "    city: f",
        "    будет видеть: дом 3",
        "- камера gone",
        "    больше не видит: дом 4",
        "Пробный запуск, ничего не записано.",
        "Дома: новых 2, изменено 1, удалено 0.",
        "Камеры: новых 1, изменено 1, удалено 1.",
        "Права на камеры: дано 2, отобрано 2.",
    ]
    assert rows(EVERYTHING) == before
    real = bring(file, "--replace")
    assert real.stdout.splitlines() == done.stdout.splitlines()[-3:]
    assert rows(EVERYTHING) != before


def test_without_replace_what_the_file_does_not_name_stays(bring: Import, rows: Rows) -> None:
    doors = [{"house": 1, "domophone": 1, "door": 0}]
    bring(inventory_of(camera("a", houses=[1]), doors=doors, **panels(1)))
    before = rows(EVERYTHING)
    bring({"cameras": [], "doors": [], "media_servers": []})
    assert rows(EVERYTHING) == before


def test_with_replace_the_file_is_the_whole_of_its_kinds(bring: Import, rows: Rows) -> None:
    doors = [{"house": 1, "domophone": 1, "door": door} for door in (0, 1)]
    idle = {"name": "idle", "url": "http://idle"}
    bring(
        inventory_of(
            camera("a", houses=[1]),
            camera("b", houses=[1]),
            doors=doors,
            media_servers=[SERVER, idle],
            houses=[{"id": 1}, {"id": 2}],
            **panels(1),
        )
    )
    assert bring({"cameras": [camera("b", houses=[1])]}, "--replace").exit_code == 0
    assert rows(LINKS) == [("b", 1, None, "inventory")]
    assert [row[0] for row in rows(CAMERAS)] == ["b"]
    assert len(rows("SELECT FROM doors")) == 2, "the file says nothing of doors"
    bring({"doors": doors[1:], "media_servers": [], "houses": []}, "--replace")
    assert rows("SELECT door_id FROM doors") == [(1,)]
    assert rows("SELECT name FROM media_servers") == [("media",)], "a camera is on it"
    assert rows("SELECT id FROM houses ORDER BY 1") == [(1,), (2,)], "houses are never deleted"


def test_standard_input_is_a_file_too(app: Flask, rows: Rows) -> None:
    runner = app.test_cli_runner()
    done = runner.invoke(
        args=["registry", "import", "-"], input=json.dumps({"houses": [{"id": 4}]})
    )
    assert done.exit_code == 0, done.stderr
    assert rows("SELECT id FROM houses") == [(4,)]


def test_the_kind_of_a_csv_may_be_given(bring: Import, rows: Rows) -> None:
    assert bring("name,url\na,http://a\n", "--kind", "media-servers").exit_code == 0
    assert rows("SELECT name FROM media_servers") == [("a",)]
    done = bring("name,url\na,http://a\n", "--kind", "houses")
    assert done.exit_code == 1 and "houses: неизвестный столбец url" in done.stderr
