"""Messages to devices: each once, only to those who want them, and none because of another."""

import logging

import pytest

from smartyard.push.service import LEASE
from tests.fixtures.town import Town, together
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND
from tests.inbox.telling import tell
from tests.push.conftest import Phones


def test_every_device_of_the_person_is_told_and_no_other(phones: Phones) -> None:
    phones.sign_in("phone")
    phones.sign_in("tablet", platform="ios", type=3)
    phones.sign_in("other", SECOND)
    message = tell(phones.town, "Завтра отключат воду")
    assert phones.work() == [True, True]
    (told,) = phones.got("phone")
    assert told == {
        "action": "inbox",
        "title": "Новости дома",
        "body": "Завтра отключат воду",
        "messageId": str(message),
        "messageType": "inbox",
        "badge": "1",
    }
    assert (phones.got("tablet"), phones.got("other")) == ([told], [])
    (push,) = phones.town.sandbox.pushes("tablet")
    assert push["notification"] == {"title": "Новости дома", "body": "Завтра отключат воду"}
    assert push["apns"]["payload"]["aps"]["badge"] == 1


def test_each_action_has_its_keys_and_features_may_add_more(phones: Phones) -> None:
    phones.sign_in("phone")
    for action in ("newAddress", "paySuccess", "payError", "videoReady", "chat"):
        tell(phones.town, action=action, data={"houseId": "101", "action": "a wrong one"})
    tell(phones.town, keep=False, data={"houseId": "101"})  # a push alone: nobody can read it
    phones.work()
    told = phones.got("phone")
    assert [one["action"] for one in told] == [
        "newAddress", "paySuccess", "payError", "videoReady", "chat", "inbox",
    ]  # fmt: skip
    assert [one["messageType"] for one in told] == ["inbox"] * 4 + ["chat", "inbox"]
    assert all(one["houseId"] == "101" for one in told)
    assert all(one["badge"] == "5" for one in told)  # of what is unread when it is pushed


def test_a_long_text_is_cut_to_what_a_push_may_hold(phones: Phones) -> None:
    phones.sign_in("phone")
    tell(phones.town, "Ж" * 5000, title="Щ" * 500)
    assert phones.work() == [True]
    (told,) = phones.got("phone")
    assert told["body"].endswith("Ж…") and len(told["body"]) == 300
    assert len(told["title"]) == 100


def test_who_wants_no_pushes_gets_none_and_finds_the_message_in_the_inbox(phones: Phones) -> None:
    resident = phones.sign_in("phone")
    resident.post("user/notification", {"enable": "f"})
    tell(phones.town)
    assert phones.work() == [] and not phones.got("phone")
    assert resident.post("inbox/unreaded").get_json()["data"]["count"] == 1


def test_who_wants_no_word_about_money_is_told_of_all_else(phones: Phones) -> None:
    phones.sign_in("phone").post("user/notification", {"money": "f"})
    tell(phones.town, "Пополните счёт", about_money=True)
    tell(phones.town, "Вода")
    phones.work()
    assert [one["body"] for one in phones.got("phone")] == ["Вода"]


def test_what_was_read_meanwhile_or_is_a_day_old_is_not_pushed(phones: Phones) -> None:
    resident = phones.sign_in("phone")
    tell(phones.town, "Прочитано")
    resident.post("inbox/inbox")
    assert phones.work() == []
    tell(phones.town, "Старое")
    phones.town.clock.forward(hours=25)
    assert phones.work() == [] and not phones.got("phone")


