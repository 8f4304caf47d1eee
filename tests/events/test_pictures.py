"""Pictures of the log: one small frame, taken in time, shown to who reads the event."""

import io
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from smartyard.events.kinds import new_id
from smartyard.events.log.pictures import PictureTaker, small
from smartyard.registry.panels.service import Credentials, Sealed
from smartyard.sandbox import Sandbox
from smartyard.secret import Keys
from smartyard.upkeep import forget_all
from smartyard.web import service
from tests.events.conftest import Doors, stand_at
from tests.fixtures.database import SECRET_KEY
from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND, Resident

FLAT, PANEL = 10101, 11
NOON = datetime(2026, 3, 10, 9, tzinfo=UTC)
OURS = "https://smartyard.example"


def add_panel(
    town: Town, sandbox: Sandbox, model: str = "beward", camera: int | None = None
) -> None:
    """A panel of the sandbox with its password, and perhaps a camera."""
    secret = Sealed(Keys(SECRET_KEY.encode())).shut(PANEL, Credentials("admin", "demo"))
    address = {"beward": sandbox.beward_url, "sokol": sandbox.sokol_url, "none": ""}[model]
    town.change(
        "INSERT INTO panels (id, name, model, address, method, dtmf, secret, camera_id)"
        " VALUES (:id, '', :model, :address, 'GET', '1', :secret, :camera)",
        id=PANEL, model=model, address=address, secret=secret, camera=camera,
    )  # fmt: skip


@pytest.fixture(name="doors")
def doors_fixture(town: Town) -> Doors:
    town.clock.now = NOON
    town.open(server_url=OURS + "/")
    return Doors(town)


def work(doors: Doors) -> int:
    """What the worker would do about pictures; how many jobs it was."""
    jobs = doors.town.rows(
        "SELECT args FROM procrastinate_jobs WHERE task_name = 'take_picture' AND status = 'todo'"
    )
    doors.town.change("DELETE FROM procrastinate_jobs WHERE task_name = 'take_picture'")
    with doors.app.app_context():
        for (args,) in jobs:
            ids = [UUID(one) for one in args["events"]]
            service(PictureTaker).take(ids, args["panel"], args["camera"])
    return len(jobs)


def files(doors: Doors) -> list[Path]:
    return sorted((doors.town.settings.work_dir / "pictures").glob("*/*"))


def preview(resident: Resident) -> str | None:
    (row,) = resident.post("address/plog", {"flatId": FLAT, "day": "2026-03-10"}).get_json()["data"]
    assert row["previewType"] == (1 if "preview" in row else 0)
    found: str | None = row.get("preview")
    return found


def fetch(resident: Resident, link: str) -> TestResponse:
    """As Glide does it: no token."""
    assert link.startswith(OURS + "/api/address/plogPicture/")
    return resident.client.get(link.removeprefix(OURS))


@pytest.mark.parametrize("model", ["beward", "sokol"])
def test_a_frame_of_the_panel_is_behind_the_link_that_the_log_gives(
    doors: Doors, sandbox: Sandbox, model: str
) -> None:
    add_panel(doors.town, sandbox, model)
    event = doors.happened("key", flat_id=FLAT, domophone_id=PANEL, opened=True)
    resident = stand_at(doors, NORMAL)
    assert preview(resident) is None
    assert work(doors) == 1
    link = preview(resident)
    assert link is not None and str(event) in link and link == preview(resident)
    answer = fetch(resident, link)
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    assert "private" in answer.headers["Cache-Control"]
    with Image.open(io.BytesIO(answer.data)) as image:
        assert max(image.size) <= 640 and image.format == "JPEG"
    (file,) = files(doors)
    assert file.parent.name == "2026-03-10" and str(event) not in file.name
    assert (file.stat().st_mode & 0o002) == 0


