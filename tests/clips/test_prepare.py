"""recPrepare: what may be asked for, by whom, how often; and that asking twice is asking once."""

import pytest

from tests.clips.conftest import Studio
from tests.fixtures.town import Town, together
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, UNPAID


def test_it_answers_a_number_at_once_and_leaves_the_rest_to_the_worker(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    assert studio.jobs() == [(clip, None)] and studio.state(clip) == (0, None, 0)
    assert not studio.town.sandbox.calls("media") and not studio.files()
    answer = resident.post("cctv/recDownload", {"id": clip})
    assert (answer.status_code, answer.data) == (204, b"")


def test_ids_come_as_numbers_and_as_strings(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    assert studio.prepare(resident, str(camera)) == clip  # type: ignore[arg-type]
    assert resident.post("cctv/recDownload", {"id": str(clip)}).status_code == 204


def test_who_may_not_see_the_camera_gets_no_clip_of_it(studio: Studio) -> None:
    yard, far = studio.camera(), studio.camera("far", 105)
    refusals = {
        (NEIGHBOUR, far): 403,
        (NOBODY, yard): 403,
        (NORMAL, far): 403,
        (NORMAL, 999_999): 403,
        (UNPAID, far): 402,
    }
    for (phone, camera), status in refusals.items():
        answer = studio.ask(studio.resident(phone), camera)
        assert (phone, camera, answer.status_code) == (phone, camera, status)
    studio.town.change("UPDATE flat_members SET services = '{}' WHERE phone = :one", one=NORMAL)
    assert studio.ask(studio.resident(NORMAL), yard).status_code == 404
    assert not studio.jobs() and studio.town.one("SELECT count(*) FROM clips") == 0


@pytest.mark.parametrize(
    "ago, minutes, status, words",
    [
        (60, 15, 200, ""),
        (60, 15.02, 403, "Установите менее 15 мин."),
        (3000, 1440 + 5, 403, "Установите менее 15 мин."),
        (60, 0, 422, "позже начала"),
        (60, -5, 422, "позже начала"),
        (60, -1440, 422, "позже начала"),
        (-10, 5, 422, "не наступило"),
        (5, 10, 422, "не наступило"),
        (1, 1, 200, ""),
    ],
)
def test_a_span_has_a_beginning_an_end_and_fifteen_minutes_at_most(
    studio: Studio, ago: float, minutes: float, status: int, words: str
) -> None:
    camera, resident = studio.camera(), studio.resident()
    answer = studio.ask(resident, camera, ago, minutes)
    assert answer.status_code == status, answer.text
    assert words in answer.get_json()["message"]
    assert len(studio.jobs()) == (status == 200)


def test_what_has_just_been_is_fetched_a_little_later(studio: Studio) -> None:
    clip = studio.prepare(studio.resident(), studio.camera(), 1, 1)
    ((waiting, at),) = studio.jobs()
    assert waiting == clip and at is not None
    assert 0 < (at - studio.town.clock.now).total_seconds() <= 60


def test_the_longest_span_is_a_setting(studio: Studio) -> None:
    studio.open(clip_max_minutes=2.5)
    camera, resident = studio.camera(), studio.resident()
    assert studio.ask(resident, camera, minutes=2.5).status_code == 200
    refused = studio.ask(resident, camera, minutes=3)
    assert refused.status_code == 403
    assert refused.get_json()["message"] == "Установите менее 2.5 мин."


GOOD = "2026-03-01 18:00:00"


@pytest.mark.parametrize(
    "wrong",
    [{"from": None}, {"from": ""}, {"from": "2026-03-01"}, {"from": "2026-03-01T18:00:00"}]
    + [{"from": f"{GOOD}Z"}, {"from": "2026-02-30 18:00:00"}, {"from": "0001-01-01 00:00:00"}]
    + [{"from": "9999-12-31 23:59:59"}, {"from": "２０26-03-01 18:00:00"}, {"from": f"{GOOD}\n"}]
    + [{"from": 1772377200}, {"id": "x"}, {"id": None}, {"id": -1}, {"id": 2**63}, {"id": [1]}],
)
def test_a_wrong_shape_is_422(studio: Studio, wrong: dict[str, object]) -> None:
    camera, resident = studio.camera(), studio.resident()
    body = {"id": camera, "from": GOOD, "to": "2026-03-01 18:05:00"}
    assert resident.post("cctv/recPrepare", body | wrong).status_code == 422
    for name in body:
        lacking = {key: value for key, value in body.items() if key != name}
        assert resident.post("cctv/recPrepare", lacking).status_code == 422


def test_the_same_request_is_the_same_clip_also_for_two_at_once(studio: Studio) -> None:
    camera = studio.camera()
    residents = [studio.resident() for _ in range(4)]
    numbers = together(4, lambda number: studio.prepare(residents[number], camera))
    assert len(set(numbers)) == 1 and len(studio.jobs()) == 1
    assert studio.town.one("SELECT hits FROM limit_counters WHERE key LIKE 'clips:%'") == 1
    other = studio.prepare(studio.resident(SECOND), camera)
    assert other != numbers[0], "another person's is another"
    assert studio.prepare(residents[0], camera, minutes=2) not in (other, numbers[0])


def test_few_may_wait_at_a_time_and_a_day_has_its_number(studio: Studio) -> None:
    studio.open(clips_waiting=2, clips_per_day=4)
    camera, resident = studio.camera(), studio.resident()
    first, _ = (studio.prepare(resident, camera, ago) for ago in (60, 70))
    refused = studio.ask(resident, camera, 80)
    assert refused.status_code == 429 and "Дождитесь" in refused.get_json()["message"]
    assert studio.prepare(resident, camera, 60) == first, "it is there already"
    assert studio.ask(studio.resident(SECOND), camera, 80).status_code == 200, "a person's own"
    studio.town.change("UPDATE clips SET state = 2")
    for ago in (80, 90):
        studio.prepare(resident, camera, ago)
    studio.town.change("UPDATE clips SET state = 2")
    assert studio.ask(resident, camera, 100).status_code == 429
    studio.town.clock.forward(days=1, seconds=1)
    assert studio.ask(studio.resident(), camera, 100).status_code == 200


def test_many_at_once_do_not_get_past_what_may_wait(studio: Studio) -> None:
    studio.open(clips_waiting=2)
    camera = studio.camera()
    residents = [studio.resident() for _ in range(5)]
    statuses = together(5, lambda n: studio.ask(residents[n], camera, 60 + n).status_code)
    assert sorted(statuses) == [200, 200, 429, 429, 429]
    assert studio.town.one("SELECT count(*) FROM clips") == len(studio.jobs()) == 2


def test_none_is_begun_without_room_and_what_is_there_stays_there(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.work()
    studio.open(min_free_gb=10**6)
    resident = studio.resident()
    refused = studio.ask(resident, camera, 90)
    assert refused.status_code == 503 and "места" in refused.get_json()["message"]
    assert studio.town.one("SELECT count(*) FROM clips") == 1 and not studio.jobs()
    assert studio.prepare(resident, camera) == clip
    assert resident.post("cctv/recDownload", {"id": clip}).status_code == 200


def test_a_server_of_another_kind_has_no_clips(studio: Studio, town: Town) -> None:
    camera, resident = studio.camera(), studio.resident()
    town.change("UPDATE media_servers SET type = 'trassir'")
    refused = studio.ask(resident, camera)
    assert refused.status_code == 404 and "скачать нельзя" in refused.get_json()["message"]


def test_without_an_address_of_our_own_nobody_is_promised_a_link(studio: Studio) -> None:
    studio.open(server_url="")
    assert studio.ask(studio.resident(), studio.camera()).status_code == 503
    assert not studio.jobs()
