"""How long a video token lives: EXPIRE, moved on while somebody watches, up to EXPIRE_MAX; and how
each right that is withdrawn ends it at the next check. Both doors are asked, as always here."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NORMAL, Resident
from tests.flussonic.conftest import Asking, Watch


def seconds(answer_header: str) -> int:
    assert re.fullmatch("[0-9]+", answer_header)
    return int(answer_header)


def test_a_token_ends_with_expire_and_no_answer_reaches_past_it(
    town: Town, asking: Asking, watch: Watch
) -> None:
    town.camera("cam1", houses=[101])
    token = watch()
    life = town.settings.expire * 60
    for left in (life, 121, 120, 119, 60, 2, 1):
        town.clock.now += _until(town, left)
        answer = asking(token, "cam1")
        assert answer.status_code == 200
        assert seconds(answer.headers["X-AuthDuration"]) == min(120, left)
    town.clock.forward(seconds=1)
    assert asking(token, "cam1").status_code == 403
    assert asking(token, "cam1", request_type="update_session").status_code == 403


def _until(town: Town, left: float) -> timedelta:
    ends: datetime = town.one("SELECT max(expires_at) FROM video_tokens")
    return ends - timedelta(seconds=left) - town.clock.now


def test_nothing_is_written_on_a_plain_check(town: Town, asking: Asking, watch: Watch) -> None:
    town.camera("cam1", houses=[101])
    token = watch()
    town.clock.forward(minutes=town.settings.expire - 1)
    before = _versions(town)
    for kind in ("new_session", "", "odd"):
        assert asking(token, "cam1", request_type=kind).status_code == 200
    for name, word in (("cam2", token), ("cam1", "0" * 32)):
        assert asking(word, name, request_type="update_session").status_code == 403
    assert _versions(town) == before


def _versions(town: Town) -> list[object]:
    """Which transaction wrote each row that the verdict reads."""
    tables = (
        "video_tokens",
        "sessions",
        "cameras",
        "camera_links",
        "flat_members",
        "billing_copies",
    )
    return [town.rows(f"SELECT xmin::text, ctid::text FROM {name}") for name in tables]


def test_a_live_session_moves_its_token_on_at_most_each_half_of_expire(
    town: Town, asking: Asking, watch: Watch
) -> None:
    town.open(expire=60, expire_max=240, billing_ttl=10**6)
    town.camera("cam1", houses=[101])
    token = watch()
    written = set()
    minutes = []
    for minute in range(0, 240, 5):
        assert asking(token, "cam1", request_type="update_session").status_code == 200, minute
        (version,) = town.rows("SELECT xmin::text FROM video_tokens")
        if version not in written:
            written.add(version)
            minutes.append(minute)
        town.clock.forward(minutes=5)
    assert len(written) <= 1 + 240 / 30, minutes
    answer = asking(token, "cam1", request_type="update_session")
    assert answer.status_code == 403, "EXPIRE_MAX is over"


def test_the_last_answers_do_not_reach_past_expire_max(
    town: Town, asking: Asking, watch: Watch
) -> None:
    town.open(expire=60, expire_max=90)
    town.camera("cam1", houses=[101])
    token = watch()
    town.clock.forward(minutes=59)
    assert asking(token, "cam1", request_type="update_session").status_code == 200
    town.clock.forward(minutes=30)
    answer = asking(token, "cam1", request_type="update_session")
    assert seconds(answer.headers["X-AuthDuration"]) == 60
    town.clock.forward(seconds=60)
    assert asking(token, "cam1", request_type="update_session").status_code == 403


def test_only_a_right_that_stands_is_prolonged(town: Town, asking: Asking, watch: Watch) -> None:
    town.open(expire=60, expire_max=240)
    town.camera("cam1", houses=[101])
    token = watch()
    ends = town.one("SELECT expires_at FROM video_tokens")
    town.clock.forward(minutes=40)
    town.change("UPDATE flat_members SET unpaid = '{cctv}'")
    assert asking(token, "cam1", request_type="update_session").status_code == 403
    assert town.one("SELECT expires_at FROM video_tokens") == ends
    town.change("UPDATE flat_members SET unpaid = '{}'")
    assert asking(token, "cam1", request_type="update_session").status_code == 200
    assert town.one("SELECT expires_at FROM video_tokens") > ends


def test_on_too_old_a_word_of_billing_tokens_live_out_and_are_not_prolonged(
    town: Town, asking: Asking, watch: Watch
) -> None:
    town.open(expire=60, expire_max=240, billing_max_stale=1)
    town.camera("cam1", houses=[101])
    resident = town.sign_in(NORMAL)
    resident.post("address/getAddressList")
    town.sandbox.faults.set("billing", "down")
    town.clock.forward(minutes=30)
    token = watch(resident)
    town.clock.forward(minutes=29)
    assert asking(token, "cam1", request_type="update_session").status_code == 200
    town.clock.forward(minutes=2)
    assert resident.post("cctv/all").status_code == 503
    ends = town.one("SELECT expires_at FROM video_tokens")
    town.clock.now = ends
    town.clock.forward(seconds=-1)
    assert asking(token, "cam1", request_type="update_session").status_code == 200, "it lives out"
    assert town.one("SELECT expires_at FROM video_tokens") == ends, "and is not prolonged"
    town.clock.forward(seconds=1)
    assert asking(token, "cam1", request_type="update_session").status_code == 403


Withdrawal = Callable[[Town, Resident], None]


def withdraw_session(_: Town, resident: Resident) -> None:
    assert resident.post("user/deleteAccount").status_code == 204


def withdraw_payment(town: Town, resident: Resident) -> None:
    town.sandbox.world.set_unpaid(NORMAL, ["cctv"])
    resident.post("address/getAddressList", **{"X-Dm-Api-Refresh": ""})


def withdraw_contract(town: Town, resident: Resident) -> None:
    town.sandbox.world.remove_contract(NORMAL, 1001)
    resident.post("address/getAddressList", **{"X-Dm-Api-Refresh": ""})


def withdraw_link(town: Town, _: Resident) -> None:
    town.change("DELETE FROM camera_links")


def withdraw_camera(town: Town, _: Resident) -> None:
    town.change("DELETE FROM cameras")


def withdraw_houses_payment(town: Town, _: Resident) -> None:
    town.change("UPDATE camera_links SET suspended = true")


@pytest.mark.parametrize(
    "withdraw",
    [withdraw_session, withdraw_payment, withdraw_contract, withdraw_link, withdraw_camera,
     withdraw_houses_payment],
)  # fmt: skip
def test_the_next_check_after_a_withdrawal_refuses(
    town: Town, asking: Asking, watch: Watch, withdraw: Withdrawal
) -> None:
    town.camera("cam1", houses=[101])
    resident = town.sign_in(NORMAL)
    token, neighbour = watch(resident), watch(NEIGHBOUR)
    assert asking(token, "cam1").status_code == asking(neighbour, "cam1").status_code == 200
    withdraw(town, resident)
    for kind in ("update_session", "new_session"):
        assert asking(token, "cam1", request_type=kind).status_code == 403
    stays = withdraw not in (withdraw_link, withdraw_camera, withdraw_houses_payment)
    assert asking(neighbour, "cam1").status_code == (200 if stays else 403)
