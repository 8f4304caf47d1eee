"""Messages: told in the transaction of their reason, counted, read and delivered by their owner."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from smartyard.db import transaction
from smartyard.inbox.service import InboxService
from smartyard.notices import Notice
from smartyard.phones import Phone
from tests.fixtures.processes import wait_for
from tests.fixtures.town import Town, together
from tests.fixtures.world import NORMAL, SECOND
from tests.inbox.telling import page, tell, unread

STATE = "SELECT delivered_at IS NOT NULL, read_at IS NOT NULL FROM messages WHERE id = :id"

TOLD = """
    INSERT INTO messages (phone, action, title, text, kept, about_money, data, created_at)
    VALUES (:phone, 'inbox', '', 'Той же минутой', true, false, '{}', :at)
    """
HELD = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def state(town: Town, message: int) -> tuple[bool, bool]:
    """Whether it is delivered, and read."""
    ((delivered, read),) = town.rows(STATE, id=message)
    return delivered, read


def test_a_message_is_there_only_if_what_it_is_about_is(town: Town) -> None:
    app = town.open()
    inbox: InboxService = app.extensions["smartyard"][InboxService]
    notice = Notice(Phone(NORMAL), "inbox", "Дом", "Вода")
    with pytest.raises(RuntimeError), app.app_context(), transaction():
        inbox.send(notice)
        raise RuntimeError("what it was about went wrong")
    assert town.one("SELECT count(*) FROM messages") == 0


def test_unread_messages_are_counted_and_the_chat_apart(town: Town) -> None:
    resident, other = town.sign_in(NORMAL), town.sign_in(SECOND)
    assert unread(resident) == (0, 0)
    for action in ("inbox", "paySuccess", "chat"):
        tell(town, action=action)
    tell(town, keep=False)
    tell(town, phone=SECOND)
    assert (unread(resident), unread(other)) == ((2, 1), (1, 0))


def test_opening_the_page_reads_all_of_ones_own_and_nobody_elses(town: Town) -> None:
    resident, other = town.sign_in(NORMAL), town.sign_in(SECOND)
    mine, chat, foreign = tell(town), tell(town, action="chat"), tell(town, phone=SECOND)
    assert "Завтра отключат воду" in page(resident)
    assert (unread(resident), unread(other)) == ((0, 0), (1, 0))
    assert [state(town, one) for one in (mine, chat, foreign)] == [
        (True, True),
        (True, True),
        (False, False),
    ]


def test_a_message_that_comes_while_the_page_is_made_is_not_read_unseen(town: Town) -> None:
    town.open(db_lock_timeout=60.0, db_statement_timeout=60.0)
    resident = town.sign_in(NORMAL)
    with ThreadPoolExecutor(1) as threads, town.engine.connect() as feature:
        feature.execute(sa.text(TOLD), {"phone": NORMAL, "at": town.clock()})
        tell(town)
        # Held where the page marks what it has shown; looking is not held.
        feature.execute(sa.text("LOCK TABLE messages IN SHARE ROW EXCLUSIVE MODE"))
        opened = threads.submit(page, resident)
        wait_for(lambda: town.one(HELD), "the page to be held")
        feature.commit()
        html = opened.result()
    assert ("Той же минутой" in html) == (unread(resident) == (0, 0))


def test_opening_the_chat_reads_the_chat_alone(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    tell(town)
    tell(town, action="chat")
    assert resident.post("inbox/chatReaded", {}).status_code == 204
    assert unread(resident) == (1, 0)


def test_readed_reads_one_or_without_an_id_all(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    first, _, _ = tell(town), tell(town), tell(town, action="chat")
    assert resident.post("inbox/readed", {"messageId": first}).status_code == 204
    assert unread(resident) == (1, 1)
    assert resident.post("inbox/readed").status_code == 204
    assert unread(resident) == (0, 0)


@pytest.mark.parametrize("method", ["delivered", "readed"])
def test_what_is_said_twice_keeps_the_first_time(town: Town, method: str) -> None:
    resident = town.sign_in(NORMAL)
    message = tell(town)
    seen = []
    for spelling in (str(message), message, str(message)):
        town.clock.forward(minutes=5)
        answer = resident.post(f"inbox/{method}", {"messageId": spelling})
        assert (answer.status_code, answer.data) == (204, b"")
        seen += town.rows("SELECT delivered_at, read_at FROM messages WHERE id = :id", id=message)
    assert len(set(seen)) == 1 and seen[0][0] is not None
    assert state(town, message) == (True, method == "readed")


@pytest.mark.parametrize("method", ["delivered", "readed"])
def test_a_stranger_learns_nothing_and_changes_nothing(town: Town, method: str) -> None:
    stranger = town.sign_in(SECOND)
    message = tell(town)
    answers = [
        stranger.post(f"inbox/{method}", {"messageId": told}) for told in (message, message + 1000)
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].data == answers[1].data
    assert state(town, message) == (False, False)


@pytest.mark.parametrize("told", ["", "x", -1, 2**64, None, [], {}, "1 ", "١", True, 1.5])
def test_an_id_of_a_wrong_shape_is_refused(town: Town, told: Any) -> None:
    resident = town.sign_in(NORMAL)
    answer = resident.post("inbox/delivered", {"messageId": told})
    assert answer.status_code == 422


def test_many_devices_that_tell_of_one_message_at_once_agree(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    message = tell(town)
    statuses = together(
        8, lambda _: resident.post("inbox/delivered", {"messageId": message}).status_code
    )
    assert statuses == [204] * 8 and state(town, message) == (True, False)


def test_an_alert_is_a_message_to_oneself(town: Town) -> None:
    resident, other = town.sign_in(NORMAL), town.sign_in(SECOND)
    body = {"msg": " Проверить счётчики ", "action": "inbox"}
    assert resident.post("inbox/alert", body).status_code == 204
    body = {"msg": "Только на экран", "action": "inbox", "pushOnly": "t"}
    assert resident.post("inbox/alert", body).status_code == 204
    assert (unread(resident), unread(other)) == ((1, 0), (0, 0))
    assert ">Проверить счётчики<" in page(resident)
    assert "Только на экран" not in page(resident)


@pytest.mark.parametrize("body", [
    None, {}, {"msg": "x"}, {"action": "inbox"}, {"msg": "", "action": "inbox"},
    {"msg": "  ", "action": "inbox"}, {"msg": "x", "action": "sudo"},
    {"msg": "x" * 1001, "action": "inbox"}, {"msg": "x\u0000", "action": "inbox"},
    {"msg": "x", "action": "inbox", "pushOnly": "yes"}, {"msg": ["x"], "action": "inbox"},
])  # fmt: skip
def test_an_alert_of_a_wrong_shape_is_refused(town: Town, body: Any) -> None:
    resident = town.sign_in(NORMAL)
    assert resident.post("inbox/alert", body).status_code == 422
    assert town.one("SELECT count(*) FROM messages") == 0


def test_alerts_have_a_limit_which_is_exact_when_they_come_at_once(town: Town) -> None:
    town.open(alerts_per_phone_hour=3)
    resident = town.sign_in(NORMAL)
    body = {"msg": "x", "action": "inbox"}
    statuses = together(6, lambda _: resident.post("inbox/alert", body).status_code)
    assert sorted(statuses) == [204] * 3 + [429] * 3
    assert town.one("SELECT count(*) FROM messages") == 3
    town.clock.forward(hours=2)
    assert resident.post("inbox/alert", body).status_code == 204


def test_old_messages_go_and_pushes_that_nobody_can_look_at_go_sooner(town: Town) -> None:
    app = town.open(messages_kept=30)
    inbox: InboxService = app.extensions["smartyard"][InboxService]
    tell(town, "Новое")
    tell(town, "Мимолётное", keep=False)
    left = "SELECT text FROM messages ORDER BY id"
    for days, texts in ((1, ["Новое", "Мимолётное"]), (2, ["Новое"]), (28, [])):
        town.clock.forward(days=days)
        with app.app_context():
            inbox.forget_ended(town.clock())
        assert [text for (text,) in town.rows(left)] == texts


def test_messages_go_with_the_account(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    tell(town)
    tell(town, phone=SECOND)
    assert resident.post("user/deleteAccount").status_code == 204
    assert town.rows("SELECT phone FROM messages") == [(SECOND,)]