@pytest.fixture
def judged(doors: Doors, sandbox: Sandbox) -> Iterator[None]:
    """The media server asks us about each viewer, and so about our own token."""
    server = make_server("127.0.0.1", 0, doors.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    sandbox.accessfl = f"http://127.0.0.1:{server.server_port}/api/accessfl"
    yield
    sandbox.accessfl = ""
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("judged")
def test_a_frame_of_the_media_server_is_taken_where_the_panel_gives_none(
    doors: Doors, sandbox: Sandbox
) -> None:
    camera = doors.town.camera("entrance", houses=[101], server=sandbox.media_url)
    add_panel(doors.town, sandbox, "none", camera)
    doors.happened("code", flat_id=FLAT, domophone_id=PANEL)
    doors.happened("plate", flat_id=FLAT, camera_id=camera)
    assert work(doors) == 2 and len(files(doors)) == 2
    assert sandbox.calls("media") == [("preview", "entrance")] * 2


def test_no_job_is_made_where_nobody_could_be_seen(doors: Doors, sandbox: Sandbox) -> None:
    doors.happened("key", flat_id=FLAT, domophone_id=PANEL)
    add_panel(doors.town, sandbox)
    doors.happened("key", domophone_id=PANEL)
    doors.happened("exit", flat_id=FLAT, domophone_id=PANEL)
    doors.happened("key", flat_id=FLAT, domophone_id=PANEL, opened=False)
    doors.happened("key", 16, flat_id=FLAT, domophone_id=PANEL)
    doors.happened("key", flat_id=FLAT, domophone_id=PANEL, external=("p", "1"))
    assert doors.happened("key", flat_id=FLAT, domophone_id=PANEL, external=("p", "1")) is None
    assert work(doors) == 1


def test_a_picture_that_would_show_somebody_else_is_not_taken(
    doors: Doors, sandbox: Sandbox
) -> None:
    add_panel(doors.town, sandbox)
    doors.happened("key", flat_id=FLAT, domophone_id=PANEL)
    doors.town.clock.forward(seconds=16)
    assert work(doors) == 1 and not files(doors) and not sandbox.calls("beward")


@pytest.mark.parametrize("fault", ["refuse", "rubbish", "error"])
def test_an_event_without_a_picture_is_one_all_the_same(
    doors: Doors, sandbox: Sandbox, fault: str
) -> None:
    add_panel(doors.town, sandbox)
    sandbox.faults.set("beward", fault)
    doors.happened("key", flat_id=FLAT, domophone_id=PANEL)
    assert work(doors) == 1 and not files(doors)
    assert preview(stand_at(doors, NORMAL)) is None


def test_what_comes_before_its_event_is_found_by_it(doors: Doors, sandbox: Sandbox) -> None:
    add_panel(doors.town, sandbox)
    early = new_id(NOON)
    with doors.app.app_context():
        service(PictureTaker).take([early], PANEL, None)
        assert len(files(doors)) == 1
        doors.happened("call_missed", flat_id=FLAT, domophone_id=PANEL, id=early)
        assert work(doors) == 0
        assert preview(stand_at(doors, NORMAL)) is None
        service(PictureTaker).adopt([early])
    assert preview(stand_at(doors, SECOND)) is not None


@pytest.fixture(name="link")
def link_fixture(doors: Doors, sandbox: Sandbox) -> str:
    """A link of NORMAL's."""
    add_panel(doors.town, sandbox)
    doors.happened("key", flat_id=FLAT, domophone_id=PANEL)
    work(doors)
    found = preview(stand_at(doors, NORMAL))
    assert found is not None
    return found


def test_a_link_ends_after_the_next_day(doors: Doors, link: str) -> None:
    resident = stand_at(doors, NORMAL)
    doors.town.clock.now = datetime(2026, 3, 11, 23, 59, 59, tzinfo=UTC)
    assert fetch(resident, link).status_code == 200
    doors.town.clock.forward(seconds=1)
    assert fetch(resident, link).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM flat_members WHERE phone = '79000000001'",
        "INSERT INTO flat_settings (flat_id, log) VALUES (10101, 'forbidden')",
        "INSERT INTO flat_blocks VALUES (10101, 'log', 'operator', 'Причина.', '2026-01-01')",
        "UPDATE flat_members SET unpaid = '{domophone}'",
        "UPDATE events SET flat_id = 10112",
    ],
)
def test_the_right_is_looked_at_when_a_picture_is_shown(
    doors: Doors, link: str, change: str
) -> None:
    resident = stand_at(doors, NORMAL)
    assert fetch(resident, link).status_code == 200
    doors.town.change(change)
    assert fetch(resident, link).status_code == 403


