"""`cctv/ranges`: what the archive of a camera holds, by its media server's word."""

import gc
import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from werkzeug.test import TestResponse

from smartyard.cctv.recordings import Recordings
from smartyard.registry.inventory.media import MediaSecrets, SealedMedia
from smartyard.sandbox.archive import KEPT
from smartyard.sandbox.media import API, STATUS
from smartyard.secret import Keys
from tests.fixtures.database import SECRET_KEY
from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, UNPAID, Resident


def recorded(town: Town, stream: str = "house101/двор", house: int = 101) -> int:
    """A camera of the sandbox's media server."""
    return town.camera(stream, houses=[house], server=town.sandbox.media_url)


def api_login(town: Town, login: str) -> None:
    """What the inventory has of the API of the sandbox's media server."""
    sealed = SealedMedia(Keys(SECRET_KEY.encode()))
    secret = sealed.shut(town.sandbox.media_url, MediaSecrets(login=login, password=login))
    town.change("UPDATE media_servers SET secret = :secret", secret=secret)


def ask(resident: Resident, camera: Any) -> TestResponse:
    return resident.post("cctv/ranges", {"cameraId": camera})


def asked(town: Town) -> list[Any]:
    return [stream for kind, stream in town.sandbox.calls("media") if kind == "ranges"]


def test_the_answer_is_the_media_servers_and_it_asked_us_by_our_token(asked_town: Town) -> None:
    camera = recorded(asked_town)
    answer = ask(asked_town.sign_in(NORMAL), camera)
    (found,) = answer.get_json()["data"]
    assert found["stream"] == "house101/двор"
    first, last = found["ranges"]
    assert set(first) == {"from", "duration"}
    now = time.time()
    assert -60 <= first["from"] - (now - KEPT) <= 1
    assert first["from"] + first["duration"] < last["from"]
    assert -60 <= last["from"] + last["duration"] - now <= 1
    (verdict,) = asked_town.sandbox.verdicts
    assert (verdict["name"], verdict["status"]) == ("house101/двор", 200)
    assert asked_town.one("SELECT count(*) FROM video_tokens") == 0


def test_unix_seconds_know_neither_the_operators_zone_nor_summer_time(asked_town: Town) -> None:
    camera = recorded(asked_town)
    told = []
    for zone in ("Europe/Moscow", "Europe/Berlin"):
        asked_town.open(timezone=ZoneInfo(zone))
        (found,) = ask(asked_town.sign_in(NORMAL), camera).get_json()["data"]
        told.append(found["ranges"][0]["from"])
    assert abs(told[0] - told[1]) < 60


def test_a_camera_may_come_as_number_or_text(asked_town: Town) -> None:
    camera = recorded(asked_town)
    resident = asked_town.sign_in(NORMAL)
    assert ask(resident, camera).get_json() == ask(resident, str(camera)).get_json()


@pytest.mark.parametrize("camera", [None, "", "x", -1, 1.5, True, [], 2**63])
def test_what_is_no_camera_is_422(town: Town, camera: Any) -> None:
    assert ask(town.sign_in(NORMAL), camera).status_code == 422


def test_a_strangers_camera_and_none_are_the_same_403(town: Town) -> None:
    camera = recorded(town, house=101)
    far = recorded(town, "far", house=103)
    resident, nobody = town.sign_in(NORMAL), town.sign_in(NOBODY)
    answers = [ask(resident, far), ask(resident, 999_999), ask(nobody, camera)]
    assert [one.status_code for one in answers] == [403, 403, 403]
    assert len({one.data for one in answers}) == 1
    assert not asked(town)


def test_what_is_not_paid_is_402_and_what_is_blocked_says_why(town: Town) -> None:
    camera, mine = recorded(town, house=105), recorded(town, "yard")
    assert ask(town.sign_in(UNPAID), camera).status_code == 402
    resident = town.sign_in(NORMAL)
    assert ask(resident, camera).status_code == 403
    for source, status in (("debt", 402), ("operator", 403)):
        town.change("DELETE FROM flat_blocks")
        town.change(
            "INSERT INTO flat_blocks SELECT id, 'cctv', :source, 'Причина.', now() FROM flats"
            " WHERE house_id = 101",
            source=source,
        )
        answer = ask(resident, mine)
        assert (answer.status_code, answer.get_json()["message"]) == (status, "Причина.")


def test_the_citys_archive_is_everybodys(asked_town: Town) -> None:
    camera = asked_town.camera("square", server=asked_town.sandbox.media_url)
    asked_town.change("UPDATE cameras SET common = true")
    assert ask(asked_town.sign_in(NOBODY), camera).status_code == 200


