"""The verdict on viewers, by both doors: who is let in, for how long, and who is not.

Every question is asked at the door before Flask and at the route, and both must answer the same.
"""

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
from werkzeug.test import Client

from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND, Resident
from tests.flussonic.conftest import PATH, Asking, Watch, route_of

NAMES = [
    "cam1",
    "5f3c1b8e-6d0a-4a52-9c0e-2f7d1e6b9a01",
    "house101/yard/north",
    "дом101-двор",
    "a b&c=d+e",
    "per%2Fcent",
    unicodedata.normalize("NFC", "й-ё"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_paying_resident_is_let_in(town: Town, asking: Asking, watch: Watch, name: str) -> None:
    town.camera(name, houses=[101])
    answer = asking(watch(), name)
    assert answer.status_code == 200
    assert answer.headers["X-AuthDuration"] == "120"
    assert re.fullmatch("[0-9]+", answer.headers["X-UserId"])
    assert "Location" not in answer.headers and "Content-Type" not in answer.headers


@pytest.mark.parametrize(
    "near",
    ["cam", "cam10", "Cam1", "CAM1", "cam1 ", " cam1", "cam1/", "/cam1", "cam1\n", "cam1%", "",
     "c%61m1", "cаm1", "cam1\x00", "cam1\x00x", "cam1,cam10", "%", "cam_", "cam1?token=x"],
)  # fmt: skip
def test_names_compare_byte_for_byte(town: Town, asking: Asking, watch: Watch, near: str) -> None:
    town.camera("cam1", houses=[101])
    token = watch()
    assert asking(token, "cam1").status_code == 200
    assert asking(token, near).status_code == 403


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_unicode_forms_are_different_names(
    town: Town, asking: Asking, watch: Watch, form: str
) -> None:
    one, other = unicodedata.normalize(form, "дом-й"), unicodedata.normalize(
        "NFD" if form == "NFC" else "NFC", "дом-й"
    )
    town.camera(one, houses=[101])
    token = watch()
    assert (asking(token, one).status_code, asking(token, other).status_code) == (200, 403)


def test_a_name_within_another_is_not_that_one(town: Town, asking: Asking, watch: Watch) -> None:
    town.camera("cam10", houses=[101])
    town.camera("cam1", houses=[103])
    mine, theirs = watch(SECOND), watch(NEIGHBOUR, 103)
    assert [asking(mine, name).status_code for name in ("cam10", "cam1")] == [200, 403]
    assert [asking(theirs, name).status_code for name in ("cam10", "cam1")] == [403, 200]


BAD = {
    "no name": "token={token}",
    "an empty name": "token={token}&name=",
    "a name alone": "name=cam1",
    "an empty token": "token=&name=cam1",
    "nothing": "",
    "the token twice": "token={token}&name=cam1&token={token}",
    "another token before": "token=x&name=cam1&token={token}",
    "the token twice, once in disguise": "token={token}&name=cam1&%74oken=x",
    "the name twice": "token={token}&name=cam1&name=cam1",
    "the name twice, empty": "token={token}&name=cam1&name=",
    "another name before": "token={token}&name=x&name=cam1",
    "the name in other letters": "token={token}&Name=cam1",
    "a token in capitals": "token={upper}&name=cam1",
    "a token that is longer": "token={token}0&name=cam1",
    "a token with a blank": "token=+{token}&name=cam1",
    "a token with a line": "token={token}%0A&name=cam1",
    "no UTF-8 in the name": "token={token}&name=cam1%ff",
    "no UTF-8 in the token": "token={token}%ff&name=cam1",
    "a surrogate": "token={token}&name=cam1%ed%a0%80",
    "a NUL": "token={token}&name=cam1%00",
    "a NUL in the token": "token={token}%00&name=cam1",
    "too many fields": "token={token}&name=cam1" + "&a=1" * 120,
}


@pytest.mark.parametrize("what", BAD)
def test_anything_odd_is_a_plain_403(town: Town, asking: Asking, watch: Watch, what: str) -> None:
    town.camera("cam1", houses=[101])
    token = watch()
    answer = asking.raw(BAD[what].format(token=token, upper=token.upper()))
    assert answer.status_code == 403 and "Location" not in answer.headers
    assert answer.headers["X-AuthDuration"] == "120" and "X-UserId" not in answer.headers


def test_other_fields_are_free(town: Town, asking: Asking, watch: Watch) -> None:
    town.camera("cam1", houses=[101])
    token = watch()
    for more in (
        "",
        "&request_type=",
        "&request_type=odd&ip=x&ip=y&duration=-1&bytes=&new=1&a",
        "&referer=%ff%00",
    ):
        assert asking.raw(f"name=cam1&token={token}{more}").status_code == 200
    told = f"qs={quote(f'token={token}&name=x')}&name=cam1&token={token}&user_agent=&referer="
    assert asking.raw(told).status_code == 200


@pytest.mark.parametrize(
    "token", ["0" * 32, "deadbeef", "x" * 5000, "100{token}", "{wrong}", "'; --", "токен"]
)
def test_a_token_that_is_none_is_403(town: Town, asking: Asking, watch: Watch, token: str) -> None:
    town.camera("cam1", houses=[101])
    good = watch()
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert asking(token.format(token=good, wrong=wrong), "cam1").status_code == 403


def test_the_paths_beside_it_never_redirect(town: Town, watch: Watch) -> None:
    town.camera("cam1", houses=[101])
    query = f"name=cam1&token={watch()}"
    assert town.app is not None
    for app in (town.app.wsgi_app, route_of(town.app)):
        client = Client(app)
        for path in (f"{PATH}/", f"/{PATH}", "/api//accessfl", "/api/Accessfl"):
            assert client.get(path, query_string=query).status_code == 404
        for method in ("POST", "PUT", "DELETE"):
            assert client.open(PATH, method=method, query_string=query).status_code == 405


def test_head_answers_as_get(town: Town, asking: Asking, watch: Watch) -> None:
    town.camera("cam1", houses=[101])
    token = watch()
    for name, status in (("cam1", 200), ("cam2", 403)):
        answer = asking.raw(f"name={name}&token={token}", "HEAD")
        assert answer.status_code == status and "X-AuthDuration" in answer.headers


def test_two_phones_two_houses_and_old_lists_all_go_on(
    town: Town, asking: Asking, watch: Watch
) -> None:
    town.camera("cam1", houses=[101])
    first, second = town.sign_in(NORMAL), town.sign_in(NORMAL)
    asked = [(first, 101), (first, 102), (second, 101), (first, 101), (second, None)]
    tokens = [watch(who, house) for who, house in asked]
    assert len(set(tokens)) == 5
    yard = "house102/yard"
    got = [[asking(token, name).status_code for name in ("cam1", yard)] for token in tokens]
    assert got == [[200, 403], [403, 200], [200, 403], [200, 403], [200, 200]]
    ids = {asking(token, "cam1").headers.get("X-UserId") for token in (tokens[0], tokens[2])}
    assert len(ids) == 1, "sessions of one person are grouped"


def test_a_token_holds_for_the_cameras_of_its_answer_alone(
    town: Town, asking: Asking, watch: Watch
) -> None:
    town.camera("cam1", houses=[101])
    token = watch()
    town.camera("cam2", houses=[101])
    assert asking(token, "cam2").status_code == 403
    assert asking(watch(), "cam2").status_code == 200


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
    (ends,) = town.rows("SELECT max(expires_at) FROM video_tokens")[0]
    return ends - timedelta(seconds=left) - town.clock.now  # type: ignore[no-any-return]


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


def withdraw_session(town: Town, resident: Resident) -> None:
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
    town: Town, asking: Asking, watch: Watch, withdraw: object
) -> None:
    town.camera("cam1", houses=[101])
    resident = town.sign_in(NORMAL)
    token, neighbour = watch(resident), watch(NEIGHBOUR)
    assert asking(token, "cam1").status_code == asking(neighbour, "cam1").status_code == 200
    withdraw(town, resident)  # type: ignore[operator]
    for kind in ("update_session", "new_session"):
        assert asking(token, "cam1", request_type=kind).status_code == 403
    stays = withdraw not in (withdraw_link, withdraw_camera, withdraw_houses_payment)
    assert asking(neighbour, "cam1").status_code == (200 if stays else 403)


def test_many_ask_at_once(town: Town, watch: Watch) -> None:
    town.camera("cam1", houses=[101])
    good, bad = watch(), "0" * 32
    assert town.app is not None
    app = town.app.wsgi_app

    def ask(number: int) -> tuple[int, int]:
        token = good if number % 3 else bad
        kind = "update_session" if number % 2 else "new_session"
        query = f"name=cam1&token={token}&request_type={kind}"
        return number % 3, Client(app).get(PATH, query_string=query).status_code

    with ThreadPoolExecutor(24) as threads:
        for which, status in threads.map(ask, range(600)):
            assert status == (200 if which else 403)
