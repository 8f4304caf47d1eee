"""The worker's part, with the media server behaving, and not."""

import resource
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clips.conftest import Studio, path_of, url_of
from tests.fixtures.documented import Documented
from tests.fixtures.media import by_signed_links
from tests.fixtures.processes import wait_for
from tests.fixtures.town import together
from tests.fixtures.world import NEIGHBOUR, NORMAL


def test_it_becomes_a_file_a_link_and_a_message_as_documented(
    studio: Studio, documented: Documented
) -> None:
    camera, resident = studio.camera("house101/двор"), studio.resident()
    clip = studio.prepare(resident, camera, 60, 2)
    studio.work()
    assert studio.state(clip) == (2, None, 1)
    assert studio.town.sandbox.calls("media") == [("clip", "house101/двор")]
    wanted = {"id": clip}
    answer = resident.post("cctv/recDownload", wanted)
    documented.check("POST", "/api/cctv/recDownload", wanted, answer)
    url = url_of(answer)
    (name,) = studio.files()
    assert path_of(url) == f"/api/clips/{name}" and len(name) == 36
    told = resident.client.get(path_of(url), buffered=True)
    assert documented.problems("GET", "/api/clips/{name}.mp4", told) == []
    assert (told.status_code, told.content_type) == (200, "video/mp4")
    assert told.data[4:8] == b"ftyp" and len(told.data) == studio.town.one(
        "SELECT size_bytes FROM clips"
    )
    ((phone, text),) = studio.messages()
    assert phone == NORMAL and url in text and "house101/двор" in text
    assert studio.wall(minutes=60)[11:] in text and studio.wall(minutes=58)[11:] in text


