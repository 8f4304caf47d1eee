"""The pictures of a ring: the moment's own, and the newest, for whoever has the hash."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from itertools import islice

import pytest

from tests.calls.conftest import Pbx
from tests.fixtures.world import NOBODY, NORMAL
from tests.fixtures.yard import BEWARD, LONG_AGO, let_in


@pytest.fixture(name="hash_")
def hash_fixture(pbx: Pbx) -> str:
    """Of a ring at a flat whose phone rings."""
    pbx.phone(NORMAL, "first")
    return str(pbx.told()["logins"][0]["password"])


def fetched(pbx: Pbx) -> int:
    """How often the panel was asked for a frame."""
    return sum(method == "picture" for method, _ in pbx.yard.town.sandbox.calls("beward"))


def test_the_frame_at_the_ring_stays_and_the_newest_does_not(pbx: Pbx, hash_: str) -> None:
    pbx.work()
    assert fetched(pbx) == 1
    pbx.yard.town.clock.forward(seconds=30)
    for name in ("camshot", "live", "camshot"):
        answer = pbx.shot(name, hash_)
        assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
        assert answer.data.startswith(b"\xff\xd8\xff")
        assert answer.headers["Cache-Control"] == "no-store"
    assert fetched(pbx) == 2


def test_a_picture_that_the_worker_has_not_taken_is_taken_then(pbx: Pbx, hash_: str) -> None:
    assert pbx.shot("camshot", hash_).status_code == 200
    pbx.yard.town.clock.forward(seconds=30)
    pbx.work()
    assert pbx.shot("camshot", hash_).status_code == 200
    assert fetched(pbx) == 1


def test_all_viewers_together_fetch_twice_a_second(pbx: Pbx, hash_: str) -> None:
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: pbx.shot("live", hash_).status_code, range(30)))
    assert answers == [200] * 30 and fetched(pbx) == 1
    pbx.yard.town.clock.forward(seconds=0.4)
    pbx.shot("live", hash_)
    assert fetched(pbx) == 1
    pbx.yard.town.clock.forward(seconds=0.1)
    pbx.shot("live", hash_)
    assert fetched(pbx) == 2


def test_a_device_that_is_signed_out_sees_no_more_of_a_ring(pbx: Pbx, hash_: str) -> None:
    assert pbx.shot("live", hash_).status_code == 200
    elsewhere = pbx.yard.town.sign_in(NORMAL)
    assert elsewhere.post("user/sessions/end", {"others": "t"}).status_code == 204
    for name in ("live", "camshot"):
        assert pbx.shot(name, hash_).status_code == 404


@pytest.mark.parametrize("how", ["put out", "made a guest for the gates", "by the hour"])
def test_who_has_no_right_in_the_flat_any_more_sees_no_more_of_a_ring(pbx: Pbx, how: str) -> None:
    owner = pbx.phone(NORMAL, "first")
    pbx.phone(NOBODY, "guest")
    soon = pbx.yard.town.clock.now.astimezone(pbx.yard.town.settings.timezone)
    hour = f"{soon + timedelta(minutes=1):%Y-%m-%d %H:%M:%S}"
    let_in(owner, NOBODY, **({"expire": hour} if how == "by the hour" else {}))
    before = {one["password"] for one in pbx.told()["logins"]}
    assert {pbx.shot("live", one).status_code for one in before} == {200} and len(before) == 2
    if how == "by the hour":
        pbx.yard.town.clock.forward(minutes=1)
    else:
        let_in(owner, NOBODY, **({"expire": LONG_AGO} if how == "put out" else {"type": "outer"}))
    (stays,) = {one["password"] for one in pbx.told()["logins"]}
    assert [pbx.shot(name, stays).status_code for name in ("live", "camshot")] == [200, 200]
    (gone,) = before - {stays}
    assert [pbx.shot(name, gone).status_code for name in ("live", "camshot")] == [404, 404]


def test_a_hash_lives_three_minutes(pbx: Pbx, hash_: str) -> None:
    pbx.yard.town.clock.forward(minutes=3, seconds=-1)
    assert pbx.shot("live", hash_).status_code == 200
    pbx.yard.town.clock.forward(seconds=1)
    for name in ("live", "camshot"):
        answer = pbx.shot(name, hash_)
        assert (answer.status_code, answer.get_json()["message"]) == (404, "Вызов завершён.")


@pytest.mark.parametrize("wrong", ["x", "0" * 32, "0" * 31, "F" * 32, "0" * 64, "%00"])
def test_no_other_hash_shows_anything(pbx: Pbx, hash_: str, wrong: str) -> None:
    assert hash_ != wrong
    assert pbx.shot("live", wrong).status_code == pbx.shot("camshot", wrong).status_code == 404
    assert fetched(pbx) == 0


@pytest.mark.parametrize("mode", ["refuse", "error", "down"])
def test_a_panel_that_shows_nothing_is_asked_once_a_second(pbx: Pbx, hash_: str, mode: str) -> None:
    pbx.yard.break_panel(BEWARD, mode)
    assert [pbx.shot(name, hash_).status_code for name in ("live", "camshot")] == [404, 404]
    pbx.yard.town.sandbox.faults.clear()
    pbx.yard.town.clock.forward(seconds=11)  # and the breaker, which counts real time, is shut
    assert pbx.shot("live", hash_).status_code == 200


def test_an_old_frame_is_shown_for_seconds_and_no_longer(pbx: Pbx, hash_: str) -> None:
    assert pbx.shot("live", hash_).status_code == 200
    pbx.yard.break_panel(BEWARD, "refuse")
    pbx.yard.town.clock.forward(seconds=5)
    assert pbx.shot("live", hash_).status_code == 200
    pbx.yard.town.clock.forward(seconds=6)
    assert pbx.shot("live", hash_).status_code == 404


def test_the_picture_of_a_ring_is_not_of_who_rang_before(pbx: Pbx, hash_: str) -> None:
    assert pbx.shot("live", hash_).status_code == 200
    pbx.yard.town.clock.forward(seconds=5)
    pbx.yard.break_panel(BEWARD, "refuse")
    (login,) = pbx.told("call-2")["logins"]
    assert pbx.shot("camshot", login["password"]).status_code == 404
    assert pbx.shot("camshot", hash_).status_code == 200  # it was there
    assert pbx.yard.town.one("SELECT count(*) FROM call_rings WHERE picture IS NULL") == 1


def test_few_wait_for_a_silent_panel_and_the_others_are_told_at_once(pbx: Pbx) -> None:
    pbx.open(panel_timeout=60, panel_connect_timeout=5)
    pbx.phone(NORMAL, "first")
    (login,) = pbx.told()["logins"]
    pbx.yard.break_panel(BEWARD, "hang", method="picture")
    with ThreadPoolExecutor(20) as threads:
        viewers = [threads.submit(pbx.shot, "live", login["password"]) for _ in range(20)]
        told = list(islice(as_completed(viewers, timeout=60), 14))
        assert {one.result().status_code for one in told} == {404}
        assert sum(not one.done() for one in viewers) == 6
        pbx.yard.town.sandbox.faults.clear()
        assert sorted(one.result().status_code for one in viewers) == [200] * 6 + [404] * 14
    assert fetched(pbx) == 1
