"""The signed-in devices of a person, as they see and end them."""

from typing import Any

import pytest

from tests.fixtures.town import Town, together
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, Resident

SESSIONS, END = "user/sessions", "user/sessions/end"
UNKNOWN = "42424242-4242-4242-4242-424242424242"


def devices(resident: Resident) -> list[dict[str, Any]]:
    answer = resident.post(SESSIONS)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["data"]
    return found


def own(resident: Resident) -> str:
    (current,) = [one["session"] for one in devices(resident) if one["current"] == "t"]
    return str(current)


def in_use(*residents: Resident) -> list[int]:
    return [one.post("user/ping").status_code for one in residents]


def test_a_person_sees_their_devices_and_which_is_this_one(town: Town) -> None:
    phone, tablet, other = (town.sign_in(one) for one in (NORMAL, NORMAL, NEIGHBOUR))
    town.clock.forward(hours=1)
    for platform, resident in (("android", phone), ("ios", other)):
        told = {"pushToken": f"of-{platform}", "platform": platform}
        assert resident.post("user/registerPushToken", told).status_code == 204
    now = town.clock.now.astimezone(town.settings.timezone)
    begun = f"{now:%Y-%m-%d %H:%M:%S}"
    first, second = devices(phone)
    assert (first["current"], first["device"], first["lastSeen"]) == ("t", "android", begun)
    assert first["created"] < begun and first["session"] != second["session"]
    assert (second["current"], "device" in second, "lastSeen" in second) == ("f", False, False)
    town.clock.forward(hours=1)
    assert [one["current"] for one in devices(tablet)] == ["t", "f"]
    assert len(devices(other)) == 1


def test_what_is_shown_of_a_device_is_no_key_to_anything(town: Town) -> None:
    phone = town.sign_in(NORMAL)
    (told,) = devices(phone)
    assert set(told) <= {"session", "current", "device", "created", "lastSeen"}
    thief = Resident(phone.client, NORMAL, told["session"])
    assert thief.post("user/ping").status_code == 401


def test_a_session_that_is_ended_is_401_at_once_and_its_pushes_and_video_end(town: Town) -> None:
    town.camera("yard", houses=[101])
    phone, lost, other = (town.sign_in(one) for one in (NORMAL, NORMAL, NEIGHBOUR))
    push = {"pushToken": "of-the-lost-one", "platform": "android"}
    assert lost.post("user/registerPushToken", push).status_code == 204
    (camera,) = [
        one for one in lost.post("cctv/all", {"houseId": 101}).get_json()["data"]
        if one["name"] == "yard"
    ]  # fmt: skip
    query = {"name": "yard", "token": camera["token"], "request_type": "new_session"}
    assert lost.client.get("/api/accessfl", query_string=query).status_code == 200
    assert phone.post(END, {"session": own(lost)}).status_code == 204
    assert in_use(phone, lost, other) == [204, 401, 204]
    assert lost.client.get("/api/accessfl", query_string=query).status_code == 403
    assert town.one("SELECT count(*) FROM sessions WHERE push_token IS NOT NULL") == 0
    assert town.one("SELECT count(*) FROM video_tokens") == 0
    assert [one["current"] for one in devices(phone)] == ["t"]


def test_all_others_are_ended_and_this_one_is_not(town: Town) -> None:
    phone, first, second, other = (town.sign_in(one) for one in (*[NORMAL] * 3, NEIGHBOUR))
    assert in_use(phone, first, second, other) == [204] * 4
    assert phone.post(END, {"others": "t"}).status_code == 204
    assert in_use(phone, first, second, other) == [204, 401, 401, 204]
    assert phone.post(END, {"others": "t"}).status_code == 204  # there are none: nothing changes


def test_ones_own_session_may_be_ended_too(town: Town) -> None:
    phone = town.sign_in(NORMAL)
    assert phone.post(END, {"session": own(phone)}).status_code == 204
    assert in_use(phone) == [401]


def test_a_session_of_somebody_else_is_403_and_lives_on(town: Town) -> None:
    phone, stranger = town.sign_in(NORMAL), town.sign_in(NOBODY)
    session = own(phone)
    answers = [stranger.post(END, {"session": one}) for one in (session, UNKNOWN)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].get_json() == answers[1].get_json()
    assert in_use(phone, stranger) == [204, 204]
    assert stranger.post(END, {"others": "t"}).status_code == 204
    assert in_use(phone) == [204]


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"others": "f"},
        {"session": UNKNOWN, "others": "t"},
        {"session": "1"},
        {"session": 1},
        {"session": None},
        {"session": ["x"]},
        {"others": "yes"},
    ],
)
def test_a_wrong_shape_is_422_and_ends_nothing(town: Town, body: Any) -> None:
    phone, other = town.sign_in(NORMAL), town.sign_in(NORMAL)
    assert phone.post(END, body).status_code == 422
    assert in_use(phone, other) == [204, 204]


def test_two_devices_that_end_each_other_leave_one_or_none(town: Town) -> None:
    pair = [town.sign_in(NORMAL), town.sign_in(NORMAL)]
    sessions = [own(one) for one in pair]

    def end_the_other(number: int) -> int:
        return pair[number].post(END, {"session": sessions[1 - number]}).status_code

    statuses = together(2, end_the_other)
    assert set(statuses) <= {204, 401} and 204 in statuses
    left = town.one("SELECT count(*) FROM sessions")
    assert left == 2 - statuses.count(204)


@pytest.mark.parametrize("count", [1, 10])
def test_the_list_takes_two_statements_however_many_they_are(town: Town, count: int) -> None:
    app = town.open(sms_per_phone_hour=50, sms_per_phone_day=50)
    phone = [town.sign_in(NORMAL) for _ in range(count)][-1]
    phone.post("user/ping")
    with town.counting(app) as sent:
        assert len(devices(phone)) == count
    assert len(sent) == 2, sent
