"""Pushes by the real `flask worker`: at once, apart from each other, and after a kill."""

from pathlib import Path

from tests.fixtures.processes import wait_for, working
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, SECOND
from tests.inbox.telling import tell
from tests.push.conftest import Phones

LEFT = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND attempts > 0"


def test_a_slow_phone_holds_no_other_and_messages_hold_no_call(
    phones: Phones, environment: dict[str, str], tmp_path: Path
) -> None:
    phones.sign_in("slow-phone")
    phones.sign_in("well")
    phones.sign_in("other", SECOND)
    with working(environment | {"FCM_TIMEOUT": "20"}, tmp_path / "worker.log") as worker:
        for _ in range(4):  # more than there are places for messages
            tell(phones.town)
        wait_for(lambda: len(phones.got("well")) >= 2, "messages past the slow phone")
        phones.ring(phone=SECOND)
        wait_for(lambda: phones.got("other"), "the call")
        assert not phones.got("slow-phone"), "the slow phone was no longer slow"
        assert "Traceback" not in worker.said, worker.said
        worker.kill()  # it would wait for the slow phone


def test_a_killed_workers_message_is_told_by_the_next(
    phones: Phones, environment: dict[str, str], tmp_path: Path
) -> None:
    phones.sign_in("phone")
    message = tell(phones.town)
    phones.town.sandbox.faults.set("fcm", "stall", method="send", times=1)  # takes it, and hangs
    with working(environment | {"FCM_TIMEOUT": "60"}, tmp_path / "killed.log") as worker:
        wait_for(lambda: phones.got("phone"), "the first try")
        worker.kill()
    phones.town.sandbox.faults.clear(abandon=True)
    assert phones.outcomes() == [None]
    phones.town.change("UPDATE message_pushes SET leased_until = now() - interval '1 second'")
    with working(environment, tmp_path / "next.log") as worker:
        wait_for(lambda: phones.outcomes() == ["sent"], "the next worker to tell it")
        assert "Traceback" not in worker.said, worker.said
    assert {one["messageId"] for one in phones.got("phone")} == {str(message)}


def test_a_push_that_the_database_or_firebase_does_not_take_is_tried_again_by_itself(
    phones: Phones, environment: dict[str, str], tmp_path: Path, town: Town
) -> None:
    phones.sign_in("phone", NORMAL)
    town.sandbox.faults.set("fcm", "error", method="send", times=1)
    tell(town)
    with working(environment, tmp_path / "worker.log") as worker:
        with town.engine.begin() as other:
            other.exec_driver_sql("LOCK TABLE message_pushes IN ACCESS EXCLUSIVE MODE")
            wait_for(lambda: town.one(LEFT), "the database to be too busy for it")
        wait_for(lambda: phones.got("phone"), "the next tries")
        assert "Traceback" not in worker.said, worker.said
    assert phones.outcomes() == ["sent"]