@pytest.mark.parametrize("more", [
    {"pushService": "hms"}, {"pushService": "rustore"}, {"pushService": "RuStore"}, {"type": 1},
    {"platform": "ios", "type": 2}, {"type": "4"}, {"type": 5}, {"type": 77},
])  # fmt: skip
def test_tokens_of_other_services_are_kept_and_not_used(
    phones: Phones, more: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(2):
        resident = phones.sign_in("theirs", **more)
    tell(phones.town)
    assert phones.work() == [] and not phones.town.sandbox.calls("fcm")
    assert resident.post("user/pushTokens").get_json()["data"]["pushToken"] == "theirs"
    assert sum("nothing is sent to them" in line for line in caplog.messages) == 1
    assert "theirs" not in caplog.text


@pytest.mark.parametrize("token, kept", [
    ("gone-1", "off"), ("foreign-1", "off"), ("malformed-1", "off"), ("unfit-1", "unfit-1"),
    ("nowhere-1", "nowhere-1"), ("apns-1", "apns-1"), ("broken-1", "broken-1"),
    ("quota-1", "quota-1"),
])  # fmt: skip
def test_a_token_is_forgotten_only_on_errors_that_mean_so_and_others_are_told(
    phones: Phones, token: str, kept: str
) -> None:
    resident = phones.sign_in(token, voipToken="voip")
    phones.sign_in("well")
    tell(phones.town)
    phones.work()
    assert len(phones.got("well")) == 1
    told = resident.post("user/pushTokens").get_json()["data"]
    assert told == {"pushToken": kept, "voipToken": "off" if kept == "off" else "voip"}


def test_a_token_that_came_since_is_not_forgotten_for_the_old_ones_sake(phones: Phones) -> None:
    resident = phones.sign_in("gone-old")
    message = tell(phones.town)
    app = phones.town.app
    assert app is not None
    with app.app_context():
        (target,) = phones.service.due([message])
        resident.post("user/registerPushToken", {"pushToken": "new", "platform": "android"})
        assert phones.service.tell(target)
    assert resident.post("user/pushTokens").get_json()["data"]["pushToken"] == "new"


def test_while_firebase_is_away_nothing_is_lost_and_nothing_told_twice(phones: Phones) -> None:
    phones.sign_in("phone")
    message = tell(phones.town)
    phones.town.sandbox.faults.set("fcm", "error", method="send", times=1)
    assert phones.work() == [False] and phones.outcomes() == [None]
    app = phones.town.app
    assert app is not None
    for tried in range(1, 6):
        with app.app_context():
            phones.service.tell_again("push_messages", [message], tried)
    waiting = phones.town.rows("SELECT args ->> 'tried' FROM procrastinate_jobs ORDER BY id")
    assert waiting == [("1",), ("2",), ("3",), ("4",)]  # and the fifth time it is left
    assert phones.work() == [True]
    assert len(phones.got("phone")) == 1 and phones.outcomes() == ["sent"]


def test_many_workers_at_one_message_tell_each_device_once(phones: Phones) -> None:
    phones.sign_in("phone")
    phones.sign_in("tablet")
    message = tell(phones.town)
    app = phones.town.app
    assert app is not None
    phones.town.sandbox.faults.set("fcm", "slow", seconds=0.1)

    def worker(_: int) -> list[bool]:
        with app.app_context():
            return [phones.service.tell(target) for target in phones.service.due([message])]

    together(6, worker)
    assert (len(phones.got("phone")), len(phones.got("tablet"))) == (1, 1)
    assert phones.outcomes() == ["sent", "sent"]


def test_a_push_whose_answer_was_lost_is_told_again_in_the_same_place_on_the_screen(
    phones: Phones,
) -> None:
    phones.sign_in("phone")
    message = tell(phones.town)
    phones.town.sandbox.faults.set("fcm", "drop", method="send", times=2)
    # Once by us, once more by libcurl: it takes a kept connection that ends for one that had died.
    assert phones.work() == [False]
    app = phones.town.app
    assert app is not None
    with app.app_context():
        assert [phones.service.tell(target) for target in phones.service.due([message])] == [True]
    tags = [push["android"]["notification"]["tag"] for push in phones.town.sandbox.pushes("phone")]
    assert len(tags) > 1 and set(tags) == {f"message-{message}"} and phones.outcomes() == ["sent"]


def test_a_message_that_another_worker_is_at_is_left_to_it_until_its_lease_ends(
    phones: Phones,
) -> None:
    phones.sign_in("phone")
    message = tell(phones.town)
    app = phones.town.app
    assert app is not None
    with app.app_context():
        (target,) = phones.service.due([message])
        phones.town.change(
            "INSERT INTO message_pushes (message_id, session_id, leased_until)"
            " SELECT :message, id, :until FROM sessions",
            message=message,
            until=phones.town.clock() + LEASE,
        )
        assert not phones.service.tell(target) and not phones.got("phone")
        phones.town.clock.forward(seconds=LEASE.total_seconds())
        assert phones.service.tell(target) and len(phones.got("phone")) == 1


def test_what_goes_with_the_account_or_the_session_takes_its_marks_along(phones: Phones) -> None:
    resident = phones.sign_in("phone")
    tell(phones.town)
    phones.work()
    assert resident.post("user/deleteAccount").status_code == 204
    assert phones.outcomes() == []


def test_a_device_that_signs_out_just_before_its_turn_is_left_out(phones: Phones) -> None:
    resident = phones.sign_in("phone")
    phones.sign_in("other", SECOND)
    mine, others = tell(phones.town), tell(phones.town, phone=SECOND)
    app = phones.town.app
    assert app is not None
    with app.app_context():
        due = phones.service.due([mine, others])
        resident.post("user/deleteAccount")
        assert [phones.service.tell(target) for target in due] == [False, True]
        assert phones.service.due([mine, others]) == []
    assert (len(phones.got("phone")), len(phones.got("other"))) == (0, 1)


def test_a_message_is_pushed_after_its_transaction_and_never_without_it(phones: Phones) -> None:
    phones.sign_in("phone")
    message = tell(phones.town)
    ((told, queue),) = phones.town.rows("SELECT args, queue_name FROM procrastinate_jobs")
    assert (told, queue) == ({"ids": [message]}, "push_messages")
    assert not phones.town.sandbox.calls("fcm")


def test_without_firebase_messages_stay_in_the_inbox_and_the_log_says_so_once(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    town.open()
    resident = town.sign_in(NEIGHBOUR)
    tell(town, phone=NEIGHBOUR)
    tell(town, phone=NEIGHBOUR)
    assert town.one("SELECT count(*) FROM procrastinate_jobs") == 0
    assert resident.post("inbox/unreaded").get_json()["data"]["count"] == 2
    assert sum("FCM_CREDENTIALS is not set" in line for line in caplog.messages) == 1


@pytest.mark.parametrize("token", ["п" * 10, "a b", "x" * 1025, "x\ny"])
def test_what_can_be_no_token_is_refused(town: Town, token: str) -> None:
    resident = town.sign_in(NORMAL)
    for body in ({"pushToken": token}, {"pushToken": "x", "voipToken": token}):
        answer = resident.post("user/registerPushToken", body | {"platform": "ios"})
        assert answer.status_code == 422


def test_the_longest_token_fits_the_index(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    token = "".join(chr(33 + number * 7919 % 94) for number in range(1024))
    body = {"pushToken": token, "platform": "android"}
    assert resident.post("user/registerPushToken", body).status_code == 204
