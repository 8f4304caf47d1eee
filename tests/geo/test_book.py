"""What the forms of the apps are filled from."""

from typing import Any

import pytest

from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, Resident
from tests.geo.conftest import Import


def data(resident: Resident, path: str, body: Any = None) -> Any:
    answer = resident.post(f"geo/{path}", body)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["data"]


def test_places_come_from_the_wide_to_the_narrow(book: Import, resident: Resident) -> None:
    assert book is not None
    assert data(resident, "getAllLocations") == [
        {"locationId": "1", "name": "г. Примерск"},
        {"locationId": "2", "name": "с. Дальнее"},
    ]
    assert data(resident, "getStreets", {"locationId": 1}) == [
        {"streetId": "11", "name": "Мира", "type": "пр-кт"},
        {"streetId": "12", "name": "Мира", "type": "ул."},
        {"streetId": "10", "name": "Первая", "type": "ул."},
    ]
    assert data(resident, "getHouses", {"streetId": "10"}) == [
        {"houseId": "101", "number": "1"},
        {"houseId": "103", "number": "2"},
        {"houseId": "102", "number": "10"},
    ]


def test_what_is_not_there_is_an_empty_list_with_200(resident: Resident) -> None:
    assert data(resident, "getAllLocations", {}) == []
    assert data(resident, "getStreets", {"locationId": 2}) == []
    assert data(resident, "getHouses", {"streetId": 2**63 - 1}) == []


def test_a_house_offers_what_was_imported_and_204_means_we_are_not_there(
    book: Import, resident: Resident
) -> None:
    assert book is not None
    first, second = data(resident, "getServices", {"houseId": "101"})
    assert first | {"description": ""} == {
        "icon": "internet",
        "title": "Интернет",
        "description": "",
        "byDefault": "f",
        "canChange": "t",
    }
    assert (second["icon"], second["byDefault"], second["canChange"]) == ("domophone", "t", "f")
    for house in (102, 999):
        assert resident.post("geo/getServices", {"houseId": house}).status_code == 204


def test_all_services_are_seven_with_words(resident: Resident) -> None:
    told = data(resident, "getAllServices")
    assert [one["icon"] for one in told] == [
        "internet",
        "iptv",
        "ctv",
        "phone",
        "cctv",
        "domophone",
        "gsm",
    ]
    assert all(one["title"] and one["description"] for one in told)


def test_an_address_is_written_whole(book: Import, resident: Resident) -> None:
    assert book is not None
    assert data(resident, "address", {"houseId": "101"}) == {
        "address": "г. Примерск, ул. Первая, д. 1"
    }
    assert data(resident, "address", {"streetId": 11}) == {"address": "г. Примерск, пр-кт Мира"}
    for body in ({"houseId": 999}, {"streetId": 999}):
        answer = resident.post("geo/address", body)
        assert answer.status_code == 404 and "справочнике" in answer.get_json()["message"]


@pytest.mark.parametrize(
    "name, body",
    [
        ("getStreets", {}),
        ("getStreets", {"locationId": -1}),
        ("getHouses", {"streetId": 2**63}),
        ("getHouses", {"streetId": "1_0"}),
        ("getServices", {"houseId": True}),
        ("address", {}),
        ("coder", {}),
        ("coder", {"address": "  "}),
        ("coder", {"address": "д" * 501}),
        ("coder", {"address": "\0"}),
        ("coder", []),
    ],
)
def test_a_wrong_shape_is_refused(resident: Resident, name: str, body: Any) -> None:
    assert resident.post(f"geo/{name}", body).status_code == 422


def test_the_book_is_for_who_is_signed_in(town: Town) -> None:
    assert town.open().test_client().post("/api/geo/getAllLocations").status_code == 422


def test_lists_take_as_many_statements_for_many_as_for_one(town: Town, bring: Import) -> None:
    """The token, and one for the list."""
    told: dict[str, set[int]] = {}
    resident = town.sign_in(NORMAL)
    resident.post("user/ping")
    for size in (1, 10, 100):
        ids = range(1, size + 1)
        bring("id,name\n" + "".join(f"{one},Город {one}\n" for one in ids))
        bring("id,location,name\n" + "".join(f"{one},1,Улица {one}\n" for one in ids))
        bring("id,street,number\n" + "".join(f"{one},1,{one}\n" for one in ids))
        for path, body in (
            ("getAllLocations", {}),
            ("getStreets", {"locationId": 1}),
            ("getHouses", {"streetId": 1}),
        ):
            assert town.app is not None
            with town.counting(town.app) as sent:
                assert len(data(resident, path, body)) == size
            told.setdefault(path, set()).add(len(sent))
    assert told == {path: {2} for path in ("getAllLocations", "getStreets", "getHouses")}
