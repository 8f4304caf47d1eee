"""`cctv/overview`: cameras of the city, which everybody who is signed in sees."""

import pytest

from tests.fixtures.town import MEDIA, Town
from tests.fixtures.world import NOBODY, NORMAL, UNPAID, Resident
from tests.fixtures.yard import FLAT, Yard


def of_city(town: Town, stream: str) -> int:
    camera = town.camera(stream)
    town.change("UPDATE cameras SET common = true WHERE id = :camera", camera=camera)
    return camera


def plays(resident: Resident, token: str, stream: str = "square") -> int:
    asked = {"name": stream, "token": token, "request_type": "new_session"}
    return resident.client.get("/api/accessfl", query_string=asked).status_code


def test_a_city_camera_has_the_fields_of_a_camera_and_no_house(town: Town) -> None:
    number = of_city(town, "square")
    (camera,) = town.sign_in(NORMAL).post("cctv/overview").get_json()["data"]
    assert len(camera.pop("token")) == 32
    assert camera == {
        "id": number,
        "name": "square",
        "lat": "55.75",
        "lon": "37.61",
        "url": f"{MEDIA}/square",
        "serverType": "flussonic",
        "hlsMode": "mpegts",
        "hasSound": False,
    }


@pytest.mark.parametrize("phone", [NORMAL, NOBODY, UNPAID])
def test_everybody_sees_them_whatever_is_paid_at_home(town: Town, phone: str) -> None:
    of_city(town, "square")
    town.camera("yard", houses=[101])
    resident = town.sign_in(phone)
    (camera,) = resident.post("cctv/overview").get_json()["data"]
    assert (plays(resident, camera["token"]), plays(resident, camera["token"], "yard")) == (
        200,
        403,
    )


def test_a_block_at_home_takes_no_square_away(yard: Yard) -> None:
    of_city(yard.town, "square")
    yard.block(FLAT, "all", "operator", "Причина.")
    resident = yard.at_home(NORMAL)
    (camera,) = resident.post("cctv/overview").get_json()["data"]
    assert plays(resident, camera["token"]) == 200


def test_no_city_camera_is_204_and_no_token(town: Town) -> None:
    town.camera("yard", houses=[101])
    answer = town.sign_in(NORMAL).post("cctv/overview")
    assert (answer.status_code, answer.data) == (204, b"")
    assert town.one("SELECT count(*) FROM video_tokens") == 0


def test_a_camera_that_is_the_citys_no_more_is_played_no_more(town: Town) -> None:
    of_city(town, "square")
    resident = town.sign_in(NOBODY)
    (camera,) = resident.post("cctv/overview").get_json()["data"]
    town.change("UPDATE cameras SET common = false")
    assert plays(resident, camera["token"]) == 403


def test_signing_out_ends_the_square_too(town: Town) -> None:
    of_city(town, "square")
    resident = town.sign_in(NOBODY)
    (camera,) = resident.post("cctv/overview").get_json()["data"]
    town.change("DELETE FROM sessions")
    assert plays(resident, camera["token"]) == 403


def test_what_every_list_gave_plays_side_by_side(yard: Yard) -> None:
    of_city(yard.town, "square")
    yard.town.camera("yard", houses=[101])
    door = yard.town.camera("door")
    yard.town.change("UPDATE panels SET camera_id = :door WHERE id = 11", door=door)
    resident = yard.at_home(NORMAL)
    lists = {"yard": "cctv/all", "door": "cctv/camMap", "square": "cctv/overview"}
    tokens = {
        stream: resident.post(path).get_json()["data"][0]["token"] for stream, path in lists.items()
    }
    for stream, token in tokens.items():
        assert plays(resident, token, stream) == 200, stream


def test_the_square_needs_no_billing(town: Town) -> None:
    of_city(town, "square")
    resident = town.sign_in(NORMAL)
    town.sandbox.faults.set("billing", "error")
    assert resident.post("cctv/overview").status_code == 200
