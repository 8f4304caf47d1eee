"""How each answer of billing is read: what is meant, what falls back, what is rubbish."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smartyard.gateways.billing_answers import (
    BilledCamera,
    BilledDoor,
    BilledFlat,
    BilledHouse,
    BilledRoommate,
    read_cameras,
    read_flats,
    read_houses,
)
from smartyard.gateways.transport import Answer, Rubbish
from smartyard.phones import Phone

MOSCOW = ZoneInfo("Europe/Moscow")


def answer(data: Any, code: Any = 200) -> Answer:
    return Answer(200, (), json.dumps({"code": code, "data": data}).encode())


def flat(**fields: Any) -> BilledFlat:
    (found,) = read_flats(answer([{"houseId": 1, "flatId": 2} | fields]), MOSCOW)
    return found


def test_reads_a_house_with_numbers_in_quotes() -> None:
    doors = [
        {"domophoneId": "70", "doorId": "0", "icon": "gate", "name": "Ворота", "entrance": 2},
        {"domophoneId": 71, "doorId": 1, "icon": "wicket", "name": "Калитка", "blocked": None},
    ]
    house = {"houseId": "5", "address": " Ленина, 1 ", "cctv": "3", "doors": doors}
    assert read_houses(answer([house], "200")) == (
        BilledHouse(
            house_id=5,
            address="Ленина, 1",
            cctv=3,
            doors=(
                BilledDoor(domophone_id=70, door_id=0, icon="gate", name="Ворота", entrance="2"),
                BilledDoor(domophone_id=71, door_id=1, icon="wicket", name="Калитка"),
            ),
        ),
    )


def test_reads_a_flat_whole() -> None:
    found = flat(
        flatNumber="12a", address="Ленина, 1", clientId=900, clientName="Иванов",
        contractName="№ 9", contractOwner="t", flatOwner="f",
        services=["cctv", "domophone"], unpaid=["cctv"],
        hasGates=True, hasPlog="t", lcab="https://lk.example.com/?id=9",
        roommates=[{"phone": 89001234567, "expire": "3001-01-01 00:00:00", "type": "owner"}],
    )  # fmt: skip
    assert found == BilledFlat(
        house_id=1, flat_id=2, flat_number="12a", address="Ленина, 1", client_id="900",
        client_name="Иванов", contract_name="№ 9", contract_owner=True, flat_owner=False,
        services=("cctv", "domophone"), unpaid=("cctv",), has_gates=True,
        lcab="https://lk.example.com/?id=9",
        roommates=(
            BilledRoommate(
                phone=Phone("79001234567"),
                type="owner",
                expire=datetime(3000, 12, 31, 21, tzinfo=UTC),
            ),
        ),
    )  # fmt: skip


def test_what_is_absent_or_null_is_nothing() -> None:
    names = (
        "flatNumber address clientId clientName contractName contractOwner flatOwner services "
        "unpaid hasGates lcab roommates"
    ).split()
    assert flat(**dict.fromkeys(names)) == flat() == BilledFlat(house_id=1, flat_id=2)
    assert flat().services == () and flat().contract_owner is False
    assert flat(clientId="", lcab="") == flat()


@pytest.mark.parametrize("word", ["t", "T", "true", "1", 1, True, "yes"])
def test_flags_that_are_set(word: Any) -> None:
    assert flat(contractOwner=word).contract_owner is True


@pytest.mark.parametrize("word", ["f", "false", "0", 0, False, None, ""])
def test_flags_that_are_not(word: Any) -> None:
    assert flat(contractOwner=word).contract_owner is False


@pytest.mark.parametrize("number", [0, "0", " 12 ", 2**63 - 1, str(2**63 - 1)])
def test_ids_that_our_tables_hold(number: Any) -> None:
    assert flat(houseId=number).house_id == int(number)


@pytest.mark.parametrize(
    "wrong",
    [
        {"houseId": None}, {"houseId": -1}, {"houseId": "-1"}, {"houseId": 2**63},
        {"houseId": str(2**63)}, {"houseId": 1.5}, {"houseId": True}, {"houseId": "1_0"},
        {"houseId": "١٢"}, {"houseId": ""}, {"houseId": [1]}, {"flatId": {}},
        {"address": "a\0b"}, {"address": ["a"]}, {"address": True},
        {"clientId": "\0"}, {"clientId": 1.5}, {"contractOwner": "maybe"}, {"contractOwner": [1]},
        {"contractOwner": 2}, {"services": "cctv"}, {"services": {"0": "cctv"}}, {"services": [[]]},
        {"unpaid": 7},
    ],
    ids=ascii,
)  # fmt: skip
def test_one_row_that_cannot_be_read_spoils_the_answer(wrong: dict[str, Any]) -> None:
    good = {"houseId": 1, "flatId": 2}
    with pytest.raises(Rubbish, match=r"unreadable 1\."):
        read_flats(answer([good, good | wrong]), MOSCOW)


@pytest.mark.parametrize("data", ["", "x", 0, 5, True, {}, {"0": {}}, [None], [1], [[]], [{}]])
def test_data_that_is_no_list_of_rows(data: Any) -> None:
    for read in (read_houses, read_cameras, lambda given: read_flats(given, MOSCOW)):
        with pytest.raises(Rubbish):
            read(answer(data))


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"5", b"null", b"{}", b'{"data": []}', b'{"code": null, "data": []}',
        b'{"code": 0, "data": []}', b'{"code": 999, "data": []}', b'{"code": true, "data": []}',
        b'{"code": "OK", "data": []}', b'{"code": [200], "data": []}',
        b'{"code": 200, "data": NaN}',
        b'{"code": 200, "data": ', b"\xd0", b"<html><h1>502</h1></html>",
        b'{"code": 200, "data": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"code": 200, "data": [{"houseId": 1' + b"0" * 5000 + b"}]}",
    ],
)  # fmt: skip
def test_what_is_no_envelope(body: bytes) -> None:
    with pytest.raises(Rubbish):
        read_houses(Answer(200, (), body))


@pytest.mark.parametrize("door", [{}, {"domophoneId": 1}, {"domophoneId": 1, "doorId": "a"}, 7])
def test_a_door_that_cannot_be_read_spoils_the_answer(door: Any) -> None:
    with pytest.raises(Rubbish, match=r"0\.doors\.0"):
        read_houses(answer([{"houseId": 1, "doors": [door]}]))


def test_what_is_for_show_falls_back(caplog: pytest.LogCaptureFixture) -> None:
    door = {"domophoneId": 1, "doorId": 0, "icon": "sekret", "name": None}
    (house,) = read_houses(answer([{"houseId": 1, "cctv": "sekret", "doors": [door]}]))
    assert house.cctv is None
    assert house.doors == (BilledDoor(domophone_id=1, door_id=0, icon="entrance"),)
    assert flat(lcab="javascript:sekret()").lcab is None
    assert "unreadable icon" in caplog.text and "unreadable count" in caplog.text
    assert "unreadable URL" in caplog.text and "sekret" not in caplog.text


def test_a_long_text_is_cut() -> None:
    assert flat(address="ё" * 501).address == "ё" * 500


@pytest.mark.parametrize(
    "bad",
    [
        {"phone": "112"}, {"phone": None}, {}, 5, None,
        {"phone": 79001234567, "expire": "tomorrow"}, {"phone": 79001234567, "expire": 5},
        {"phone": 79001234567, "expire": "0001-01-01 00:00:00"},
    ],
)  # fmt: skip
def test_a_bad_roommate_is_left_out_and_the_others_stay(
    bad: Any, caplog: pytest.LogCaptureFixture
) -> None:
    found = flat(roommates=[bad, {"phone": "89001112233"}]).roommates
    assert found == (BilledRoommate(phone=Phone("79001112233"), expire=None, type="inner"),)
    assert "an unreadable roommate" in caplog.text and "79001234567" not in caplog.text


def test_roommates_that_are_no_list_are_none() -> None:
    assert flat(roommates="sekret").roommates == ()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-06 07:08:09", datetime(2024, 5, 6, 4, 8, 9, tzinfo=UTC)),
        ("2024-05-06T07:08:09Z", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2024-05-06T07:08:09+05:00", datetime(2024, 5, 6, 2, 8, 9, tzinfo=UTC)),
        ("2024-05-06", datetime(2024, 5, 5, 21, tzinfo=UTC)),
    ],
)
def test_moments_are_of_billings_zone_unless_they_say(text: str, moment: datetime) -> None:
    (roommate,) = flat(roommates=[{"phone": 79001234567, "expire": text}]).roommates
    assert roommate.expire == moment


def camera(**fields: Any) -> BilledCamera:
    row = {"id": 1, "name": "Двор", "lat": "1", "lon": "2", "url": "http://m/cam"} | fields
    return read_cameras(answer([row])).cameras[0]


def test_reads_a_camera() -> None:
    found = camera(id="9", lat=-52.5, lon=" 39,25 ", url=" https://m.example/двор/1 ")
    assert found == BilledCamera(
        id=9, name="Двор", lat="-52.5", lon="39.25", url="https://m.example/двор/1"
    )


@pytest.mark.parametrize("wrong", [None, "", "north", "181", "1e2", True, [], {}, "٣", "1" * 400])
def test_a_camera_without_a_place_is_still_a_camera(wrong: Any) -> None:
    assert camera(lat=wrong).lat == "0"


@pytest.mark.parametrize(
    ("told", "lat", "lon"),
    [
        ("131.9", "0", "131.9"), ("90.1", "0", "90.1"), ("180.1", "0", "0"), ("90", "90", "90"),
        ("+55.7", "55.7", "55.7"), ("055.70", "55.70", "55.70"), ("-0055,7", "-55.7", "-55.7"),
        ("-180", "0", "-180"), ("000", "0", "0"), ("+-5", "0", "0"),
    ],
)  # fmt: skip
def test_degrees_have_the_one_spelling_that_our_tables_take(told: str, lat: str, lon: str) -> None:
    found = camera(lat=told, lon=told)
    assert (found.lat, found.lon) == (lat, lon)


def test_a_flat_in_two_houses_spoils_the_answer() -> None:
    rows = [{"houseId": 1, "flatId": 2, "clientId": 8}, {"houseId": 1, "flatId": 2, "clientId": 9}]
    assert len(read_flats(answer(rows), MOSCOW)) == 2
    rows[1]["houseId"] = 3
    with pytest.raises(Rubbish, match="two houses"):
        read_flats(answer(rows), MOSCOW)


@pytest.mark.parametrize(
    "url",
    [
        None, "", "cam", "javascript:alert(1)", "file:///etc/passwd", "http://", "http://m/a b",
        "http://m/\na", "http://[", "//m/cam", 5, "http://m/" + "a" * 2000,
    ],
)  # fmt: skip
def test_a_camera_without_a_url_spoils_the_answer(url: Any) -> None:
    with pytest.raises(Rubbish, match="0.url"):
        camera(url=url)


@pytest.mark.parametrize("word", [402, "402"])
def test_unpaid_and_not_connected_as_data_or_as_code(word: Any) -> None:
    for given in (answer(word), answer(None, word), answer([], word)):
        assert read_cameras(given).state == "unpaid"
    assert read_cameras(answer(404)).state == read_cameras(answer(None, "404")).state == "absent"
