"""Tickets go on by e-mail and webhook over real sockets, whatever breaks in between."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from smartyard.issues.desk.handing import HandingService
from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import wait_for, working
from tests.fixtures.town import Town, together
from tests.fixtures.world import NORMAL
from tests.issues.conftest import CALLBACK, COURIER, Desk, made

OpenDesk = Callable[..., Desk]


def mail(town: Town, **more: Any) -> dict[str, Any]:
    return {
        "smtp_host": town.sandbox.smtp_host,
        "smtp_port": town.sandbox.smtp_port,
        "smtp_security": "none",
        "smtp_user": "tickets@example.com",
        "smtp_pass": SecretStr("demo"),
        "smtp_timeout": 3.0,
        "ticket_mail_to": ("desk@example.com", "chief@example.com"),
    } | more


def hook(town: Town, **more: Any) -> dict[str, Any]:
    return {
        "ticket_webhook_url": town.sandbox.desk_url,
        "ticket_webhook_token": SecretStr("a secret of the desk"),
        "ticket_webhook_timeout": 3.0,
        "breaker_failures": 1000,
    } | more


def left(town: Town) -> int:
    return int(town.one("SELECT count(*) FROM ticket_handings WHERE taken_at IS NULL"))


def test_a_letter_says_all_that_whoever_calls_needs(town: Town, open_desk: OpenDesk) -> None:
    desk = open_desk(**mail(town))
    resident = town.sign_in(NORMAL)
    key = made(resident, COURIER)
    resident.post("issues/comment", {"key": key, "comment": "После шести"})
    assert desk.turn() == [True] and desk.turn() == [True] and desk.turn() == []
    first, second = town.sandbox.letters
    assert first["to"] == ["desk@example.com", "chief@example.com"]
    assert first["from"] == first["who"] == "tickets@example.com"
    assert first["subject"] == f"Заявка {key}: QR-код: доставка курьером"
    for line in (f"Телефон: +{resident.phone}", "Адрес: г. Примерск", "Имя: Иван"):
        assert line in first["text"]
    assert "Комментарий: После шести" in second["text"]
    assert second["thread"] == first["id"] != second["id"]


def test_the_webhook_is_told_in_json(town: Town, open_desk: OpenDesk) -> None:
    desk = open_desk(**hook(town))
    resident = town.sign_in(NORMAL)
    key = made(resident, COURIER)
    assert desk.turn() == [True]
    ((_, sent),) = town.sandbox.calls("desk")
    assert sent == {"key": f"{key}.1", "authorization": "Bearer a secret of the desk"}
    told = town.sandbox.desk.taken[f"{key}.1"]
    assert told["ticket"] == {
        "key": key,
        "type": "requestQRCodeCourier",
        "state": "new",
        "phone": resident.phone,
        "text": "Имя: Иван\nАдрес: г. Примерск, ул. Первая, д. 1",
        "address": "г. Примерск, ул. Первая, д. 1",
        "delivery": "courier",
        "createdAt": town.clock().isoformat(),
    }
    assert told["step"]["type"] == "created"


FAULTS = ["refuse", "error", "hang", "stall", "drop", "down"]


@pytest.mark.parametrize(
    "service, by, mode",
    [*(("mail", mail, mode) for mode in [*FAULTS, "rubbish"])]
    + [*(("desk", hook, mode) for mode in FAULTS)],  # any words with 2xx are a webhook's yes
)
def test_what_is_not_taken_is_told_again_under_the_same_name(  # pylint: disable=too-many-arguments,too-many-positional-arguments
    town: Town,
    open_desk: OpenDesk,
    service: str,
    by: Callable[..., dict[str, Any]],
    mode: str,
) -> None:
    desk = open_desk(**by(town))
    resident = town.sign_in(NORMAL)
    key = made(resident, CALLBACK)
    resident.post("issues/comment", {"key": key, "comment": "скорее"})
    town.sandbox.faults.set(service, mode)
    assert desk.turn() == [False], "and what comes after it waits its turn"
    assert "Не передана" in desk.run("show", key).output
    assert desk.turn() == [], "it is not due yet"
    town.sandbox.faults.clear(abandon=True)
    town.clock.forward(seconds=11)
    assert desk.turn() == [True] and desk.turn() == [True]
    names = [one["id"] for one in town.sandbox.letters] or [
        one["key"] for _, one in town.sandbox.calls("desk")
    ]
    assert len(set(names)) == 2 and names == sorted(names)
    assert left(town) == 0 and "Не передана" not in desk.run("show", key).output


def test_one_unknown_receiver_keeps_no_letter_from_the_other(
    town: Town, open_desk: OpenDesk, caplog: pytest.LogCaptureFixture
) -> None:
    desk = open_desk(**mail(town))
    made(town.sign_in(NORMAL), CALLBACK)
    town.sandbox.faults.set("mail", "refuse", method="rcpt", times=1)
    assert desk.turn() == [True]
    (letter,) = town.sandbox.letters
    assert letter["to"] == ["chief@example.com"] and "1 of the receivers" in caplog.text


def test_a_slow_drip_is_hung_up_on(town: Town, open_desk: OpenDesk) -> None:
    """The other side answers something all the time, and never to the end."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    while not over.wait(0.05):
                        connection.sendall(b"220-come in\r\n")
                except OSError:
                    over.set()  # it was hung up

        thread = threading.Thread(target=drip)
        thread.start()
        desk = open_desk(**mail(town, smtp_port=listener.getsockname()[1]))
        resident = town.sign_in(NORMAL)
        made(resident, CALLBACK)
        assert desk.turn() == [False]
        assert over.wait(30), "the connection goes on"
        thread.join(30)


