"""`flask messages`: one person, a flat, a house, everyone; in batches that survive a kill."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result

from smartyard.contracts.people import PeopleService
from smartyard.db import transaction
from smartyard.launcher.postgres import Cluster
from smartyard.mailings.service import BATCH, MailingService
from smartyard.phones import Phone
from tests.fixtures.database import DATABASE, ROOT, environment_of
from tests.fixtures.processes import outside_of, wait_for, working
from tests.fixtures.town import Town, together
from tests.fixtures.world import MANY, NEIGHBOUR, NORMAL, SECOND
from tests.inbox.telling import page, unread

PEOPLE = """
    INSERT INTO persons (phone, name, patronymic, notify, notify_money, created_at)
    SELECT 79100000000 + n, '', '', true, true, now() FROM generate_series(1, :count) n
    """
OF = "SELECT id FROM messages WHERE phone = :phone"
COUNTS = "SELECT count(*), count(DISTINCT phone) FROM messages WHERE mailing_id = :mailing"


def run(town: Town, *words: str, said: str | None = None) -> Result:
    app = town.app or town.open()
    return app.test_cli_runner().invoke(args=["messages", *words], input=said)


def service(town: Town) -> MailingService:
    assert town.app is not None
    found: MailingService = town.app.extensions["smartyard"][MailingService]
    return found


def finish(town: Town) -> int:
    """What the worker does with the jobs of mailings, until there are none; how many there were."""
    assert town.app is not None
    taken = "DELETE FROM procrastinate_jobs WHERE task_name = 'send_mailing' RETURNING args"
    done = 0
    while True:
        with town.engine.begin() as connection:
            jobs = connection.exec_driver_sql(taken).scalars().all()
        if not jobs:
            return done
        for told in jobs:
            with town.app.app_context():
                service(town).step(**told)
            done += 1


def told(town: Town) -> list[str]:
    return [phone for (phone,) in town.rows("SELECT phone FROM messages ORDER BY phone")]


def test_one_person_is_told_whether_signed_in_or_not(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    for phone in ("8 (900) 000-00-01", SECOND):
        assert "Отправлено" in run(town, "send", "Вода <b>", "--phone", phone).output
    assert unread(resident) == (1, 0)
    assert "Вода &lt;b&gt;" in page(resident) and "Сообщение оператора" in page(resident)
    assert "Вода &lt;b&gt;" in page(town.sign_in(SECOND))


def test_a_flat_and_a_house_are_the_people_whom_we_know_there(town: Town) -> None:
    for phone in (NORMAL, SECOND, NEIGHBOUR, MANY):
        town.sign_in(phone).post("address/getAddressList")
    living = "SELECT DISTINCT phone FROM flat_members WHERE {} = :id ORDER BY phone"
    ((house, flat),) = town.rows(
        "SELECT house_id, flat_id FROM flat_members WHERE phone = :phone LIMIT 1", phone=NORMAL
    )
    for option, column, place in (("--house", "house_id", house), ("--flat", "flat_id", flat)):
        done = run(town, "send", "Вода", option, str(place), "--no-wait")
        assert done.exit_code == 0, done.output
        finish(town)
        assert told(town) == [phone for (phone,) in town.rows(living.format(column), id=place)]
        assert NORMAL in told(town) and MANY not in told(town)
        town.change("DELETE FROM messages")


def test_a_guest_is_told_as_long_as_the_right_lasts(town: Town) -> None:
    town.sign_in(NORMAL).post("address/getAddressList")
    ((flat,),) = town.rows("SELECT min(flat_id) FROM flat_members WHERE phone = :p", p=NORMAL)
    assert town.app is not None
    people: PeopleService = town.app.extensions["smartyard"][PeopleService]
    soon = town.clock() + timedelta(hours=1)
    with town.app.app_context(), transaction():
        guest, host = Phone("79990000001"), Phone(NORMAL)
        people.let_in(flat, guest, kind="outer", expires_at=soon, by=host)
    for hours, told_now in ((0, [NORMAL, guest]), (1, [NORMAL])):
        town.clock.forward(hours=hours)
        run(town, "send", "Вода", "--flat", str(flat), "--no-wait")
        finish(town)
        assert told(town) == told_now
        town.change("DELETE FROM messages")


def test_ten_thousand_people_are_told_in_batches_each_once(town: Town) -> None:
    town.open()
    town.change(PEOPLE, count=10_000)
    done = run(town, "send", "Вода", "--all", "--yes", "--no-wait")
    assert "Рассылка 1 начата" in done.output
    steps = finish(town)
    assert steps == 10_000 // BATCH + 1  # the last one finds nobody
    assert town.rows(COUNTS, mailing=1) == [(10_000, 10_000)]
    ((state,),) = town.rows("SELECT (told, expected, finished_at IS NOT NULL)::text FROM mailings")
    assert state == "(10000,10000,t)"


def test_a_batch_is_a_fixed_number_of_statements(town: Town) -> None:
    app = town.open()
    town.change(PEOPLE, count=3 * BATCH)
    run(town, "send", "Вода", "--all", "--yes", "--no-wait")
    with town.counting(app) as sent, app.app_context():
        assert service(town).step(1)
    assert len(sent) <= 6, sent


def test_their_pushes_are_apart_from_single_messages_and_name_everybody_once(
    town: Town, tmp_path: Path
) -> None:
    path = tmp_path / "firebase.json"
    town.sandbox.write_service_account(path)
    town.open(fcm_credentials=path, fcm_url=town.sandbox.fcm_url)
    town.change(PEOPLE, count=BATCH + 10)
    run(town, "send", "Вода", "--all", "--yes", "--no-wait")
    finish(town)
    jobs = town.rows("SELECT task_name, args FROM procrastinate_jobs ORDER BY id")
    assert [name for name, _ in jobs] == ["push_mailing"] * 2
    ids = [message for _, args in jobs for message in args["ids"]]
    assert len(ids) == len(set(ids)) == BATCH + 10


def test_what_is_about_money_is_kept_as_such(town: Town) -> None:
    town.sign_in(NORMAL)
    for whom in (["--phone", NORMAL], ["--all", "--yes", "--no-wait"]):
        for more in ([], ["--money"]):
            assert run(town, "send", "Счёт", *whom, *more).exit_code == 0
    finish(town)
    kept = town.rows("SELECT mailing_id IS NULL, about_money FROM messages ORDER BY 1, 2")
    assert kept == [(False, False), (False, True), (True, False), (True, True)]


def test_two_workers_at_one_mailing_tell_nobody_twice(town: Town) -> None:
    app = town.open()
    town.change(PEOPLE, count=3 * BATCH)
    run(town, "send", "Вода", "--all", "--yes", "--no-wait")

    def step(_: int) -> bool:
        with app.app_context():
            return service(town).step(1)

    together(4, step)
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_mailing'"
    assert town.one(waiting) == 1, "each went on by itself"
    finish(town)
    assert town.rows(COUNTS, mailing=1) == [(3 * BATCH, 3 * BATCH)]
    assert town.one("SELECT told FROM mailings") == 3 * BATCH


def test_whom_to_tell_must_be_said_once(town: Town) -> None:
    town.open()
    for words in ([], ["--all", "--house", "101"], ["--flat", "1", "--phone", NORMAL]):
        done = run(town, "send", "Вода", *words)
        assert done.exit_code == 2 and "Укажите, кому" in done.output
    assert told(town) == []


@pytest.mark.parametrize("words, said", [
    (["Вода", "--phone", "112"], "Это не номер телефона"),
    (["Вода", "--house", "999"], "Некому"), (["Вода", "--all", "--yes"], "Некому"),
    ([" ", "--phone", NORMAL], "от 1 до"), (["x" * 4001, "--phone", NORMAL], "от 1 до"),
    (["x", "--title", "", "--phone", NORMAL], "от 1 до"),
    (["x\udcff", "--phone", NORMAL], "UTF-8"),
])  # fmt: skip
def test_a_mistake_is_told_in_a_sentence_and_tells_nobody(
    town: Town, words: list[str], said: str
) -> None:
    done = run(town, "send", *words)
    assert done.exit_code == 1 and said in done.output and told(town) == []


@pytest.mark.parametrize("content, status, kept", [
    ("Из файла\r\n".encode(), 0, ["Из файла"]), ("\ufeffИз Windows".encode(), 0, ["Из Windows"]),
    ("Из Windows".encode("cp1251"), 1, []),
])  # fmt: skip
def test_a_file_is_utf_8_or_refused_in_a_sentence(
    town: Town, content: bytes, status: int, kept: list[str]
) -> None:
    app = town.open()
    words = ["messages", "send", "-", "--phone", NORMAL]
    done = app.test_cli_runner().invoke(args=words, input=content)
    assert done.exit_code == status and ("UTF-8" in done.output) == bool(status)
    assert [text for (text,) in town.rows("SELECT text FROM messages")] == kept


def test_a_list_has_at_least_one_row(town: Town) -> None:
    assert run(town, "list", "--most", "0").exit_code == 2


def test_everyone_is_told_only_after_a_yes(town: Town) -> None:
    town.sign_in(NORMAL)
    done = run(town, "send", "Вода", "--all", "--no-wait", said="n\n")
    assert done.exit_code == 1 and "получат 1 чел." in done.output
    assert town.one("SELECT count(*) FROM mailings") == 0
    assert run(town, "send", "-", "--all", "--yes", "--no-wait", said="Из файла\n").exit_code == 0
    finish(town)
    assert town.rows("SELECT text FROM messages") == [("Из файла",)]


def test_the_list_tells_how_far_it_has_come_and_who_has_read(town: Town) -> None:
    resident, other, _ = map(town.sign_in, (NORMAL, SECOND, NEIGHBOUR))
    assert "Рассылок не было" in run(town, "list").output
    run(town, "send", "Вода\nпропадёт", "--all", "--yes", "--no-wait", "--title", "Дом")
    assert "отправлено 0 из 3" in run(town, "list").output
    finish(town)
    page(resident)
    other.post("inbox/delivered", {"messageId": town.one(OF, phone=SECOND)})
    # All devices were tried, and one of them was there no more.
    town.change("""
        INSERT INTO message_pushes (message_id, session_id, leased_until, outcome, outcome_at)
        SELECT messages.id, sessions.id, now(), CASE messages.phone WHEN :gone THEN 'gone'
          ELSE 'sent' END, now()
        FROM messages JOIN persons USING (phone) JOIN sessions ON person_id = persons.id
        """, gone=SECOND)  # fmt: skip
    (line,) = run(town, "list").output.splitlines()
    words = (
        "всем", "отправлено 3 ", "на телефоны 2,", "дошло 2", "прочитано 1", "Дом: Вода пропадёт",
    )  # fmt: skip
    assert all(one in line for one in words), line


def test_each_command_explains_itself_in_russian(town: Town) -> None:
    for command in ("send", "list"):
        shown = run(town, command, "--help")
        assert shown.exit_code == 0 and re.search("  [А-Я][а-я]+", shown.output)


def test_a_mailing_by_a_real_worker_is_watched_to_its_end_and_survives_a_kill(
    database_cluster: Cluster, town: Town, tmp_path: Path
) -> None:
    town.open()
    town.change(PEOPLE, count=4 * BATCH)
    told_by = outside_of(town.sandbox, stalled_schedule="* * * * * *", stalled_after=4)
    environment = environment_of(database_cluster, DATABASE, tmp_path) | told_by
    command = [sys.executable, "-m", "flask", "--app", "app", "messages", "send", "Вода"]
    with subprocess.Popen(
        [*command, "--all", "--yes"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as sending:
        with working(environment, tmp_path / "killed.log") as worker:
            wait_for(lambda: town.one("SELECT count(*) FROM messages"), "the first batch")
            worker.kill()
        with working(environment, tmp_path / "next.log") as worker:
            out, err = sending.communicate(timeout=90)
            assert "Traceback" not in worker.said, worker.said
    assert sending.returncode == 0, err
    assert f"закончена: сообщений {4 * BATCH}" in out
    assert f"отправлено {4 * BATCH} из {4 * BATCH}" in err
    assert town.rows(COUNTS, mailing=1) == [(4 * BATCH, 4 * BATCH)]
