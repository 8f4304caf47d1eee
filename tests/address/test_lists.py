"""`getAddressList` and `getSettingsList` as the client contract has them."""

from typing import Any

import pytest

from smartyard.sandbox import Sandbox
from tests.fixtures.town import Town
from tests.fixtures.world import MANY, NEIGHBOUR, NOBODY, NORMAL, SECOND, UNPAID, Resident

ADDRESSES, SETTINGS = "address/getAddressList", "address/getSettingsList"
WHO = "79001000001"


def rows(resident: Resident, path: str) -> list[dict[str, Any]]:
    answer = resident.post(path)
    assert answer.status_code == 200, answer.text
    body = answer.get_json()
    assert (body["code"], body["name"]) == (200, "OK") and isinstance(body["message"], str)
    found: list[dict[str, Any]] = body["data"]
    return found


def live(town: Town, *contracts: dict[str, Any], phone: str = WHO) -> Resident:
    """A person with these contracts; clientId, flatId and houseId 7001 unless told."""
    for contract in contracts or ({},):
        whole = {"clientId": 7001, "houseId": 7001, "address": "ул. Тестовая, д. 1"} | contract
        town.sandbox.world.add_contract(phone, whole)
    return town.sign_in(phone)


def with_doors(town: Town, doors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The list of houses where a billing of its own lists these doors."""
    world = {
        "houses": [{"houseId": 7001, "address": "ул. Тестовая, д. 1", "doors": doors}],
        "contracts": [{"clientId": 7001, "houseId": 7001}],
        "people": [{"phone": WHO, "contracts": [7001]}],
    }
    with Sandbox(world) as sandbox:
        there = Town(town.settings, sandbox, town.engine, town.clock)
        return rows(there.sign_in(WHO), ADDRESSES)


def nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return any(nulls(part) for part in value.values())
    if isinstance(value, list):
        return any(nulls(part) for part in value)
    return value is None


def test_a_house_has_exactly_the_types_that_the_apps_decode(town: Town) -> None:
    first, second = rows(town.sign_in(NORMAL), ADDRESSES)
    assert first == {
        "houseId": "101",
        "address": "г. Примерск, ул. Образцовая, д. 1",
        "doors": [
            {
                "domophoneId": "11",
                "doorId": 0,
                "entrance": "1",
                "icon": "entrance",
                "name": "Подъезд 1",
            },
            {"domophoneId": "11", "doorId": 1, "icon": "wicket", "name": "Калитка"},
            {"domophoneId": "12", "doorId": 0, "icon": "gate", "name": "Ворота"},
        ],
        "cctv": 0,
        "hasPlog": "t",
    }
    assert second["houseId"] == "102" and second["cctv"] == 2


def test_a_flat_has_exactly_the_types_that_the_apps_decode(town: Town) -> None:
    first, _ = rows(town.sign_in(NORMAL), SETTINGS)
    assert first == {
        "address": "г. Примерск, ул. Образцовая, д. 1",
        "services": ["internet", "cctv", "domophone"],
        "houseId": "101",
        "flatId": "10101",
        "flatNumber": "1",
        "clientId": "1001",
        "clientName": "Образцов Иван Иванович",
        "contractName": "ДОГ-1001",
        "contractOwner": "t",
        "flatOwner": "t",
        "hasGates": "t",
        "hasPlog": "t",
        "roommates": [{"phone": SECOND, "expire": "3001-01-01 00:00:00", "type": "inner"}],
    }


def test_what_differs_between_flats_is_told_of_each(town: Town) -> None:
    (second,) = rows(town.sign_in(SECOND), SETTINGS)
    assert (second["contractOwner"], second["flatOwner"]) == ("f", "f")
    cabinet = "https://lk.example/"
    (gated,) = rows(live(town, {"hasGates": "t", "lcab": cabinet, "services": ["cctv"]}), SETTINGS)
    assert (gated["hasGates"], gated["lcab"], gated["services"]) == ("t", cabinet, ["cctv"])


@pytest.mark.parametrize("path", [ADDRESSES, SETTINGS])
def test_who_has_no_home_gets_204_without_a_body(town: Town, path: str) -> None:
    answer = town.sign_in(NOBODY).post(path)
    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize("path", [ADDRESSES, SETTINGS])
@pytest.mark.parametrize("body", [None, {}, {"unknown": [1]}])
def test_a_body_is_not_needed(town: Town, path: str, body: Any) -> None:
    assert town.sign_in(NORMAL).post(path, body).status_code == 200


@pytest.mark.parametrize("path", [ADDRESSES, SETTINGS])
def test_a_stranger_is_kept_out(town: Town, path: str) -> None:
    client = town.open().test_client()
    assert client.post(f"/api/{path}").status_code == 422
    unknown = {"Authorization": "Bearer 00000000-0000-0000-0000-000000000000"}
    assert client.post(f"/api/{path}", headers=unknown).status_code == 401
    assert client.get(f"/api/{path}").status_code == 405
    assert not town.asked()


def test_unknown_keys_are_left_out_and_never_null(town: Town) -> None:
    bare = {"clientId": 7001, "flatNumber": None, "contractName": None, "lcab": None}
    resident = live(town, bare)
    (flat,) = rows(resident, SETTINGS)
    assert not {"flatNumber", "contractName", "clientName", "lcab"} & set(flat)
    for path in (ADDRESSES, SETTINGS):
        assert not nulls(rows(resident, path))


def test_flats_of_one_house_are_one_row_and_each_a_row_of_settings(town: Town) -> None:
    resident = live(
        town,
        {"flatId": 1, "flatNumber": "1"},
        {"clientId": 7002, "flatId": 2, "flatNumber": "2"},
        {"clientId": 7003, "flatId": 3, "houseId": 7003, "address": "ул. Тестовая, д. 3"},
    )
    assert [row["houseId"] for row in rows(resident, ADDRESSES)] == ["7001", "7003"]
    settings = rows(resident, SETTINGS)
    assert [(row["houseId"], row["flatId"], row["clientId"]) for row in settings] == [
        ("7001", "1", "7001"),
        ("7001", "2", "7002"),
        ("7003", "3", "7003"),
    ]


def test_two_contracts_of_one_flat_are_both_shown(town: Town) -> None:
    resident = live(
        town,
        {"flatId": 1, "contractName": "интернет", "services": ["internet"]},
        {"clientId": 7002, "flatId": 1, "contractName": "камеры", "services": ["cctv"]},
    )
    assert len(rows(resident, ADDRESSES)) == 1
    named = {row["contractName"]: row["services"] for row in rows(resident, SETTINGS)}
    assert named == {"интернет": ["internet"], "камеры": ["cctv"]}


def test_many_houses_are_each_listed_once_with_their_cameras(town: Town) -> None:
    resident = town.sign_in(MANY)
    listed = rows(resident, ADDRESSES)
    assert len(listed) == len({row["houseId"] for row in listed}) == 14
    assert [row["houseId"] for row in listed if row["cctv"]] == ["122", "113", "116", "119"]
    assert len(rows(resident, SETTINGS)) == 18


def test_doors_are_deduplicated_and_in_the_order_of_the_apps(town: Town) -> None:
    door = {"domophoneId": 1, "doorId": 0, "icon": "barrier", "name": "А"}
    doors = [
        door,
        {"domophoneId": "2", "doorId": "0", "icon": "gate", "name": "Б"},
        {"domophoneId": 3, "doorId": 1, "icon": "entrance", "name": "Подъезд 2"},
        {"domophoneId": 3, "doorId": 0, "icon": "entrance", "name": "Подъезд 1"},
        {"domophoneId": 4, "doorId": 0, "icon": "wicket", "name": "Калитка"},
        door,
        {"domophoneId": 5, "doorId": 0, "icon": "hatch", "name": "Подъезд 3"},
    ]
    (house,) = with_doors(town, doors)
    assert [(one["icon"], one["name"]) for one in house["doors"]] == [
        ("entrance", "Подъезд 1"),
        ("entrance", "Подъезд 2"),
        ("entrance", "Подъезд 3"),
        ("wicket", "Калитка"),
        ("gate", "Б"),
        ("barrier", "А"),
    ]
    assert all(isinstance(one["domophoneId"], str) for one in house["doors"])
    assert all(isinstance(one["doorId"], int) for one in house["doors"])


def test_doors_of_the_inventory_win_over_billings(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    assert len(rows(resident, ADDRESSES)[0]["doors"]) == 3
    town.change(
        "INSERT INTO panels (id, name, model, address, method, dtmf)"
        " VALUES (99, '', 'none', '', 'GET', '1')"
    )
    town.change(
        "INSERT INTO doors (house_id, domophone_id, door_id, icon, name, source)"
        " VALUES (101, 99, 0, 'wicket', 'Наша', 'inventory')"
    )
    first, second = rows(resident, ADDRESSES)
    assert [one["name"] for one in first["doors"]] == ["Наша"]
    assert [one["name"] for one in second["doors"]] == ["Подъезд 1"]


def test_a_door_that_billing_no_longer_lists_goes(town: Town) -> None:
    doors = [
        {"domophoneId": number, "doorId": 0, "icon": "entrance", "name": str(number)}
        for number in (1, 2)
    ]
    assert len(with_doors(town, doors)[0]["doors"]) == 2
    town.clock.forward(seconds=town.settings.billing_ttl)
    assert [one["name"] for one in with_doors(town, doors[1:])[0]["doors"]] == ["2"]


def test_cameras_are_counted_once_and_only_where_connected(town: Town) -> None:
    connected = {"flatId": 1, "services": ["cctv"]}
    resident = live(
        town,
        connected,
        connected | {"clientId": 7002, "flatId": 2},
        {"clientId": 7003, "houseId": 7003, "address": "я", "services": ["internet"]},
    )
    town.camera("yard", houses=[7001, 7003])
    town.camera("landing", flats={2: 7001})
    town.camera("of-a-neighbour", flats={9: 7001})
    assert [(row["houseId"], row["cctv"]) for row in rows(resident, ADDRESSES)] == [
        ("7001", 2),
        ("7003", 0),
    ]


def test_a_debtor_sees_homes_and_how_many_cameras_wait(town: Town) -> None:
    town.camera("дом105-двор", houses=[105])
    resident = town.sign_in(UNPAID)
    (house,) = rows(resident, ADDRESSES)
    assert (house["houseId"], house["cctv"]) == ("105", 1)
    assert rows(resident, SETTINGS)[0]["services"] == ["internet", "cctv", "domophone"]


def test_several_phones_see_one_contract_and_none_ends_the_other(town: Town) -> None:
    owner, other = town.sign_in(NORMAL), town.sign_in(SECOND)
    again = town.sign_in(NORMAL)
    for resident in (owner, other, again):
        assert rows(resident, ADDRESSES)[0]["houseId"] == "101"
    mine, theirs = rows(owner, SETTINGS)[0], rows(other, SETTINGS)[0]
    assert (mine["clientId"], mine["flatOwner"]) == ("1001", "t")
    assert (theirs["clientId"], theirs["flatOwner"]) == ("1001", "f")
    assert [(mate["phone"], mate["type"]) for mate in theirs["roommates"]] == [(NORMAL, "owner")]
    assert len({owner.token, other.token, again.token}) == 3


def test_the_caller_is_no_roommate_even_if_billing_says_so(town: Town) -> None:
    resident = live(town)
    town.sandbox.world.add_contract(SECOND, 7001)
    assert [mate["phone"] for mate in rows(resident, SETTINGS)[0]["roommates"]] == [SECOND]
    town.change(
        "UPDATE flat_members SET roommates = roommates || jsonb_build_array(jsonb_build_object("
        "'phone', phone, 'expires_at', '2030-01-01T00:00:00+00:00', 'kind', 'owner'))"
    )
    assert [mate["phone"] for mate in rows(resident, SETTINGS)[0]["roommates"]] == [SECOND]


def test_a_contract_that_moved_to_another_phone_moves(town: Town) -> None:
    first, second = town.sign_in(NORMAL), town.sign_in(NEIGHBOUR)
    assert {row["clientId"] for row in rows(second, SETTINGS)} == {"1003", "1004"}
    assert {row["clientId"] for row in rows(first, SETTINGS)} == {"1001", "1002"}
    town.sandbox.world.remove_contract(NORMAL, 1002)
    town.sandbox.world.add_contract(NEIGHBOUR, 1002)
    town.clock.forward(seconds=town.settings.billing_ttl)
    assert [row["clientId"] for row in rows(first, SETTINGS)] == ["1001"]
    assert {row["clientId"] for row in rows(second, SETTINGS)} == {"1002", "1003", "1004"}
    assert town.rows("SELECT id FROM flats WHERE id = 10205"), "homes are never deleted"
