"""What has had its time is deleted: everything of it, in parts, whatever fails beside it."""

import logging
from datetime import datetime

import pytest

from smartyard.db import BATCH
from smartyard.flussonic.service import VideoService
from smartyard.sign_in.service import SignInService
from smartyard.upkeep import forget_all
from smartyard.web import service
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL


def test_a_cleaner_that_fails_stops_no_other(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    forgotten: list[datetime] = []

    def fails(_: datetime) -> None:
        raise ValueError(NORMAL)

    forget_all([fails, forgotten.append, fails, forgotten.append], town.clock.now)
    assert forgotten == [town.clock.now] * 2
    assert caplog.text.count("did not forget: ValueError") == 2 and NORMAL not in caplog.text
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


def test_many_video_tokens_and_codes_go_in_parts_and_living_ones_stay(town: Town) -> None:
    app = town.open()
    town.camera("cam1", houses=[101])
    resident = town.sign_in(NORMAL)
    assert resident.post("cctv/all", {"houseId": 101}).status_code == 200
    many = BATCH + 1
    town.change(
        "INSERT INTO video_tokens SELECT decode(md5(n::text), 'hex'), session_id, person_id, phone,"
        " camera_ids, created_at, :now FROM video_tokens, generate_series(1, :many) AS n",
        now=town.clock.now, many=many,
    )  # fmt: skip
    town.change(
        "INSERT INTO login_codes SELECT 'p' || n, gen_random_uuid(), '', :now, :now, 0, 'taken'"
        " FROM generate_series(1, :many) AS n",
        now=town.clock.now, many=many,
    )  # fmt: skip
    with app.app_context(), town.counting(app) as sent:
        service(VideoService).forget_ended(town.clock.now)
        town.clock.forward(minutes=10, seconds=1)
        service(SignInService).forget_ended(town.clock.now)
    for table in ("video_tokens", "login_codes"):
        assert sum(f"DELETE FROM {table}" in statement for statement in sent) == 2
    assert town.one("SELECT count(*) FROM video_tokens") == 1
    assert town.rows("SELECT phone FROM login_codes") == [(NORMAL,)]