def test_a_link_that_is_changed_anywhere_opens_nothing(doors: Doors, link: str) -> None:
    resident = stand_at(doors, NORMAL)
    theirs = preview(stand_at(doors, SECOND))
    assert theirs is not None and theirs != link and NORMAL not in link
    path, _, seal = link.rpartition("/")
    event, _, until = path.removeprefix(OURS + "/api/address/plogPicture/").partition("/")
    for wrong in (
        f"{event}/{int(until) + 86400}/{seal}",
        f"{new_id(NOON)}/{until}/{seal}",
        f"{event}/{until}/{'0' * 32}.jpg",
        f"{event}/{until}/{seal.upper()}",
        f"{event.upper()}/{until}/{seal}",
        f"{event}/{until}/..%2F..%2Fsecret.key",
        f"x/{until}/{seal}",
        f"{event}/{'9' * 30}/{seal}",
        f"ffffffff-ffff-ffff-ffff-ffffffffffff/{until}/{seal}",
    ):
        answer = resident.client.get(f"/api/address/plogPicture/{wrong}")
        assert answer.status_code in (403, 404), wrong
        assert answer.get_json()["message"]
    neighbour = stand_at(doors, NEIGHBOUR)
    assert preview_of_stranger(neighbour) == 403


def preview_of_stranger(resident: Resident) -> int:
    return resident.post("address/plog", {"flatId": FLAT, "day": "2026-03-10"}).status_code


def test_pictures_go_in_their_own_time(doors: Doors, link: str) -> None:
    resident = stand_at(doors, NORMAL)
    doors.town.clock.now = datetime(2026, 4, 8, 12, tzinfo=UTC)
    with doors.app.app_context():
        forget_all([service(PictureTaker).forget_ended], doors.town.clock.now)
        assert len(files(doors)) == 1
        doors.town.clock.forward(days=2)
        assert preview(resident) is None  # no link to what goes
        forget_all([service(PictureTaker).forget_ended], doors.town.clock.now)
    assert not files(doors) and link


def test_a_file_that_is_gone_is_404(doors: Doors, link: str) -> None:
    (file,) = files(doors)
    file.unlink()
    assert fetch(stand_at(doors, NORMAL), link).status_code == 404


def jpeg(width: int, height: int) -> bytes:
    content = io.BytesIO()
    image = Image.new("RGB", (width, height), "white")
    exif = image.getexif()
    exif[0x010E] = "secret of a camera"
    image.save(content, "JPEG", exif=exif)
    return content.getvalue()


def test_a_large_frame_is_made_small_and_loses_what_the_camera_wrote_beside_it() -> None:
    shot = jpeg(1920, 1080)
    made = small(shot, 640)
    with Image.open(io.BytesIO(made)) as image:
        assert image.size == (640, 360) and not image.getexif()
    assert b"secret" in shot and b"secret" not in made


@pytest.mark.parametrize(
    "shot", [b"\xff\xd8\xff", b"\xff\xd8\xff" + b"\0" * 99, jpeg(640, 480)[:900], b"<svg/>", b""]
)
def test_what_is_no_picture_is_kept_by_nobody(shot: bytes) -> None:
    with pytest.raises((OSError, ValueError, SyntaxError)):
        small(shot, 640)


def test_no_link_is_in_the_log(doors: Doors, link: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "smartyard"):
        doors.town.clock.forward(days=3)
        assert fetch(stand_at(doors, NORMAL), link).status_code == 403
    assert link.rpartition("/")[2][:32] not in caplog.text