def test_many_who_look_are_one_question_for_a_while(asked_town: Town) -> None:
    camera, other = recorded(asked_town), recorded(asked_town, "other")
    people = [asked_town.sign_in(phone) for phone in (NORMAL, SECOND, NEIGHBOUR)]
    for resident in people:
        assert ask(resident, camera).status_code == 200
    assert asked(asked_town) == ["house101/двор"]
    ask(people[0], other)
    asked_town.clock.forward(seconds=asked_town.settings.ranges_ttl)
    ask(people[0], camera)
    assert asked(asked_town) == ["house101/двор", "other", "house101/двор"]


def test_what_is_old_is_kept_no_longer(asked_town: Town) -> None:
    """A thousand cameras that record by motion would fill the memory of each process."""
    resident = asked_town.sign_in(NORMAL)
    for stream in ("one old", "two old", "new"):
        assert ask(resident, recorded(asked_town, stream)).status_code == 200
        asked_town.clock.forward(seconds=11)
    kept = {one.stream for one in gc.get_objects() if isinstance(one, Recordings)}
    assert kept & {"one old", "two old", "new"} == {"two old", "new"}


def test_what_was_told_to_one_is_not_told_to_who_has_no_right(asked_town: Town) -> None:
    camera = recorded(asked_town)
    assert ask(asked_town.sign_in(NORMAL), camera).status_code == 200
    assert ask(asked_town.sign_in(NOBODY), camera).status_code == 403


def test_an_archive_that_is_not_there_is_an_empty_list_and_never_204(asked_town: Town) -> None:
    camera = recorded(asked_town)
    asked_town.sandbox.faults.set("media", "missing")
    answer = ask(asked_town.sign_in(NORMAL), camera)
    assert (answer.status_code, answer.get_json()["data"]) == (200, [])


def test_who_is_no_flussonic_is_not_asked(town: Town) -> None:
    camera = recorded(town)
    town.change("UPDATE media_servers SET type = 'nimble'")
    assert ask(town.sign_in(NORMAL), camera).get_json()["data"] == []
    assert not asked(town)


@pytest.mark.parametrize(
    ("speaks", "login", "questions"),
    [
        ({STATUS}, "demo", ["ranges", "ranges"]),
        ({API}, "demo", ["ranges", "api", "api"]),
        ({STATUS, API}, "demo", ["ranges", "ranges"]),
        ({STATUS}, "", ["ranges", "ranges"]),
    ],
)
def test_a_media_server_is_asked_what_it_speaks(
    asked_town: Town, speaks: set[str], login: str, questions: list[str]
) -> None:
    camera = recorded(asked_town)
    api_login(asked_town, login)
    asked_town.sandbox.media.speaks = speaks
    resident = asked_town.sign_in(NORMAL)
    for _ in range(2):
        (found,) = ask(resident, camera).get_json()["data"]
        assert found["stream"] == "house101/двор" and len(found["ranges"]) == 2
        asked_town.clock.forward(seconds=asked_town.settings.ranges_ttl)
    calls = asked_town.sandbox.calls("media")
    assert [kind for kind, _ in calls] == questions
    assert {stream for _, stream in calls} == {"house101/двор"}


@pytest.mark.parametrize(
    ("speaks", "login", "status"), [(set(), "demo", 200), ({API}, "", 200), ({API}, "other", 503)]
)
def test_a_media_server_that_tells_us_nothing_has_an_empty_archive_or_refuses(
    asked_town: Town, speaks: set[str], login: str, status: int
) -> None:
    camera = recorded(asked_town)
    api_login(asked_town, login)
    asked_town.sandbox.media.speaks = speaks
    answer = ask(asked_town.sign_in(NORMAL), camera)
    assert answer.status_code == status
    assert status == 503 or answer.get_json()["data"] == []


@pytest.mark.parametrize("mode", ["refuse", "error", "rubbish", "drop", "cut"])
def test_a_media_server_that_fails_is_503_and_is_asked_again(asked_town: Town, mode: str) -> None:
    camera = recorded(asked_town)
    resident = asked_town.sign_in(NORMAL)
    asked_town.sandbox.faults.set("media", mode)
    answer = ask(resident, camera)
    assert answer.status_code == 503 and "data" not in answer.get_json()
    asked_town.sandbox.faults.set("media", "ok")
    assert ask(resident, camera).status_code == 200


def test_a_media_server_that_hangs_is_503_in_time(asked_town: Town) -> None:
    asked_town.open(ranges_timeout=0.5)
    camera = recorded(asked_town)
    asked_town.sandbox.faults.set("media", "hang")
    assert ask(asked_town.sign_in(NORMAL), camera).status_code == 503
