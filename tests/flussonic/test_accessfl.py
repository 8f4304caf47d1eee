"""The verdict on viewers, by both doors: who is let in, and who is not.

Every question is asked at the door before Flask and at the route, and both must answer the same.
"""

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from werkzeug.test import Client

from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND
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
    another = asking(watch(SECOND, 101), "cam1")
    assert another.status_code == 200 and another.headers["X-UserId"] not in ids


def test_a_token_holds_for_the_cameras_of_its_answer_alone(
    town: Town, asking: Asking, watch: Watch
) -> None:
    town.camera("cam1", houses=[101])
    token = watch()
    town.camera("cam2", houses=[101])
    assert asking(token, "cam2").status_code == 403
    assert asking(watch(), "cam2").status_code == 200


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
