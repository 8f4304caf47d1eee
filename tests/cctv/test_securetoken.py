"""A media server that asks nobody: every list gives links that are signed for it, and our own
questions to it are signed too. The other media server goes on asking us."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask import Flask
from pydantic import SecretStr

from tests.fixtures.media import by_signed_links
from tests.fixtures.town import MEDIA, Town
from tests.fixtures.world import NORMAL, Resident

KEY = "shared-with-flussonic"
SIGNED = re.compile(r"[0-9a-f]{40}-[0-9a-f]{32}-(?P<end>[0-9]+)-(?P<begin>[0-9]+)")


@pytest.fixture(name="signing")
def signing_fixture(asked_town: Town) -> Town:
    """The sandbox's media server lets in by signed links, MEDIA asks us. A camera of house 101 on
    each, and on the first one of the city and one at a door."""
    town = asked_town
    url = town.sandbox.media_url
    town.camera("дом101/двор", houses=[101], server=url)
    town.camera("cam1", houses=[101])
    square, door = town.camera("square", server=url), town.camera("door", server=url)
    town.change("UPDATE cameras SET common = true WHERE id = :camera", camera=square)
    town.change(
        "INSERT INTO panels (id, name, model, address, method, dtmf, camera_id)"
        " VALUES (11, '', 'none', '', 'GET', '1', :camera)",
        camera=door,
    )
    town.change(
        "INSERT INTO doors (house_id, domophone_id, door_id, icon, name, source)"
        " VALUES (101, 11, 0, 'entrance', '', 'inventory')"
    )
    by_signed_links(town, KEY)
    return town


def of_house(resident: Resident) -> dict[str, dict[str, Any]]:
    answer = resident.post("cctv/all", {"houseId": 101})
    assert answer.status_code == 200, answer.text
    return {camera["name"]: camera for camera in answer.get_json()["data"]}


def in_tree(resident: Resident) -> dict[str, Any]:
    (group,) = resident.post("cctv/allTree", {"houseId": 101}).get_json()["data"]["childGroups"]
    return next(one for one in group["cameras"] if one["name"] == "дом101/двор")


def first(path: str) -> Callable[[Resident], dict[str, Any]]:
    return lambda resident: resident.post(path).get_json()["data"][0]


def play(camera: dict[str, Any], file: str = "index.m3u8") -> int:
    url = f"{camera['url']}/{file}"
    return requests.get(url, {"token": camera["token"]}, timeout=10).status_code


@pytest.mark.parametrize(
    "listed",
    [
        lambda resident: of_house(resident)["дом101/двор"],
        in_tree,
        first("cctv/overview"),
        first("cctv/camMap"),
    ],
    ids=["all", "allTree", "overview", "camMap"],
)
def test_each_list_gives_a_link_that_plays_its_stream_and_no_other(
    signing: Town, listed: Callable[[Resident], dict[str, Any]]
) -> None:
    resident = signing.sign_in(NORMAL)
    camera = listed(resident)
    assert play(camera) == 200 and play(camera, "preview.mp4") == 200
    segment = requests.get(f"{camera['url']}/seg1.ts", {"token": camera["token"]}, timeout=10)
    assert segment.status_code == 200 and segment.content[0] == 0x47
    assert play(camera | {"url": f"{signing.sandbox.media_url}/other"}) == 403
    assert play(camera | {"token": "0" * 32}) == 403
    assert not signing.sandbox.verdicts, "it asked nobody"
    found = SIGNED.fullmatch(camera["token"])
    assert found is not None
    minutes = (int(found["end"]) - time.time()) / 60
    assert abs(minutes - signing.settings.securetoken_minutes) < 1
    assert 0 < time.time() - int(found["begin"]) < 400, "its clock may be late"


def test_both_media_servers_of_one_house_have_what_they_want(signing: Town) -> None:
    resident = signing.sign_in(NORMAL)
    cameras = of_house(resident)
    token = cameras["cam1"]["token"]
    assert cameras["cam1"]["url"] == f"{MEDIA}/cam1" and re.fullmatch("[0-9a-f]{32}", token)
    asked = {"name": "cam1", "token": token}
    assert resident.client.get("/api/accessfl", query_string=asked).status_code == 200
    assert len(signing.rows("SELECT camera_ids FROM video_tokens")[0][0]) == 1
    again = of_house(resident)["дом101/двор"]["token"]
    assert again != cameras["дом101/двор"]["token"] and play(cameras["дом101/двор"]) == 200


def test_where_all_is_signed_no_token_of_ours_is_written(signing: Town) -> None:
    resident = signing.sign_in(NORMAL)
    assert resident.post("cctv/overview").status_code == 200
    assert signing.one("SELECT count(*) FROM video_tokens") == 0


def test_a_link_ends_with_its_minutes(signing: Town) -> None:
    signing.open(securetoken_minutes=5)
    signing.clock.forward(minutes=-6)
    camera = of_house(signing.sign_in(NORMAL))["дом101/двор"]
    assert play(camera) == 403
    signing.clock.forward(minutes=4)
    assert play(of_house(signing.sign_in(NORMAL))["дом101/двор"]) == 200


def test_our_own_question_is_signed_too(signing: Town) -> None:
    resident = signing.sign_in(NORMAL)
    camera = of_house(resident)["дом101/двор"]
    answer = resident.post("cctv/ranges", {"cameraId": camera["id"]})
    assert answer.status_code == 200 and answer.get_json()["data"][0]["stream"] == "дом101/двор"
    assert not signing.sandbox.verdicts


def test_another_key_than_the_media_servers_opens_nothing(signing: Town) -> None:
    by_signed_links(signing, "of somebody else")
    signing.sandbox.links.key = KEY
    resident = signing.sign_in(NORMAL)
    camera = of_house(resident)["дом101/двор"]
    assert play(camera) == 403
    assert resident.post("cctv/ranges", {"cameraId": camera["id"]}).status_code == 503


def test_a_key_that_nobody_can_read_leaves_the_other_cameras(
    signing: Town, caplog: pytest.LogCaptureFixture
) -> None:
    app: Flask = signing.open(secret_key=SecretStr("y" * 40))
    resident = signing.sign_in(NORMAL, app)
    with caplog.at_level(logging.ERROR, logger="smartyard.registry.inventory.media"):
        cameras = of_house(resident)
    assert "import them anew" in caplog.text and KEY not in caplog.text
    assert cameras["дом101/двор"]["token"] == "" and len(cameras["cam1"]["token"]) == 32
    asked = {"cameraId": cameras["дом101/двор"]["id"]}
    assert resident.post("cctv/ranges", asked).status_code == 503
