"""`cctv/all`: what is shown, what is refused, and the token that comes with it."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

import pytest

from smartyard.sandbox import Sandbox
from tests.fixtures.processes import wait_for
from tests.fixtures.town import MEDIA, Town
from tests.fixtures.world import LATE, NEIGHBOUR, NOBODY, NORMAL, SECOND, UNPAID, Resident

ALL = "cctv/all"
WHO = "79001000001"
UUID = "5f3c1b8e-6d0a-4a52-9c0e-2f7d1e6b9a01"


def live(town: Town, *contracts: dict[str, Any], phone: str = WHO) -> Resident:
    """A person with these contracts, each of a house of its own: 7001, 7002, ..."""
    for number, contract in enumerate(contracts, 7001):
        whole = {"clientId": number, "houseId": number, "address": f"д. {number}"} | contract
        town.sandbox.world.add_contract(phone, whole)
    return town.sign_in(phone)


def cameras(resident: Resident, house: Any = None) -> list[dict[str, Any]]:
    answer = resident.post(ALL, None if house is None else {"houseId": house})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["data"]
    return found


def status(resident: Resident, house: Any = None) -> int:
    return resident.post(ALL, None if house is None else {"houseId": house}).status_code


def test_a_camera_has_exactly_the_types_that_the_apps_decode(town: Town) -> None:
    number = town.camera(UUID, houses=[101])
    (camera,) = cameras(town.sign_in(SECOND))
    token = camera.pop("token")
    assert camera == {
        "id": number,
        "name": UUID,
        "lat": "55.75",
        "lon": "37.61",
        "url": f"{MEDIA}/{UUID}",
        "houseId": 101,
        "serverType": "flussonic",
        "hlsMode": "mpegts",
        "hasSound": False,
    }
    assert re.fullmatch(r"[0-9a-f]{32}", token)


def test_how_a_camera_is_played_is_the_inventorys_word(town: Town) -> None:
    town.camera("cam1", houses=[101])
    town.change("UPDATE media_servers SET hls_mode = 'fmp4'")
    town.change("UPDATE cameras SET has_sound = true")
    (camera,) = cameras(town.sign_in(SECOND))
    assert (camera["hlsMode"], camera["hasSound"]) == ("fmp4", True)


def test_a_camera_without_a_place_still_has_one_as_text(town: Town) -> None:
    town.camera("cam1", houses=[101])
    town.change("UPDATE cameras SET lat = '', lon = ''")
    (camera,) = cameras(town.sign_in(SECOND))
    assert isinstance(camera["lat"], str) and isinstance(camera["lon"], str)
    assert (float(camera["lat"]), float(camera["lon"])) == (0, 0)


def test_cameras_that_only_billing_lists_are_rows_of_the_registry(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    shown = cameras(resident, 102)
    assert [camera["name"] for camera in shown] == ["Двор", "Подъезд 1"]
    assert shown[1]["url"] == f"{town.sandbox.media_url}/house102/entrance"
    assert (shown[1]["lat"], shown[1]["lon"]) == ("55.7521", "37.6156")
    kept = town.rows("SELECT id, stream, source, external_id FROM cameras ORDER BY stream")
    assert kept == [
        (shown[1]["id"], "house102/entrance", "billing", 9001),
        (shown[0]["id"], "house102/yard", "billing", 9002),
    ]


@pytest.mark.parametrize("stream", [UUID, "house101/yard/north", "дом101-двор", "a b&c=d?e%2F+#"])
def test_a_stream_may_have_any_name(town: Town, stream: str) -> None:
    town.camera(stream, houses=[101])
    (camera,) = cameras(town.sign_in(SECOND))
    assert unquote(camera["url"]) == f"{MEDIA}/{stream}"
    assert re.fullmatch(r"[!-~]+", camera["url"]) and not set("?#& ") & set(camera["url"])
    assert camera["url"].count("/") == f"{MEDIA}/{stream}".count("/")


@pytest.mark.parametrize("house", [101, "101"])
def test_a_house_may_come_as_number_or_text(town: Town, house: Any) -> None:
    town.camera("cam1", houses=[101])
    town.camera("cam2", houses=[103])
    assert [camera["name"] for camera in cameras(town.sign_in(SECOND), house)] == ["cam1"]


@pytest.mark.parametrize("house", ["", "x", -1, 1.5, True, [], "１０１", 2**63, "1" * 30])
def test_what_is_no_house_is_422(town: Town, house: Any) -> None:
    assert status(town.sign_in(SECOND), house) == 422


def test_no_house_is_all_houses(town: Town) -> None:
    for stream, house in (("cam1", 101), ("cam2", 102), ("cam3", 103)):
        town.camera(stream, houses=[house])
    resident = town.sign_in(NORMAL)
    for body in (None, {}, {"houseId": None}):
        answer = resident.post(ALL, body)
        assert answer.status_code == 200
        assert [(row["name"], row["houseId"]) for row in answer.get_json()["data"]] == [
            ("cam1", 101),
            ("cam2", 102),
        ]


def test_a_strangers_house_and_none_are_the_same_403(town: Town) -> None:
    town.camera("cam3", houses=[103])
    town.sign_in(NEIGHBOUR).post(ALL)  # the house is known to us
    resident = town.sign_in(NORMAL)
    stranger, nowhere = (resident.post(ALL, {"houseId": house}) for house in (103, 999999))
    assert stranger.status_code == nowhere.status_code == 403
    assert stranger.data == nowhere.data
    assert not town.rows("SELECT FROM video_tokens WHERE phone = :phone", phone=NORMAL)


def test_a_landing_is_seen_by_its_flat_alone(town: Town) -> None:
    town.camera("landing-12", flats={10112: 101})
    assert [row["name"] for row in cameras(town.sign_in(NEIGHBOUR), 101)] == ["landing-12"]
    assert status(town.sign_in(SECOND), 101) == 204


def test_who_has_not_paid_gets_402_and_no_token(town: Town) -> None:
    town.camera("cam5", houses=[105])
    resident = town.sign_in(UNPAID)
    for house in (None, 105):
        answer = resident.post(ALL, None if house is None else {"houseId": house})
        assert answer.status_code == 402
        body = answer.get_json()
        assert body["code"] == 402 and "data" not in body
        assert re.search("[а-я]", body["message"])
    assert town.one("SELECT count(*) FROM video_tokens") == 0


def test_what_is_paid_is_shown_and_what_is_not_is_not(town: Town) -> None:
    town.camera("paid", houses=[7001])
    town.camera("owed", houses=[7002])
    town.camera("elsewhere", houses=[7003])
    resident = live(
        town, {"services": ["cctv"]}, {"services": ["cctv"], "unpaid": ["cctv"]}, {"services": []}
    )
    assert [row["name"] for row in cameras(resident)] == ["paid"]
    assert [row["name"] for row in cameras(resident, 7001)] == ["paid"]
    assert status(resident, 7002) == 402
    assert status(resident, 7003) == 404


def test_one_paid_flat_of_a_house_is_enough_for_its_yard_alone(town: Town) -> None:
    town.camera("yard", houses=[7001])
    town.camera("landing-1", flats={1: 7001})
    town.camera("landing-2", flats={2: 7001})
    resident = live(
        town,
        {"flatId": 1},
        {"flatId": 2, "houseId": 7001, "unpaid": ["cctv"], "address": "д. 7001"},
    )
    assert [row["name"] for row in cameras(resident, 7001)] == ["landing-1", "yard"]


@pytest.mark.parametrize("house", [None, 7001])
def test_where_only_an_unpaid_flat_has_a_camera_it_is_402(town: Town, house: int | None) -> None:
    town.camera("landing-2", flats={2: 7001})
    paid, owed = {"flatId": 1}, {"flatId": 2, "houseId": 7001, "unpaid": ["cctv"]}
    assert status(live(town, paid, owed | {"address": "д. 7001"}), house) == 402


@pytest.mark.parametrize("house", [None, 107])
def test_an_own_house_without_the_service(town: Town, house: int | None) -> None:
    town.camera("cam7", houses=[107])
    resident = live(town, {"clientId": 1007, "houseId": 107, "services": ["internet"]})
    assert status(resident, house) == (204 if house is None else 404)
    assert LATE not in resident.phone and town.one("SELECT count(*) FROM video_tokens") == 0


def test_a_connected_house_without_cameras_is_204_in_all(town: Town) -> None:
    resident = live(town, {"services": ["cctv"]})
    assert (status(resident), status(resident, 7001)) == (204, 404), "billing says: not connected"


def test_nobodys_cameras_are_204(town: Town) -> None:
    answer = town.sign_in(NOBODY).post(ALL)
    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize("place", ["refuseCctv", "cctvNumber"])
@pytest.mark.parametrize(("word", "one", "every"), [(402, 402, 402), (404, 404, 204)])
def test_billings_word_about_a_house(
    town: Town, place: str, word: int, one: int, every: int
) -> None:
    """As the envelope's code, or as a number in the place of the list."""
    world = {
        "houses": [{"houseId": 7001, "address": "д. 1", place: word}],
        "contracts": [{"clientId": 7001, "houseId": 7001}],
        "people": [{"phone": WHO, "contracts": [7001]}],
    }
    with Sandbox(world) as sandbox:
        there = Town(town.settings, sandbox, town.engine, town.clock)
        resident = there.sign_in(WHO)
        assert (status(resident, 7001), status(resident)) == (one, every)


