"""Panels, doors, keys, contracts and entrances in a file: what is refused, and what it changes."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from smartyard.registry.inventory.problems import InventoryRefused
from smartyard.registry.inventory.service import InventoryService
from smartyard.web import service
from tests.fixtures.town import together
from tests.registry.conftest import EVERYTHING, Import, Rows, camera, inventory_of, panels

BEWARD = {"id": 7, "model": "beward", "address": "http://10.0.0.7"}
DOOR = {"house": 1, "domophone": 7, "door": 0}
FLAT = {"id": 5, "house": 1}
PANELS = "SELECT id, model, address, sip_number, syslog_ip FROM panels ORDER BY 1"
DOORS = "SELECT house_id, domophone_id, door_id, entrance FROM doors ORDER BY 1, 2, 3"


@pytest.mark.parametrize(
    ("section", "row", "words"),
    [
        ("panels", {"id": 7}, "панель: model: не указано"),
        ("panels", {"id": 7, "model": "door"}, "панель: model: допустимо: 'none', 'beward'"),
        ("panels", {"id": 7, "model": "beward"}, "панель: address: у модели beward не указано"),
        ("panels", {"id": 7, "model": "url"}, "панель 7: address: у модели url не указано"),
        ("panels", {**BEWARD, "model": "none"}, "панель: у модели none нет ни address"),
        ("panels", {"id": 7, "model": "none", "password": "p"}, "панель: у модели none нет ни"),
        ("panels", {**BEWARD, "address": "rtsp://a"}, "панель: address: нужен адрес"),
        ("panels", {**BEWARD, "address": "http://a/?b=c"}, "панель: address: знак ? бывает"),
        ("panels", {**BEWARD, "address": "http://a b"}, "панель: address: нужен адрес"),
        ("panels", {**BEWARD, "address": "http://u:p@a"}, "панель: address: логин и пароль"),
        ("panels", {**BEWARD, "address": "http://[a"}, "панель: address: нужен адрес"),
        ("panels", {**BEWARD, "method": "POST"}, "панель: method бывает только у модели url"),
        ("panels", {**BEWARD, "model": "url", "method": "DELETE"}, "панель: method: допустимо"),
        ("panels", {**BEWARD, "login": "a:b"}, "панель: login: в логине не бывает двоеточия"),
        ("panels", {**BEWARD, "password": "a\nb"}, "панель: password: есть знаки"),
        ("panels", {**BEWARD, "password": ["a"]}, "панель: password: нужна строка"),
        ("panels", {**BEWARD, "sip": "10 07"}, "панель: sip: нужен номер SIP"),
        ("panels", {**BEWARD, "dtmf": "12345"}, "панель: dtmf: нужны от 1 до 4 знаков"),
        ("panels", {**BEWARD, "dtmf": ""}, "панель: dtmf: нужны от 1 до 4 знаков"),
        ("panels", {**BEWARD, "syslog": "panel.example"}, "панель: syslog: нужен IP-адрес"),
        ("panels", {**BEWARD, "camera": "yard"}, "панель 7: неизвестная камера yard"),
        ("doors", DOOR, "дверь 1/7/0: неизвестная панель 7"),
        ("doors", {**DOOR, "door": 100}, "дверь: door: нужно целое число от 0 до 99"),
        ("keys", {"code": "12345", "flat": 5}, "ключ: code: нужен код ключа"),
        ("keys", {"code": "0" * 15, "flat": 5}, "ключ: code: нужен код ключа"),
        ("keys", {"code": "ABCDEG", "flat": 5}, "ключ: code: нужен код ключа"),
        ("keys", {"code": "ABCDEF", "flat": 5}, "ключ 00000000ABCDEF/5: неизвестная квартира 5"),
        ("keys", {"code": "ABCDEF"}, "ключ: flat: не указано"),
        ("contracts", {"id": "1"}, "договор: flats: не указано"),
        ("contracts", {"id": "", "flats": []}, "договор: id: не указано"),
        ("contracts", {"id": ["1"], "flats": []}, "договор: id: нужна строка"),
        ("contracts", {"id": "1", "flats": [5]}, "договор 1: неизвестная квартира 5"),
        ("flats", {**FLAT, "entrance": "1\t2"}, "квартира: entrance: есть знаки"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(
    bring: Import, rows: Rows, section: str, row: dict[str, Any], words: str
) -> None:
    done = bring({section: [row]})
    assert done.exit_code == 1
    assert f": {words}" in done.stderr and done.stderr.startswith("строка "), done.stderr
    assert done.stderr.endswith("Ошибок: 1. Ничего не записано.\n")
    assert not rows(EVERYTHING) and not rows("SELECT FROM audit")


def test_a_door_is_an_output_that_its_panel_has(bring: Import) -> None:
    sokol = {**BEWARD, "id": 8, "model": "sokol"}
    outputs = [{**DOOR, "door": door} for door in (0, 1, 2)]
    seconds = [{**DOOR, "domophone": 8, "door": door} for door in (0, 1)]
    assert bring({"panels": [BEWARD, sokol], "doors": outputs + seconds}).exit_code == 0
    done = bring({"doors": [{**DOOR, "door": 3}, {**DOOR, "domophone": 8, "door": 2}]})
    assert [line.split(": ", 1)[1] for line in done.stderr.splitlines()[:-1]] == [
        "дверь 1/7/3: у панели 7 (beward) выходы от 0 до 2",
        "дверь 1/8/2: у панели 8 (sokol) выходы от 0 до 1",
    ]
    done = bring({"panels": [{**BEWARD, "model": "sokol"}]})
    assert done.exit_code == 1
    assert "дверь 1/7/2: у панели 7 (sokol) выходы от 0 до 1" in done.stderr


def test_a_panel_that_doors_name_stays_and_the_refusal_says_which(
    bring: Import, operator: Import, rows: Rows
) -> None:
    bring({"panels": [BEWARD, {**BEWARD, "id": 8}], "doors": [DOOR, {**DOOR, "house": 2}]})
    for done in (bring({"panels": []}, "--replace"), operator("remove", "panel", "7")):
        assert done.exit_code == 1
        for house in (1, 2):
            words = f"панель 7: на ней дверь {house}/7/0, уберите сначала её"
            assert words in done.stderr
    assert len(rows(PANELS)) == 2
    done = bring({"panels": [], "doors": [DOOR]}, "--replace")
    assert done.stderr.count("панель 7") == 1 == done.stderr.count("неизвестная"), done.stderr
    assert bring({"panels": [], "doors": []}, "--replace").exit_code == 0
    assert not rows(PANELS) and not rows(DOORS)


def test_a_bad_panel_makes_its_doors_no_worse(bring: Import) -> None:
    done = bring({"panels": [{**BEWARD, "address": "x"}], "doors": [DOOR]})
    assert done.exit_code == 1 and "неизвестная панель" not in done.stderr


def test_numbers_of_a_panel_are_of_one_alone_and_may_be_swapped(bring: Import, rows: Rows) -> None:
    first = {**BEWARD, "sip": "101", "syslog": "10.0.0.1"}
    second = {**BEWARD, "id": 8, "sip": "102", "syslog": "10.0.0.2"}
    done = bring({"panels": [first, {**second, "sip": "101", "syslog": "10.0.0.1"}]})
    assert "панель 8: sip уже есть в строке" in done.stderr
    assert "панель 8: syslog уже есть в строке" in done.stderr
    assert bring({"panels": [first, second]}).exit_code == 0
    done = bring({"panels": [{**second, "sip": "101", "syslog": "10.0.0.1"}]})
    assert "панель 8: sip 101 уже у панели 7" in done.stderr
    assert "панель 8: syslog 10.0.0.1 уже у панели 7" in done.stderr
    swapped = [{**first, "sip": "102", "syslog": "10.0.0.2"}]
    swapped += [{**second, "sip": "101", "syslog": "10.0.0.1"}]
    assert bring({"panels": swapped}).exit_code == 0
    assert [row[3:] for row in rows(PANELS)] == [("102", "10.0.0.2"), ("101", "10.0.0.1")]
    third = {**BEWARD, "id": 9, "sip": "101"}
    assert bring({"panels": [swapped[0], third]}, "--replace").exit_code == 0, "8 gives it up"


def test_an_address_of_a_device_with_paths_has_no_slash_and_a_url_is_kept_whole(
    bring: Import, rows: Rows
) -> None:
    whole = {"id": 8, "model": "url", "address": "https://gate.example/{door}/?key=1/"}
    bring({"panels": [{**BEWARD, "address": "http://10.0.0.7/"}, whole]})
    assert [row[2] for row in rows(PANELS)] == ["http://10.0.0.7", whole["address"]]


def test_a_panel_whose_camera_goes_stays_without(bring: Import, rows: Rows) -> None:
    bring(inventory_of(camera("yard", houses=[1]), panels=[{**BEWARD, "camera": "yard"}]))
    assert rows("SELECT count(camera_id) FROM panels") == [(1,)]
    shown = bring({"cameras": []}, "--replace", "--dry-run").stdout
    assert "~ панель 7\n    camera: yard -> (пусто)\n" in shown
    bring({"cameras": []}, "--replace")
    assert rows("SELECT id, camera_id FROM panels") == [(7, None)]
    assert rows("SELECT action FROM audit WHERE subject = 'panel:7'") == [("added",), ("changed",)]


def test_entrances_are_made_by_who_names_them_and_a_moved_flat_has_none(
    bring: Import, rows: Rows
) -> None:
    flats = "SELECT id, house_id, number, entrance FROM flats"
    bring({"flats": [{**FLAT, "number": "5", "entrance": "2а"}], **panels(7)})
    bring({"doors": [{**DOOR, "entrance": "1"}, {**DOOR, "house": 2, "entrance": ""}]})
    assert rows("SELECT * FROM entrances ORDER BY 1, 2") == [(1, "1"), (1, "2а")]
    assert rows(DOORS) == [(1, 7, 0, "1"), (2, 7, 0, None)]
    bring("id,house,entrance\n5,1,\n")
    bring({"flats": [FLAT]})
    assert rows(flats) == [(5, 1, "5", "2а")], "left out, it stays"
    bring({"flats": [{**FLAT, "entrance": ""}]})
    assert rows(flats) == [(5, 1, "5", None)]
    bring({"flats": [{**FLAT, "entrance": "1"}]})
    assert bring({"flats": [{"id": 5, "house": 3}]}).exit_code == 0
    assert rows(flats) == [(5, 3, "5", None)], "entrance 1 was of another house"


def test_a_contract_has_exactly_the_flats_of_its_row(bring: Import, rows: Rows) -> None:
    links = "SELECT contract_id, flat_id FROM contract_flats ORDER BY 1, 2"
    flats = [{"id": number, "house": 1} for number in (5, 6, 7)]
    one, two = {"id": "1", "name": "A", "flats": [5, 6, 6]}, {"id": "2", "flats": [7]}
    assert bring({"flats": flats, "contracts": [one, two]}).exit_code == 0
    assert rows(links) == [("1", 5), ("1", 6), ("2", 7)]
    rows("UPDATE contracts SET client_name = 'Billed' WHERE id = '1'")
    bring({"contracts": [{"id": 1, "flats": [6, 7]}]})
    assert rows(links) == [("1", 6), ("1", 7), ("2", 7)]
    assert rows("SELECT name, client_name FROM contracts WHERE id = '1'") == [("A", "Billed")]
    assert bring({"contracts": [two]}, "--replace").exit_code == 0
    assert rows(links) == [("2", 7)]
    assert rows("SELECT id FROM contracts ORDER BY 1") == [("1",), ("2",)], "payments hang on it"
    assert bring({"contracts": [two]}, "--replace").stdout == "Изменений нет.\n"


def test_a_key_may_be_of_several_flats(bring: Import, operator: Import, rows: Rows) -> None:
    keys = "SELECT code, flat_id, name FROM keys ORDER BY 1, 2"
    flats = [FLAT, {"id": 6, "house": 1}]
    told = [{"code": "0a 1b:2c 3D", "flat": flat, "name": "Дом"} for flat in (5, 6)]
    assert bring({"flats": flats, "keys": told}).exit_code == 0
    assert rows(keys) == [("0000000A1B2C3D", 5, "Дом"), ("0000000A1B2C3D", 6, "Дом")]
    assert operator("remove", "key", "0a1b2c3d/6").exit_code == 0
    assert rows(keys) == [("0000000A1B2C3D", 5, "Дом")]
    bring({"keys": [{"code": "FFFFFF", "flat": 6}]}, "--replace")
    assert rows(keys) == [("00000000FFFFFF", 6, "")]


def test_of_a_door_and_its_panels_removal_at_once_one_is_refused(app: Flask, rows: Rows) -> None:
    def work(number: int) -> bool:
        with app.app_context():
            inventory = service(InventoryService)
            try:
                if number:
                    inventory.remove("panels", [7], actor="cli:one")
                else:
                    inventory.add("doors", DOOR, actor="cli:two")
            except InventoryRefused:
                return False
            return True

    for _ in range(5):
        with app.app_context():
            service(InventoryService).add("panels", BEWARD, actor="cli:test")
        assert sorted(together(2, work)) == [False, True]
        assert len(rows(DOORS)) == len(rows(PANELS))
        rows("TRUNCATE doors, panels CASCADE")


def test_the_database_itself_keeps_no_door_without_its_panel(bring: Import, rows: Rows) -> None:
    bring({"panels": [BEWARD], "doors": [DOOR]})
    for statement in (
        "DELETE FROM panels",
        "UPDATE doors SET domophone_id = 8",
        "UPDATE doors SET entrance = '9'",
        "UPDATE panels SET address = ''",
        "INSERT INTO keys VALUES ('0000000a1b2c3d', 5, '')",
    ):
        with pytest.raises(sa.exc.IntegrityError):
            rows(statement)
