"""What signed-in people tell of themselves, and what the apps ask before and after signing in."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.fixtures.world import NORMAL, SECOND, SignIn
from tests.user.asking import call, rows
from tests.user.conftest import MakeApp

PUSH = (
    "SELECT push_token, voip_token, push_platform, push_service, push_production FROM sessions"
    " WHERE push_platform IS NOT NULL ORDER BY created_at"
)


def test_a_name_is_kept_trimmed_and_read_back(sign_in: SignIn, clean_database: sa.Engine) -> None:
    person, stranger = sign_in(NORMAL), sign_in(SECOND)
    assert person.post("user/getName").get_json()["data"] == {"name": "", "patronymic": ""}
    answer = person.post("user/sendName", {"name": " Иван ", "patronymic": "Иванович"})
    assert (answer.status_code, answer.data) == (204, b"")
    told = person.post("user/getName").get_json()["data"]
    assert told == {"name": "Иван", "patronymic": "Иванович"}
    assert stranger.post("user/getName").get_json()["data"]["name"] == ""
    kept = rows(clean_database, "SELECT phone, name FROM persons ORDER BY phone")
    assert kept == [(NORMAL, "Иван"), (SECOND, "")]


def test_a_patronymic_that_is_not_sent_stays_and_an_empty_one_goes(sign_in: SignIn) -> None:
    person = sign_in(NORMAL)
    person.post("user/sendName", {"name": "Иван", "patronymic": "Иванович"})
    person.post("user/sendName", {"name": "Пётр"})
    told = person.post("user/getName").get_json()["data"]
    assert told == {"name": "Пётр", "patronymic": "Иванович"}
    person.post("user/sendName", {"name": "Пётр", "patronymic": ""})
    assert person.post("user/getName").get_json()["data"]["patronymic"] == ""


@pytest.mark.parametrize("body", [None, {}, {"name": ""}, {"name": "  "}, {"name": None},
                                  {"patronymic": "И"}, {"name": "и" * 101}, {"name": ["Иван"]},
                                  {"name": "Иван", "patronymic": "и" * 101}])  # fmt: skip
def test_a_name_that_is_none_changes_nothing(sign_in: SignIn, body: Any) -> None:
    person = sign_in(NORMAL)
    person.post("user/sendName", {"name": "Иван"})
    assert person.post("user/sendName", body).status_code == 422
    assert person.post("user/getName").get_json()["data"]["name"] == "Иван"


def test_ping_says_only_that_the_token_holds(sign_in: SignIn) -> None:
    answer = sign_in(NORMAL).post("user/ping")
    assert (answer.status_code, answer.data) == (204, b"")


def test_the_phone_pattern_is_the_operators_and_needs_no_token(make_app: MakeApp) -> None:
    client = make_app(phone_pattern="+7 ### ### ## ##").test_client()
    for headers in ({}, {"Authorization": "Bearer rubbish"}):
        answer = client.post("/api/user/phonePattern", headers=headers)
        assert answer.get_json()["data"] == "+7 ### ### ## ##"
        assert set(answer.get_json()) == {"code", "name", "message", "data"}


@pytest.fixture(name="thresholds", scope="module")
def thresholds_fixture() -> dict[str, int]:
    return {
        "android_upgrade": 30,
        "android_force_upgrade": 20,
        "ios_upgrade": 300,
        "ios_force_upgrade": 200,
    }


@pytest.mark.parametrize(
    ("platform", "version", "verdict"),
    [
        ("android", "19", "force_upgrade"),
        ("android", "20", "upgrade"),
        ("android", 29, "upgrade"),
        ("android", "30", "none"),
        ("ios", "199", "force_upgrade"),
        ("ios", 200, "upgrade"),
        ("ios", "300", "none"),
    ],
)
def test_a_version_is_judged_by_its_platforms_thresholds(
    make_app: MakeApp,
    reviewer: tuple[Flask, str],
    thresholds: dict[str, int],
    platform: str,
    version: Any,
    verdict: str,
) -> None:
    _, token = reviewer
    answer = call(
        make_app(**thresholds), token, "appVersion", {"version": version, "platform": platform}
    )
    assert answer.get_json()["data"] == verdict


def test_no_version_is_nagged_unless_the_operator_says_so(reviewer: tuple[Flask, str]) -> None:
    app, token = reviewer
    answer = call(app, token, "appVersion", {"version": "1", "platform": "ios"})
    assert answer.get_json()["data"] == "none"


@pytest.mark.parametrize("body", [
    None, {}, {"version": "1"}, {"platform": "ios"}, {"version": "1", "platform": "symbian"},
    {"version": True, "platform": "ios"}, {"version": 1.5, "platform": "ios"},
    {"version": None, "platform": "ios"}, {"version": ["1"], "platform": "ios"},
])  # fmt: skip
def test_a_version_of_a_wrong_shape_is_refused(reviewer: tuple[Flask, str], body: Any) -> None:
    app, token = reviewer
    assert call(app, token, "appVersion", body).status_code == 422


@pytest.mark.parametrize(
    "version, verdict",
    [("2.1", "force_upgrade"), ("5.0.1", "none"), ("beta", "none"), ("", "none")],
)
def test_a_version_with_dots_counts_by_its_beginning_and_no_version_locks_nobody_out(
    make_app: MakeApp, reviewer: tuple[Flask, str], version: str, verdict: str
) -> None:
    _, token = reviewer
    app = make_app(ios_upgrade=5, ios_force_upgrade=5)
    answer = call(app, token, "appVersion", {"version": version, "platform": "ios"})
    assert answer.get_json()["data"] == verdict


def test_notification_reads_with_an_empty_body_and_writes_what_it_is_told(
    sign_in: SignIn, clean_database: sa.Engine
) -> None:
    person, other_device, stranger = sign_in(NORMAL), sign_in(NORMAL), sign_in(SECOND)
    on = {"money": "t", "enable": "t"}
    for body in (None, {}):
        assert person.post("user/notification", body).get_json()["data"] == on
    told = person.post("user/notification", {"money": "f"}).get_json()["data"]
    assert told == {"money": "f", "enable": "t"}
    told = person.post("user/notification", {"enable": "f"}).get_json()["data"]
    assert told == other_device.post("user/notification").get_json()["data"]
    assert told == {"money": "f", "enable": "f"}
    assert stranger.post("user/notification").get_json()["data"] == on
    kept = rows(clean_database, "SELECT notify_money, notify FROM persons ORDER BY phone")
    assert kept == [(False, False), (True, True)]


@pytest.mark.parametrize("wrong", [True, "true", "T", 1, "", ["t"], {}])
def test_a_flag_is_one_of_two_letters(sign_in: SignIn, wrong: Any) -> None:
    person = sign_in(NORMAL)
    assert person.post("user/notification", {"money": wrong}).status_code == 422
    assert person.post("user/notification").get_json()["data"]["money"] == "t"


def test_push_tokens_belong_to_one_device(sign_in: SignIn, clean_database: sa.Engine) -> None:
    phone, tablet = sign_in(NORMAL), sign_in(NORMAL)
    off = {"pushToken": "off", "voipToken": "off"}
    assert phone.post("user/pushTokens").get_json()["data"] == off
    told = {"pushToken": "p1", "voipToken": "v1", "platform": "ios", "type": 3, "production": "f"}
    for _ in range(2):  # the same once more is the same
        assert phone.post("user/registerPushToken", told).status_code == 204
    more = {"pushToken": "p2", "platform": "android", "pushService": "rustore"}
    assert tablet.post("user/registerPushToken", more).status_code == 204
    read = phone.post("user/pushTokens").get_json()["data"]
    assert read == {"pushToken": "p1", "voipToken": "v1"}
    read = tablet.post("user/pushTokens").get_json()["data"]
    assert read == {"pushToken": "p2", "voipToken": "off"}
    assert rows(clean_database, PUSH) == [
        ("p1", "v1", "ios", "fcm", False),
        ("p2", None, "android", "rustore", True),
    ]


def test_an_empty_push_token_ends_the_messages_to_this_device(sign_in: SignIn) -> None:
    phone, tablet = sign_in(NORMAL), sign_in(NORMAL)
    for number, one in enumerate((phone, tablet)):
        one.post("user/registerPushToken", {"pushToken": f"p{number}", "platform": "ios"})
    answer = phone.post(
        "user/registerPushToken", {"pushToken": "", "voipToken": "v", "platform": "ios"}
    )
    assert answer.status_code == 204
    assert phone.post("user/pushTokens").get_json()["data"]["pushToken"] == "off"
    assert phone.post("user/pushTokens").get_json()["data"]["voipToken"] == "off"
    assert tablet.post("user/pushTokens").get_json()["data"]["pushToken"] == "p1"


def test_a_device_that_changes_hands_takes_its_push_token_along(sign_in: SignIn) -> None:
    before, after = sign_in(NORMAL), sign_in(SECOND)
    for one in (before, after):
        one.post("user/registerPushToken", {"pushToken": "p", "platform": "android", "type": "0"})
    assert before.post("user/pushTokens").get_json()["data"]["pushToken"] == "off"
    assert after.post("user/pushTokens").get_json()["data"]["pushToken"] == "p"


@pytest.mark.parametrize("body", [
    None, {}, {"pushToken": "p"}, {"platform": "ios"}, {"pushToken": "p", "platform": "symbian"},
    {"pushToken": "p\u0000", "platform": "ios"}, {"pushToken": "p" * 5000, "platform": "ios"},
    {"pushToken": "p", "platform": "ios", "production": "yes"},
    {"pushToken": ["p"], "platform": "ios"},
])  # fmt: skip
def test_a_push_token_of_a_wrong_shape_is_refused(
    sign_in: SignIn, clean_database: sa.Engine, body: Any
) -> None:
    assert sign_in(NORMAL).post("user/registerPushToken", body).status_code == 422
    assert not rows(clean_database, PUSH)
