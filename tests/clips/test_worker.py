"""The real `flask worker` with half a clip: killed, asked to end, and with others waiting."""

from pathlib import Path

import pytest

from smartyard.launcher.postgres import Cluster
from tests.clips.conftest import Studio, path_of, url_of
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import outside_of, wait_for, working

EVERY_SECOND = "* * * * * *"


@pytest.fixture(name="environment")
def environment_fixture(
    studio: Studio, database_cluster: Cluster, tmp_path: Path
) -> dict[str, str]:
    told = outside_of(
        studio.town.sandbox,
        server_url="https://yard.example",
        min_free_gb=0.001,
        stalled_schedule=EVERY_SECOND,
        stalled_after=4,
    )
    return environment_of(database_cluster, DATABASE, tmp_path) | told


def drafts(studio: Studio) -> list[Path]:
    """What is being written, and has begun to be."""
    folder = studio.town.settings.work_dir / "clips"
    return [one for one in folder.glob("*.part") if one.stat().st_size]


def test_one_that_is_killed_is_followed_by_another(
    studio: Studio, environment: dict[str, str], tmp_path: Path
) -> None:
    resident = studio.resident()
    clip = studio.prepare(resident, studio.camera())
    studio.town.sandbox.faults.set("media", "freeze")
    with working(environment, tmp_path / "killed.log") as worker:
        wait_for(lambda: drafts(studio), "half a clip")
        worker.kill()
    (draft,) = drafts(studio)
    assert resident.post("cctv/recDownload", {"id": clip}).status_code == 204
    studio.town.sandbox.faults.clear(abandon=True)
    with working(environment, tmp_path / "next.log") as worker:
        wait_for(lambda: studio.state(clip)[0] == 2, "the clip")
        assert "Traceback" not in worker.said, worker.said
    assert studio.state(clip) == (2, None, 2)
    assert not draft.exists() and len(studio.files()) == len(studio.messages()) == 1
    path = path_of(url_of(resident.post("cctv/recDownload", {"id": clip})))
    assert resident.client.get(path, buffered=True).data[4:8] == b"ftyp"


def test_one_that_is_asked_to_end_leaves_the_clip_to_the_next(
    studio: Studio, environment: dict[str, str], tmp_path: Path
) -> None:
    clip = studio.prepare(studio.resident(), studio.camera())
    studio.town.sandbox.faults.set("media", "freeze")
    with working(environment | {"CLIP_STALL": "600"}, tmp_path / "ended.log") as worker:
        wait_for(lambda: drafts(studio), "half a clip")
        worker.end()
        assert not worker.running and "Traceback" not in worker.said, worker.said
    assert not studio.files() and studio.state(clip) == (0, None, 0)
    studio.town.sandbox.faults.clear(abandon=True)
    with working(environment, tmp_path / "next.log"):
        wait_for(lambda: studio.state(clip)[0] == 2, "the clip")


def test_clips_that_stand_still_hold_up_no_other_work(
    studio: Studio, environment: dict[str, str], tmp_path: Path
) -> None:
    camera, resident = studio.camera(), studio.resident()
    assert resident.post("cctv/all", {"houseId": 101}).status_code == 200
    for minutes in (1, 2, 3):
        studio.prepare(resident, camera, minutes=minutes)
    studio.town.sandbox.faults.set("media", "freeze")
    busy = {"CLIPS_AT_ONCE": "2", "REFRESH_SCHEDULE": EVERY_SECOND}
    busy |= {"BILLING_TTL": "1", "BILLING_RETRY": "1"}
    with working(environment | busy, tmp_path / "worker.log"):
        wait_for(lambda: len(drafts(studio)) == 2, "both places to be taken")
        before = studio.town.asked("getsettingslist")
        wait_for(lambda: studio.town.asked("getsettingslist") > before, "a question to billing")
        assert len(drafts(studio)) == 2