def test_the_media_server_is_shown_a_token_for_this_stream_alone(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    studio.prepare(resident, camera)
    studio.work()
    (verdict,) = studio.town.sandbox.verdicts
    assert (verdict["name"], verdict["status"], verdict["X-UserId"]) == ("yard", 200, "0")
    assert studio.town.one("SELECT count(*) FROM video_tokens") == 0


def test_a_media_server_that_asks_nobody_is_shown_a_signed_link(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    by_signed_links(studio.town, "shared")
    clip = studio.prepare(resident, camera)
    studio.work()
    assert studio.state(clip) == (2, None, 1) and not studio.town.sandbox.verdicts


@pytest.mark.parametrize("fault", ["cut", "freeze", "error", "drop", "refuse", "down"])
def test_what_goes_wrong_at_the_media_server_is_tried_again(studio: Studio, fault: str) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.town.sandbox.faults.set("media", fault)
    studio.open(clip_stall=1)
    studio.work()
    assert studio.state(clip) == (0, None, 1) and not studio.files() and not studio.messages()
    assert resident.post("cctv/recDownload", {"id": clip}).status_code == 204
    ((again, at),) = studio.jobs()
    assert again == clip and at is not None and at > studio.town.clock.now
    studio.town.sandbox.faults.clear(abandon=True)
    studio.open()
    studio.work()
    assert studio.state(clip)[0] == 2 and len(studio.files()) == len(studio.messages()) == 1


def test_one_that_takes_too_long_is_broken_off_and_tried_again(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.town.sandbox.archive.padding = 2_000_000
    studio.town.sandbox.archive.pace = 1_000_000  # it never stands still, and would take 2 s
    studio.open(clip_timeout=1)
    studio.work()
    assert studio.state(clip) == (0, None, 1) and not studio.files()
    studio.open()
    studio.work()
    assert studio.state(clip) == (2, None, 2)


def test_after_some_tries_it_is_given_up_and_may_be_asked_for_anew(studio: Studio) -> None:
    studio.open(clip_tries=3)
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.town.sandbox.faults.set("media", "error")
    waits = []
    for _ in range(3):
        studio.work()
        waits += [(at - studio.town.clock.now).seconds for _, at in studio.jobs() if at]
    assert waits == [30, 60] and studio.state(clip) == (3, "broken", 3) and not studio.jobs()
    refused = resident.post("cctv/recDownload", {"id": clip})
    assert refused.status_code == 503 and "не удалось" in refused.get_json()["message"]
    studio.town.sandbox.faults.clear()
    assert studio.prepare(resident, camera) == clip
    assert resident.post("cctv/recDownload", {"id": clip}).status_code == 204
    studio.work()
    assert resident.post("cctv/recDownload", {"id": clip}).status_code == 200


def test_where_nothing_was_recorded_nobody_tries_twice(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.town.sandbox.faults.set("media", "missing")
    studio.work()
    assert studio.state(clip) == (3, "absent", 1) and not studio.jobs()
    refused = resident.post("cctv/recDownload", {"id": clip})
    assert refused.status_code == 404 and "записи нет" in refused.get_json()["message"]


def test_who_loses_the_right_while_it_waits_gets_nothing(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.town.change("UPDATE flat_members SET unpaid = '{cctv}'")
    studio.work()
    assert studio.state(clip) == (3, "refused", 1) and not studio.files()
    assert not studio.town.sandbox.calls("media")
    assert resident.post("cctv/recDownload", {"id": clip}).status_code == 403


def test_a_worker_that_is_asked_to_end_leaves_it_to_the_next_and_no_draft(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.town.sandbox.faults.set("media", "freeze")
    working = threading.Thread(target=studio.work)
    working.start()
    wait_for(lambda: [name for name in studio.files() if name.endswith(".part")], "a draft")
    studio.stopping.set()
    working.join(30)
    assert not working.is_alive() and not studio.files()
    assert studio.state(clip) == (0, None, 0) and studio.jobs() == [(clip, None)]
    studio.town.sandbox.faults.clear(abandon=True)
    studio.stopping.clear()
    studio.work()
    assert studio.state(clip)[0] == 2


def test_two_workers_with_the_same_clip_make_one_file_and_one_message(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.town.sandbox.faults.set("media", "slow", seconds=0.5)
    together(2, lambda _: studio.fetch(clip))
    if studio.state(clip)[0] != 2:  # each took the other's draft away, and it waits again
        studio.work()
    assert studio.state(clip)[0] == 2
    assert len(studio.files()) == len(studio.messages()) == 1
    studio.fetch(clip)  # a job that comes too late
    assert len(studio.messages()) == 1
    url = url_of(resident.post("cctv/recDownload", {"id": clip}))
    assert resident.client.get(path_of(url), buffered=True).data[4:8] == b"ftyp"


def test_a_clip_that_kills_its_workers_is_given_up(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.town.change("UPDATE clips SET state = 1, attempts = 5")  # as after five kills
    studio.work()
    assert studio.state(clip)[:2] == (3, "broken") and not studio.town.sandbox.calls("media")


def test_the_draft_of_a_killed_worker_goes_with_the_next_try(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    name = studio.town.one("SELECT name FROM clips")
    folder = studio.town.settings.work_dir / "clips"
    (folder / f"{name}.0badc0de.part").write_bytes(b"half")
    studio.town.change("UPDATE clips SET state = 1, attempts = 1")
    studio.work()
    assert studio.state(clip)[0] == 2 and studio.files() == [f"{name}.mp4"]


@pytest.mark.parametrize("kind", ["html", "huge"])
def test_what_is_no_mp4_is_no_clip(studio: Studio, kind: str) -> None:
    studio.open(clip_max_mb=1)
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.town.sandbox.faults.set("media", "rubbish", kind=kind)
    studio.work()
    assert studio.state(clip) == (0, None, 1) and not studio.files()


def test_on_a_disk_that_is_short_of_room_none_is_begun(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.open(min_free_gb=10**6)
    studio.work()
    assert studio.state(clip) == (0, None, 1) and len(studio.jobs()) == 1 and not studio.files()
    assert not studio.town.sandbox.calls("media"), "none is begun"


def test_a_folder_that_cannot_be_written_is_no_crash(studio: Studio, tmp_path: Path) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    (tmp_path / "clips").rmdir()
    (tmp_path / "clips").write_bytes(b"a file in the way")
    studio.work()
    assert studio.state(clip) == (0, None, 1) and len(studio.jobs()) == 1


def test_the_neighbours_clip_is_their_own(studio: Studio) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.work()
    neighbour = studio.resident(NEIGHBOUR)
    for number in (clip, clip + 1, 0, 2**62):
        refused = neighbour.post("cctv/recDownload", {"id": number})
        assert (refused.status_code, refused.get_json()["message"]) == (
            403,
            "У вас нет доступа к этому видео.",
        )
    assert [phone for phone, _ in studio.messages()] == [NORMAL]


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """The kernel refuses to write files larger than this, as it refuses on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own of 2 MB."""
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("nobody but root may mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("kind", ["file", "disk"])
def test_a_disk_that_is_full_in_the_middle_leaves_nothing_behind(
    studio: Studio, tmp_path: Path, kind: str
) -> None:
    studio.open(min_free_gb=0)
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.town.sandbox.archive.padding = 5_000_000
    with small_files(1_000_000) if kind == "file" else small_disk(tmp_path / "clips"):
        studio.work()
        assert not studio.files() and studio.state(clip) == (0, None, 1)
    studio.town.sandbox.archive.padding = 0
    studio.work()
    assert studio.state(clip)[0] == 2 and len(studio.files()) == 1


def test_what_is_in_hand_ends_when_half_of_the_room_to_be_kept_is_gone(
    studio: Studio, tmp_path: Path
) -> None:
    camera, resident = studio.camera(), studio.resident()
    clip = studio.prepare(resident, camera)
    studio.town.sandbox.archive.padding = 1_500_000
    with small_disk(tmp_path / "clips"):
        studio.open(min_free_gb=0.0035)  # of the 2 MB: enough to go on, not to begin
        studio.work()
        assert studio.state(clip) == (0, None, 1) and not studio.town.sandbox.calls("media")
        studio.open(min_free_gb=0.0018)
        studio.work()
        assert not studio.files() and studio.state(clip) == (0, None, 2)
        assert studio.town.sandbox.calls("media"), "it was begun"
        studio.open(min_free_gb=0.0001)
        studio.work()
        assert studio.state(clip)[0] == 2
