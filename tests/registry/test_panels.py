"""What others read of panels: whose doors, flats, lines and keys they are."""

import json
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr

from smartyard.registry.service import RegistryService
from smartyard.secret import Keys
from smartyard.web import service
from tests.fixtures.database import SECRET_KEY
from tests.fixtures.town import Town

HOUSES = """
    INSERT INTO houses VALUES (1, ''), (2, '');
    INSERT INTO entrances VALUES (1, '1'), (1, '2');
    INSERT INTO flats (id, house_id, number, address, entrance)
    VALUES (10, 1, '1', '', '1'), (11, 1, '2', '', '2'), (12, 1, '3', '', NULL),
        (20, 2, '1', '', NULL), (21, 2, '4', '', NULL)
    """
PANEL = """
    INSERT INTO panels (id, name, model, address, method, dtmf, syslog_ip, secret)
    VALUES (:id, '', 'beward', :address, 'GET', '1', :syslog, :secret)
    """
DOOR = """
    INSERT INTO doors (house_id, domophone_id, door_id, icon, name, entrance, source)
    VALUES (:house, :panel, :door, 'entrance', '', :entrance, :source)
    """


def panel(
    town: Town,
    number: int,
    address: str = "http://p.example",
    syslog: str | None = None,
    secret: bytes | None = None,
) -> None:
    town.change(PANEL, id=number, address=address, syslog=syslog, secret=secret)


def door(
    town: Town, house: int, number: int, entrance: str | None = None, source: str = "inventory"
) -> None:
    town.change(DOOR, house=house, panel=number, door=0, entrance=entrance, source=source)


def asked(town: Town, method: str, *words: Any, app: Flask | None = None) -> Any:
    """What the service says, asked by one statement."""
    server = app or town.app or town.open()
    with server.app_context(), town.counting(server) as sent:
        answer = getattr(service(RegistryService), method)(*words)
    assert len(sent) == 1, sent
    return answer


def test_a_panels_flats_are_those_of_the_houses_and_entrances_of_its_doors(town: Town) -> None:
    town.change(HOUSES)
    for number in (7, 8, 9):
        panel(town, number)
    for house, number, entrance in ((1, 7, "1"), (1, 8, None), (1, 9, "2"), (2, 9, None)):
        door(town, house, number, entrance)
    found = {
        number: [flat.flat_id for flat in asked(town, "flats_of_panel", number)]
        for number in (7, 8, 9, 10)
    }
    assert found == {7: [10, 12], 8: [10, 11, 12], 9: [11, 12, 20, 21], 10: []}
    panels = {
        flat: [one.id for one in asked(town, "panels_of_flat", flat)] for flat in (10, 11, 12, 20)
    }
    assert panels == {10: [7, 8], 11: [8, 9], 12: [7, 8, 9], 20: [9]}
    doors = [(one.house_id, one.entrance) for one in asked(town, "doors_of_panel", 9)]
    assert doors == [(1, "2"), (2, None)]


def test_doors_that_only_billing_lists_count_where_the_inventory_has_none(town: Town) -> None:
    town.change(HOUSES)
    panel(town, 7)
    door(town, 1, 7)
    door(town, 1, 5, source="billing")
    door(town, 2, 5, source="billing")
    assert [flat.flat_id for flat in asked(town, "flats_of_panel", 5)] == [20, 21]
    assert [one.house_id for one in asked(town, "doors_of_panel", 5)] == [2]
    assert asked(town, "panels_of_flat", 20) == [], "nobody described panel 5"


def test_a_number_that_is_dialled_is_one_flat_or_nobody_knows_whose_it_is(town: Town) -> None:
    town.change(HOUSES)
    panel(town, 9)
    door(town, 1, 9)
    door(town, 2, 9)
    called = {
        number: asked(town, "flat_by_number", 9, number) for number in ("1", " 2 ", "4", "77", "")
    }
    assert {number: flat and flat.flat_id for number, flat in called.items()} == {
        "1": None,
        " 2 ": 11,
        "4": 21,
        "77": None,
        "": None,
    }


def test_lines_are_of_the_panel_that_speaks_from_their_ip(town: Town) -> None:
    panel(town, 1, "http://10.0.0.1/")
    panel(town, 2, "http://10.0.0.2:8080", syslog="10.9.9.9")  # it speaks from there alone
    panel(town, 3, "http://10.0.0.3")  # shared with 4: nobody knows whose lines they are
    panel(town, 4, "https://10.0.0.3:8443/x")
    panel(town, 5, "http://10.0.0.5?a=b")  # it stands there, and 6 says that it speaks from there
    panel(town, 6, "http://panel.example", syslog="10.0.0.5")
    panel(town, 7, "http://[2001:DB8::7]:80/")
    panel(town, 8, "http://10.0.0.8.example")
    assert asked(town, "syslog_addresses") == {
        "10.0.0.1": 1,
        "10.9.9.9": 2,
        "10.0.0.5": 6,
        "2001:db8::7": 7,
    }


def test_a_panel_has_its_credentials_and_camera_and_shows_no_secret(town: Town) -> None:
    camera = town.camera("door-cam")
    keys = Keys(SECRET_KEY.encode())
    sealed = keys.seal("panel", "panel:7", json.dumps({"login": "user-a", "password": "pass-b"}))
    panel(town, 7, "http://10.0.0.7/key-c", secret=sealed)
    town.change("UPDATE panels SET camera_id = :camera", camera=camera)
    one = asked(town, "panel", 7)
    assert (one.login, one.password, one.camera.id) == ("user-a", "pass-b", camera)
    assert one.media_server.url == "http://media.example" and not one.unreadable
    assert "pass-b" not in repr(one) and "key-c" not in repr(one)
    assert asked(town, "panel", 8) is None


def test_what_another_secret_key_sealed_is_empty_and_said(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    keys = Keys(SECRET_KEY.encode())
    as_another = keys.seal("panel", "panel:8", json.dumps({"login": "a", "password": "pass-b"}))
    panel(town, 7, secret=as_another)
    good = keys.seal("panel", "panel:6", json.dumps({"login": "a", "password": "pass-b"}))
    panel(town, 6, secret=good)
    assert asked(town, "panel", 7).unreadable, "a secret is of one panel"
    other = town.open(secret_key=SecretStr("x" * 40))
    one = asked(town, "panel", 6, app=other)
    assert (one.login, one.password, one.unreadable) == ("", "", True)
    assert "panel 6: its login and password were sealed under another SECRET_KEY" in caplog.text
    assert "pass-b" not in caplog.text


@pytest.mark.parametrize(
    ("code", "flats"),
    [
        ("0000000A1B2C3D", [10, 11]),
        ("0a1b2c3d", [10, 11]),
        ("a1 B2:c3 d", [10, 11]),
        ("0A:1B:2C:3D", [10, 11]),
        ("FFFFFF", []),
    ],
)
def test_a_key_is_found_however_a_panel_writes_it(town: Town, code: str, flats: list[int]) -> None:
    town.change(HOUSES)
    for flat in (10, 11):
        town.change("INSERT INTO keys VALUES ('0000000A1B2C3D', :flat, '')", flat=flat)
    town.change("INSERT INTO keys VALUES ('0000001A1B2C3D', 12, '')")
    assert asked(town, "keys_of", code) == flats


@pytest.mark.parametrize("code", ["", "12345", "123456789012345", "0x1234", "ключ"])
def test_what_is_no_keys_code_is_nobodys(town: Town, code: str) -> None:
    with town.open().app_context():
        assert service(RegistryService).keys_of(code) == []
