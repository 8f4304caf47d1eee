"""`/api/clips/<128 bits>.mp4`: by its name alone, with ranges, until its time has come."""

import stat

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.clips.conftest import Studio, path_of, url_of
from tests.fixtures.world import NEIGHBOUR, Resident


def made(studio: Studio, resident: Resident, ago: float = 60) -> tuple[int, str]:
    """A ready clip and its path."""
    camera = studio.camera()
    clip = studio.prepare(resident, camera, ago)
    studio.work()
    return clip, path_of(url_of(resident.post("cctv/recDownload", {"id": clip})))


def get(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    return client.get(path, headers=headers, buffered=True)


def test_whoever_has_the_name_gets_the_file_and_nobody_else(studio: Studio) -> None:
    resident = studio.resident()
    _, path = made(studio, resident)
    stranger = studio.app.test_client()
    whole = get(stranger, path)
    assert whole.status_code == 200 and whole.headers["Cache-Control"] == "private"
    assert whole.headers["Accept-Ranges"] == "bytes" and "?" not in path
    head = stranger.head(path, buffered=True)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.data))
    name = path.removeprefix("/api/clips/").removesuffix(".mp4")
    other = f"{int(name, 16) ^ 1:032x}"
    for wrong in (other, name.upper(), name[:-1], f"{name}.{name}", "x", "..%2f..%2fsecret"):
        if wrong != name:
            refused = get(stranger, f"/api/clips/{wrong}.mp4")
            assert refused.status_code == 404, wrong
    assert get(stranger, path.removesuffix(".mp4")).status_code == 404


def test_a_neighbour_learns_nothing_of_it_by_its_number(studio: Studio) -> None:
    clip, path = made(studio, studio.resident())
    refused = studio.resident(NEIGHBOUR).post("cctv/recDownload", {"id": clip})
    assert refused.status_code == 403 and path not in refused.text


def test_parts_of_it_are_sent_as_players_ask_for_them(studio: Studio) -> None:
    _, path = made(studio, studio.resident())
    client = studio.app.test_client()
    whole = get(client, path)
    size = len(whole.data)
    for asked, first, last in (
        ("bytes=0-1", 0, 1),
        ("bytes=100-199", 100, 199),
        (f"bytes={size - 5}-", size - 5, size - 1),
        ("bytes=-5", size - 5, size - 1),
        (f"bytes=10-{size * 2}", 10, size - 1),
    ):
        part = get(client, path, Range=asked)
        assert part.status_code == 206, asked
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert part.data == whole.data[first : last + 1]
    past = get(client, path, Range=f"bytes={size}-")
    assert (past.status_code, past.headers["Content-Range"]) == (416, f"bytes */{size}")
    again = {"If-Range": whole.headers["ETag"], "Range": "bytes=0-9"}
    assert get(client, path, **again).status_code == 206
    assert get(client, path, **again | {"If-Range": '"another"'}).status_code == 200
    assert get(client, path, **{"If-None-Match": whole.headers["ETag"]}).status_code == 304


def test_nginx_is_told_where_it_lies_once_the_operator_says_so(studio: Studio) -> None:
    _, path = made(studio, studio.resident())
    studio.open(clips_by_nginx=True)
    answer = get(studio.app.test_client(), path)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["X-Accel-Redirect"] == "/smartyard-clips/" + path.rpartition("/")[2]
    unknown = get(studio.app.test_client(), f"/api/clips/{'0' * 32}.mp4")
    assert unknown.status_code == 404 and "X-Accel-Redirect" not in unknown.headers


def test_others_on_the_host_can_read_it_and_not_list_it(studio: Studio) -> None:
    made(studio, studio.resident())
    folder = studio.town.settings.work_dir / "clips"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o711
    assert stat.S_IMODE((folder / studio.files()[0]).stat().st_mode) == 0o644


def forget(studio: Studio) -> None:
    from smartyard.clips.service import ClipService  # pylint: disable=import-outside-toplevel
    from smartyard.web import service  # pylint: disable=import-outside-toplevel

    with studio.app.app_context():
        service(ClipService).forget_ended(studio.town.clock.now)


def test_it_dies_with_its_days_file_row_and_link(studio: Studio) -> None:
    resident = studio.resident()
    camera = studio.camera()
    clip = studio.prepare(resident, camera)
    studio.town.clock.forward(hours=5)
    studio.work()  # only now its days begin
    studio.prepare(resident, camera, 70)  # nobody ever fetches this one
    path = path_of(url_of(resident.post("cctv/recDownload", {"id": clip})))
    studio.town.clock.forward(days=3, seconds=-1)
    forget(studio)
    assert get(resident.client, path).status_code == 200
    studio.town.clock.forward(seconds=1)
    assert get(resident.client, path).status_code == 404, "though nobody has cleaned up yet"
    gone = resident.post("cctv/recDownload", {"id": clip})
    assert gone.status_code == 404 and "больше нет" in gone.get_json()["message"]
    forget(studio)
    assert not studio.files() and studio.town.one("SELECT count(*) FROM clips") == 0
    assert resident.post("cctv/recDownload", {"id": clip}).status_code == 403


def test_what_is_over_may_be_asked_for_anew_under_another_name(studio: Studio) -> None:
    resident = studio.resident()
    clip, path = made(studio, resident)
    camera = studio.town.one("SELECT camera_id FROM clips")
    begin, end = studio.wall(minutes=60), studio.wall(minutes=59)
    studio.town.clock.forward(days=3)
    told = resident.post("cctv/recPrepare", {"id": camera, "from": begin, "to": end})
    assert told.get_json()["data"] == clip
    studio.work()
    new = path_of(url_of(resident.post("cctv/recDownload", {"id": clip})))
    assert new != path and get(resident.client, new).status_code == 200
    assert get(resident.client, path).status_code == 404
    forget(studio)
    assert studio.files() == [new.rpartition("/")[2]], "the old file was nobody's"


@pytest.mark.parametrize("also_row", [False, True])
def test_a_file_that_was_taken_away_is_no_500(studio: Studio, also_row: bool) -> None:
    resident = studio.resident()
    clip, path = made(studio, resident)
    (studio.town.settings.work_dir / "clips" / path.rpartition("/")[2]).unlink()
    if also_row:
        studio.town.change("DELETE FROM clips")
    assert get(resident.client, path).status_code == 404
    status = resident.post("cctv/recDownload", {"id": clip}).status_code
    assert status == (403 if also_row else 404)
    forget(studio)


def test_who_leaves_takes_their_clips_along(studio: Studio) -> None:
    resident = studio.resident()
    _, path = made(studio, resident)
    assert resident.post("user/deleteAccount").status_code == 204
    assert get(resident.client, path).status_code == 404
    studio.town.clock.forward(hours=2)
    forget(studio)
    assert not studio.files()


def test_what_nobody_owns_is_swept_and_what_is_being_written_is_not(studio: Studio) -> None:
    _, path = made(studio, studio.resident())
    folder = studio.town.settings.work_dir / "clips"
    for name in ("f" * 32 + ".mp4", "f" * 32 + ".00000000.part"):
        (folder / name).write_bytes(b"left by a killed worker")
    forget(studio)
    assert len(studio.files()) == 3, "young ones may be somebody's"
    studio.town.clock.forward(hours=2)
    forget(studio)
    assert studio.files() == [path.rpartition("/")[2]]
