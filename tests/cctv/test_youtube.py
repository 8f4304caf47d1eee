"""`cctv/youtube`: recordings of the operator's file, for who sees their cameras."""

from pathlib import Path

import pytest
from click.testing import Result

from smartyard.cctv.videos.thumbnails import thumbnails
from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, Resident
from tests.fixtures.yard import FLAT, Yard

YOUTUBE = "cctv/youtube"
HEAD = "camera,event_time,title,description,url,picture"
GOOD = f"""{HEAD}
yard,2026-01-31 18:05,Метель,"Двор замело, дворник борется",https://www.youtube.com/watch?v=dQw4w9WgXcQ,
square,2026-02-01 09:00:30,Ярмарка,,https://youtu.be/aqz-KE-bpKQ?t=5,
,2026-03-01 12:00,Обращение,Для всех,https://video.example/1,https://video.example/1.jpg
"""


def bring(town: Town, folder: Path, text: str, *words: str) -> Result:
    path = folder / "videos.csv"
    path.write_text(text, encoding="utf-8")
    app = town.app or town.open()
    return app.test_cli_runner().invoke(args=["youtube", "import", str(path), *words])


@pytest.fixture(name="square")
def square_fixture(town: Town, tmp_path: Path) -> int:
    """The number of the city's camera. The yard's is seen by house 102 alone."""
    town.camera("yard", houses=[102])
    camera = town.camera("square")
    town.change("UPDATE cameras SET common = true WHERE id = :camera", camera=camera)
    done = bring(town, tmp_path, GOOD)
    assert done.output == "Записей: 3.\n", done.output
    return camera


def titles(resident: Resident, body: object = None) -> list[str]:
    answer = resident.post(YOUTUBE, body)
    return [one["title"] for one in answer.get_json()["data"]] if answer.data else []


def test_a_recording_has_the_words_and_pictures_that_the_apps_show(town: Town, square: int) -> None:
    (fair,) = town.sign_in(NOBODY).post(YOUTUBE, {"id": square}).get_json()["data"]
    assert isinstance(fair.pop("id"), int)
    assert fair == {
        "eventTime": "2026-02-01 09:00:30",
        "title": "Ярмарка",
        "description": "",
        "thumbnailsDefault": "https://i.ytimg.com/vi/aqz-KE-bpKQ/default.jpg",
        "thumbnailsMedium": "https://i.ytimg.com/vi/aqz-KE-bpKQ/mqdefault.jpg",
        "thumbnailsHigh": "https://i.ytimg.com/vi/aqz-KE-bpKQ/hqdefault.jpg",
        "url": "https://youtu.be/aqz-KE-bpKQ?t=5",
    }
    assert town.one("SELECT count(*) FROM video_tokens") == 0


def test_each_sees_those_of_their_cameras_of_the_city_and_for_all(town: Town, square: int) -> None:
    owner = town.sign_in(NORMAL)
    assert titles(owner) == ["Обращение", "Ярмарка", "Метель"]  # the newest first
    assert titles(owner, {"id": square}) == ["Ярмарка"]
    for phone in (NEIGHBOUR, NOBODY):
        assert titles(town.sign_in(phone), {}) == ["Обращение", "Ярмарка"]


def test_a_camera_of_somebody_else_is_403_and_as_one_that_is_nowhere(
    town: Town, square: int
) -> None:
    yard = town.one("SELECT id FROM cameras WHERE id <> :square", square=square)
    stranger = town.sign_in(NEIGHBOUR)
    answers = [stranger.post(YOUTUBE, {"id": number}) for number in (yard, 424242)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].get_json() == answers[1].get_json()
    assert titles(town.sign_in(NORMAL), {"id": yard}) == ["Метель"]


def test_without_recordings_it_is_204(town: Town) -> None:
    camera = town.camera("yard", houses=[102])
    owner = town.sign_in(NORMAL)
    for body in (None, {}, {"id": camera}):
        answer = owner.post(YOUTUBE, body)
        assert (answer.status_code, answer.data) == (204, b"")


def test_a_camera_at_a_door_is_seen_too(yard: Yard, tmp_path: Path) -> None:
    door = yard.town.camera("door")
    yard.town.change("UPDATE panels SET camera_id = :door WHERE id = 11", door=door)
    text = "camera,event_time,title,url\ndoor,2026-01-31 18:05,У двери,https://youtu.be/aqz-KE-bpKQ"
    assert bring(yard.town, tmp_path, text).exit_code == 0
    assert titles(yard.at_home(NORMAL)) == ["У двери"]
    assert titles(yard.town.sign_in(NOBODY)) == []


def test_what_is_of_the_city_needs_no_billing(town: Town, square: int, tmp_path: Path) -> None:
    assert square
    text = f"{HEAD}\n" + GOOD.partition("square")[1] + GOOD.partition("square")[2]
    assert bring(town, tmp_path, text).exit_code == 0
    resident = town.sign_in(NORMAL)
    town.sandbox.faults.set("billing", "error")
    assert titles(resident) == ["Обращение", "Ярмарка"]
    assert bring(town, tmp_path, GOOD).exit_code == 0
    assert resident.post(YOUTUBE).status_code == 503