def test_one_that_is_broken_does_not_hold_up_the_other(town: Town, open_desk: OpenDesk) -> None:
    desk = open_desk(**mail(town), **hook(town))
    resident = town.sign_in(NORMAL)
    town.sandbox.faults.set("mail", "error")
    made(resident, CALLBACK)
    assert sorted(desk.turn()) == [False, True]
    assert len(town.sandbox.desk.taken) == 1 and not town.sandbox.letters


def test_two_workers_send_each_letter_once(town: Town, open_desk: OpenDesk) -> None:
    desk = open_desk(**mail(town, smtp_timeout=20))
    resident = town.sign_in(NORMAL)
    keys = [made(resident, CALLBACK | {"comments": str(number)}) for number in range(8)]
    assert sum(len(done) for done in together(3, lambda _: desk.turn())) == len(keys)
    subjects = [one["subject"] for one in town.sandbox.letters]
    assert sorted(subjects) == sorted(f"Заявка {key}: Обратный звонок" for key in keys)


def test_a_killed_worker_s_letter_goes_again_when_the_lease_is_over(
    town: Town, open_desk: OpenDesk
) -> None:
    desk = open_desk(**mail(town))
    resident = town.sign_in(NORMAL)
    made(resident, CALLBACK)
    assert town.app is not None
    service: HandingService = town.app.extensions["smartyard"][HandingService]
    with town.app.app_context():
        assert len(service.due()) == 1  # and then the worker is killed
    assert desk.turn() == []
    town.clock.forward(seconds=61)
    assert desk.turn() == [True] and left(town) == 0


def test_the_waits_grow_to_a_bound_and_never_end(
    town: Town, open_desk: OpenDesk, caplog: pytest.LogCaptureFixture
) -> None:
    desk = open_desk(**hook(town))
    resident = town.sign_in(NORMAL)
    made(resident, CALLBACK)
    town.sandbox.faults.set("desk", "error")
    waits = []
    for _ in range(12):
        assert desk.turn() == [False]
        next_at = town.one("SELECT next_at FROM ticket_handings")
        waits.append((next_at - town.clock()).total_seconds())
        town.clock.now = next_at
    assert waits[:4] == [10, 20, 40, 80] and waits[-2:] == [900, 900]
    levels = [r.levelname for r in caplog.records if r.name == "smartyard.issues.desk.handing"]
    assert levels[0] == "WARNING" and levels[-1] == "ERROR"


def test_the_worker_hands_on_and_logs_nobody(
    town: Town, database_cluster: Cluster, tmp_path: Path
) -> None:
    town.open(**mail(town))
    resident = town.sign_in(NORMAL)
    made(resident, COURIER)
    environment = environment_of(database_cluster, DATABASE, tmp_path) | {
        "SMTP_HOST": town.sandbox.smtp_host,
        "SMTP_PORT": str(town.sandbox.smtp_port),
        "SMTP_SECURITY": "none",
        "TICKET_MAIL_TO": "desk@example.com",
        "TICKET_SCHEDULE": "* * * * * *",
    }
    with working(environment, tmp_path / "worker.log") as worker:
        wait_for(lambda: town.sandbox.letters, "the letter")
        wait_for(lambda: left(town) == 0, "its row")
    assert "mail: 127.0.0.1" in worker.said
    for secret in (resident.phone, "Иван", "Первая", "desk@example.com"):
        assert secret not in worker.said
