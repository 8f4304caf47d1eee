"""The operator at the command line, and what people are told of each step."""

import re

import pytest

from smartyard.issues.desk.service import DeskService
from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, Resident
from tests.issues.conftest import CALLBACK, COURIER, Desk, made, shown

COMMANDS = ["list", "show", "answer", "close", "move"]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_in_russian(desk: Desk, command: str) -> None:
    told = desk.run(command, "--help")
    assert told.exit_code == 0 and re.search("  [А-Я][а-я]+", told.output)


def test_the_list_is_the_newest_first_without_closed_ones_or_whole_phones(
    town: Town, desk: Desk, resident: Resident
) -> None:
    assert desk.run("list").output == "Заявок нет.\n"
    first, second = made(resident, CALLBACK), made(town.sign_in(NEIGHBOUR), COURIER)
    third = made(resident, COURIER)
    desk.run("close", third)
    lines = desk.run("list").output.splitlines()
    assert [key in line for key, line in zip((second, first), lines, strict=True)] == [True, True]
    assert "Обратный звонок" in lines[1] and "новая" in lines[1]
    assert resident.phone not in lines[1] and resident.phone[-4:] in lines[1]
    (closed,) = desk.run("list", "--state", "closed").output.splitlines()
    assert third in closed and "закрыта" in closed
    (his,) = desk.run("list", "--phone", "+7 900 000-00-03").output.splitlines()
    assert second in his
    (newest,) = desk.run("list", "--most", "1").output.splitlines()
    assert second in newest
    assert "не номер телефона" in desk.run("list", "--phone", "x").output


def test_a_ticket_is_shown_with_all_that_happened(
    town: Town, desk: Desk, resident: Resident
) -> None:
    key = made(resident, COURIER)
    resident.post("issues/comment", {"key": key, "comment": "После шести"})
    desk.run("answer", key, "Привезём в семь")
    desk.run("move", key, "work")
    told = desk.run("show", key).output
    for words in (
        f"Заявка {key}: QR-код: доставка курьером, в работе",
        f"Телефон +{resident.phone}",
        "Адрес: г. Примерск, ул. Первая, д. 1",
        "комментарий\n      После шести",
        "ответ оператора\n      Привезём в семь",
        "состояние\n      в работе",
    ):
        assert words in told
    assert town.one("SELECT count(*) FROM ticket_handings") == 0, "nobody outside is set"


def test_what_a_person_wrote_steers_no_terminal(desk: Desk, resident: Resident) -> None:
    title = "\x1b]0;взлом\x07"
    key = made(
        resident, COURIER | {"inputAddress": f"д. 1{title}", "comments": f"{title}\nда\u202e"}
    )
    told = desk.run("show", key).output
    assert "Адрес: д. 1\\x1b]0;взлом\\x07" in told and "      да\\u202e\n" in told
    assert all(one.isprintable() or one == "\n" for one in told)


def test_the_person_is_told_of_each_step_of_the_operator(
    town: Town, desk: Desk, resident: Resident
) -> None:
    key = made(resident, COURIER)
    desk.run("answer", key, "Привезём в семь")
    desk.run("move", key, "work")
    desk.run("move", key, "work")
    desk.run("close", key, "Привезли")
    desk.run("close", key)
    desk.run("move", key, "new")
    assert town.rows("SELECT phone, action, title, text FROM messages ORDER BY id") == [
        (resident.phone, "inbox", *told)
        for told in (
            (
                f"Заявка {key} принята",
                "QR-код: доставка курьером. Мы сообщим, когда по заявке будут новости.",
            ),
            (f"Ответ по заявке {key}", "Привезём в семь"),
            (f"Заявка {key} в работе", "Мы занимаемся вашей заявкой."),
            (f"Заявка {key} закрыта", "Привезли"),
            (f"Заявка {key} новая", "Заявка снова ждёт нашего сотрудника."),
        )
    ]
    assert shown(resident)[0]["key"] == key, "it was opened again"


def test_the_person_is_told_of_each_step_of_their_own_once(
    town: Town, desk: Desk, resident: Resident
) -> None:
    key = made(resident, COURIER)
    office = {"action": "changeQRDeliveryType", "deliveryType": "office"}
    for _ in range(2):  # an app that got no answer asks again
        resident.post("issues/comment", {"key": key, "comment": "После шести"})
        resident.post("issues/actionV2", {"key": key} | office)
    for _ in range(2):
        resident.post("issues/action", {"key": key, "action": "Jelly.Закрыть авто"})
    assert len(desk.steps(key)) == 4
    assert town.rows("SELECT title, text FROM messages ORDER BY id")[1:] == [
        (f"Комментарий к заявке {key} принят", "После шести"),
        (f"Доставка по заявке {key} изменена", "QR-код: выдача в офисе."),
        (f"Заявка {key} закрыта", "Вы её закрыли. Если вопрос остался, оставьте новую заявку."),
    ]


def test_who_leaves_takes_what_is_closed_and_leaves_the_operator_s_work(
    town: Town, desk: Desk, resident: Resident
) -> None:
    closed, still_open = made(resident, COURIER), made(resident, CALLBACK)
    his = made(town.sign_in(NEIGHBOUR), COURIER)
    desk.run("close", closed)
    desk.run("close", his)
    assert resident.post("user/deleteAccount").status_code == 204
    assert desk.run("show", closed).exit_code == 1
    assert [desk.run("show", key).exit_code for key in (still_open, his)] == [0, 0]


@pytest.mark.parametrize("key", ["REM-7", "rem-1001", "1001", "ABC-1001"])
def test_an_unknown_ticket_is_a_sentence(desk: Desk, resident: Resident, key: str) -> None:
    made(resident, CALLBACK)
    for words in (["show"], ["answer", "text"], ["close"], ["move", "work"]):
        done = desk.run(words[0], key, *words[1:])
        assert done.exit_code == 1 and "Такой заявки нет" in done.output


@pytest.mark.parametrize("text, said", [
    ("  ", "от 1 до 4000"), ("x" * 4001, "4000"), ("x\udcff", "UTF-8"),
])  # fmt: skip
def test_words_that_cannot_be_told_are_a_sentence_and_no_step(
    desk: Desk, resident: Resident, text: str, said: str
) -> None:
    key = made(resident, CALLBACK)
    told = [desk.run("answer", key, text)]
    if text.strip():  # the others may go without words
        told += [desk.run("close", key, text), desk.run("move", key, "work", text)]
    assert all(done.exit_code == 1 and said in done.output for done in told)
    assert len(desk.steps(key)) == 1


def test_a_state_that_there_is_not_is_refused(desk: Desk, resident: Resident) -> None:
    key = made(resident, CALLBACK)
    assert desk.run("move", key, "gone").exit_code == 2
    assert len(desk.steps(key)) == 1


def test_long_closed_tickets_go_with_all_that_hangs_on_them(
    town: Town, desk: Desk, resident: Resident
) -> None:
    old, kept = made(resident, COURIER), made(resident, CALLBACK)
    desk.run("close", old)
    town.clock.forward(days=729)
    assert town.app is not None
    service: DeskService = town.app.extensions["smartyard"][DeskService]
    with town.app.app_context():
        assert service.forget_ended(town.clock()) == 0
        town.clock.forward(days=2)
        assert service.forget_ended(town.clock()) == 1
    assert desk.run("show", old).exit_code == 1 and desk.run("show", kept).exit_code == 0
    assert town.one("SELECT count(*) FROM ticket_steps") == 1