def test_a_blocked_flat_loses_its_own_and_no_others(yard: Yard, tmp_path: Path) -> None:
    yard.town.camera("own", flats={FLAT: 101})
    resident = yard.at_home(NORMAL)
    row = "2026-01-31 18:05,Во дворе,https://youtu.be/aqz-KE-bpKQ"
    done = bring(yard.town, tmp_path, f"camera,event_time,title,url\nown,{row}\n,{row}\n")
    assert done.exit_code == 0, done.output
    assert len(titles(resident)) == 2
    yard.block(FLAT, "all", "operator", "Причина.")
    assert len(titles(resident)) == 1


def test_a_camera_that_goes_takes_its_recordings_along(town: Town, square: int) -> None:
    town.change("DELETE FROM cameras WHERE id = :square", square=square)
    assert titles(town.sign_in(NOBODY)) == ["Обращение"]


def test_a_file_is_all_recordings_and_its_change_is_noted(
    town: Town, square: int, tmp_path: Path
) -> None:
    assert square
    text = "event_time;title;url\r\n2026-07-01 00:30;Салют;https://youtu.be/aqz-KE-bpKQ\r\n"
    assert bring(town, tmp_path, text, "--dry-run").output.startswith("Пробный запуск")
    assert town.one("SELECT count(*) FROM published_videos") == 3
    assert bring(town, tmp_path, text).exit_code == 0
    assert titles(town.sign_in(NOBODY)) == ["Салют"]
    assert town.rows("SELECT action, subject, detail FROM audit ORDER BY id") == [
        ("import", "youtube", {"count": count}) for count in (3, 1)
    ]
    assert town.app is not None
    shown = town.app.test_cli_runner().invoke(args=["youtube", "list"]).output
    assert shown == "2026-07-01 00:30  для всех  Салют  https://youtu.be/aqz-KE-bpKQ\n"


_ROW = "2026-01-31 18:05,Снег,,https://youtu.be/aqz-KE-bpKQ,"
WRONG = {
    "camera,title,url\nyard,Снег,https://youtu.be/aqz-KE-bpKQ\n": "нет столбца event_time",
    f"{HEAD},views\nyard,{_ROW},1\n": "неизвестный столбец views",
    f"{HEAD}\nnowhere,{_ROW}\n": "строка 2: камеры nowhere нет в реестре",
    f"{HEAD}\nyard,{_ROW}\nyard,{_ROW}\n": "уже есть в строке 2",
    f"{HEAD}\nyard,вчера,Снег,,https://youtu.be/aqz-KE-bpKQ,\n": "event_time: нужны дата",
    f"{HEAD}\nyard,2026-13-01 10:00,Снег,,https://youtu.be/aqz-KE-bpKQ,\n": "event_time: нужны",
    f"{HEAD}\nyard,2026-01-31 18:05,,,https://youtu.be/aqz-KE-bpKQ,\n": "title: не указано",
    f"{HEAD}\nyard,2026-01-31 18:05,Снег,,javascript:alert(1),x\n": "url: нужен адрес",
    f"{HEAD}\nyard,2026-01-31 18:05,Снег,,https://video.example/1,\n": "укажите картинку",
    f"{HEAD}\nyard,2026-01-31 18:05,Снег,,https://youtu.be/short,\n": "укажите картинку",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_changes_nothing_and_says_why(town: Town, tmp_path: Path, text: str) -> None:
    town.camera("yard", houses=[102])
    town.open()
    good = f"{HEAD}\nyard,{_ROW}\n"
    assert bring(town, tmp_path, good).exit_code == 0
    refused = bring(town, tmp_path, text)
    assert refused.exit_code == 1 and WRONG[text] in refused.output, refused.output
    assert town.one("SELECT count(*) FROM published_videos") == 1


@pytest.mark.parametrize("url", [
    "https://www.youtube.com/watch?v=aqz-KE-bpKQ", "https://youtube.com/watch?t=5&v=aqz-KE-bpKQ&x",
    "https://m.youtube.com/live/aqz-KE-bpKQ?feature=share", "https://youtu.be/aqz-KE-bpKQ",
    "https://www.youtube.com/shorts/aqz-KE-bpKQ", "https://www.youtube.com/embed/aqz-KE-bpKQ",
])  # fmt: skip
def test_youtube_is_known_by_every_address_that_people_copy(url: str) -> None:
    found = thumbnails(url, "")
    assert found is not None and found.high == "https://i.ytimg.com/vi/aqz-KE-bpKQ/hqdefault.jpg"
    assert thumbnails(url.replace("youtu", "yootu"), "") is None
    assert thumbnails(url.replace("aqz-KE-bpKQ", "aqz-KE-bpKQQ"), "") is None