def test_the_callers_own_debt_goes_before_billings_word_about_the_house(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    town.sandbox.world.set_unpaid(NORMAL, ["cctv"], 1002)
    assert status(resident, 102) == 402
    assert town.asked("getcctvlist") == 0


def test_the_inventory_wins_over_billings_cameras(town: Town) -> None:
    town.camera("ours", houses=[102])
    resident = town.sign_in(NORMAL)
    assert [row["name"] for row in cameras(resident, 102)] == ["ours"]
    assert town.asked("getcctvlist") == 0
    cameras(resident)
    assert town.asked("getcctvlist") == 1, "only of house 101, which has none of ours"


def test_the_inventory_wins_also_when_it_comes_while_billing_is_asked(town: Town) -> None:
    town.open(billing_timeout=15.0)
    resident = town.sign_in(NORMAL)
    town.sandbox.faults.set("billing", "hang", method="getcctvlist")
    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(cameras, resident, 102)
        wait_for(lambda: town.asked("getcctvlist"), "the question")
        town.camera("ours", houses=[102])
        town.sandbox.faults.set("billing", "ok")
        assert [row["name"] for row in held.result()] == ["ours"]
    (house,) = [
        row
        for row in resident.post("address/getAddressList").get_json()["data"]
        if row["houseId"] == "102"
    ]
    assert house["cctv"] == 1


def test_a_camera_that_billing_no_longer_lists_goes(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    assert len(cameras(resident, 102)) == 2
    left = [{"id": 9001, "name": "Подъезд 1", "url": f"{town.sandbox.media_url}/house102/entrance"}]
    world = {
        "houses": [{"houseId": 102, "address": "д. 2", "cameras": left}],
        "contracts": [{"clientId": 1002, "houseId": 102}],
        "people": [{"phone": NORMAL, "contracts": [1002]}],
    }
    town.clock.forward(seconds=town.settings.billing_ttl)
    with Sandbox(world) as sandbox:
        there = Town(town.settings, sandbox, town.engine, town.clock)
        assert [row["name"] for row in cameras(there.sign_in(NORMAL), 102)] == ["Подъезд 1"]


def test_each_list_gives_a_token_of_its_own_and_leaves_the_earlier(town: Town) -> None:
    town.camera("cam1", houses=[101])
    resident, other = town.sign_in(NORMAL), town.sign_in(NORMAL)
    lists = [cameras(resident), cameras(resident, 101), cameras(other), cameras(resident, 102)]
    tokens = [{row["token"] for row in found} for found in lists]
    assert all(len(one) == 1 for one in tokens) and len(set().union(*tokens)) == 4
    kept = town.rows("SELECT camera_ids, session_id FROM video_tokens ORDER BY created_at")
    assert len(kept) == 4 and len({session for _, session in kept}) == 2
    assert {tuple(ids) for ids, _ in kept} == {
        tuple(sorted(row["id"] for row in found)) for found in lists
    }


def test_a_token_is_kept_as_a_hash_and_for_expire_minutes(town: Town) -> None:
    town.camera("cam1", houses=[101])
    (camera,) = cameras(town.sign_in(SECOND))
    (row,) = town.rows("SELECT token_hash, expires_at, t::text FROM video_tokens t")
    assert camera["token"] not in row[2] and camera["token"].encode() != bytes(row[0])
    assert (row[1] - town.clock.now).total_seconds() == town.settings.expire * 60


def test_without_a_token_or_with_a_wrong_one_nothing_is_told(town: Town) -> None:
    client = town.open().test_client()
    assert client.post(f"/api/{ALL}").status_code == 422
    assert client.post(f"/api/{ALL}", headers={"Authorization": "Bearer x"}).status_code == 401
    assert not town.asked()
