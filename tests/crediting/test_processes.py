"""One order heard of at once in several processes, and processes killed between two steps."""

import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import DATABASE, ROOT, environment_of
from tests.fixtures.money import Money
from tests.fixtures.processes import outside_of, serving, wait_for, working
from tests.pay.test_callback import signed, told
from tests.user.asking import at_once

# What the worker does with one order, in a process that can be killed.
TURN = """
import sys
from smartyard.crediting.delivery import DeliveryService
from smartyard.ledger.books import BookService
from smartyard.ledger.service import LedgerService
from smartyard.wiring import create_app
app = create_app()
found = app.extensions["smartyard"]
with app.app_context():
    if sys.argv[1] == "ask":
        found[LedgerService].ask(found[BookService].find(sys.argv[2]).id, "a process asks")
    else:
        delivery = found[DeliveryService]
        for row in delivery.due():
            delivery.deliver(row)
"""
# Kills itself when a line of ours is reached: the n-th `transaction` after a call outside.
KILLED_AT = """
import os, signal, sys
answered = []
def trace(frame, event, argument):
    name, path = frame.f_code.co_name, frame.f_code.co_filename
    if "smartyard" not in path:
        return None
    if event == "return" and name == "ask" and path.endswith("transport.py"):
        answered.append(1)
    if event == "call" and name == "transaction" and answered:
        os.kill(os.getpid(), signal.SIGKILL)
    return trace
sys.settrace(trace)
"""


@pytest.fixture(name="environment")
def environment_fixture(database_cluster: Cluster, money: Money, tmp_path: Path) -> dict[str, str]:
    sandbox = money.sandbox
    return environment_of(database_cluster, DATABASE, tmp_path) | outside_of(
        sandbox,
        sber_url=sandbox.bank_url,
        sber_user="demo-api",
        sber_password="demo",
        sber_callback_key="demo-callback-key",
        server_url="http://127.0.0.1:1",
        workers=1,
        pay_lease=2,
        billing_timeout=4,
    )


def turn(environment: dict[str, str], *words: str, before: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", before + TURN, *words],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )


def ended(process: subprocess.Popen[bytes]) -> int:
    _, said = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL), said.decode()
    return process.returncode


def paid_at_the_bank(money: Money) -> str:
    order = money.registered()
    money.sandbox.bank.pay(order)
    return order


def credited_once(money: Money, order: str) -> None:
    assert money.count("credits") == 1 and money.confirmed[order]["credited"] == 1
    assert [after for _, after, _ in money.events(order)].count("paid") == 1
    assert [after for _, after, _ in money.events(order)].count("credited") == 1


def test_callback_poll_and_process_of_one_order_at_once_in_processes_are_one_credit(
    money: Money, environment: dict[str, str], tmp_path: Path
) -> None:
    order, token = paid_at_the_bank(money), money.payer.token
    with ExitStack() as running:
        servers = [
            running.enter_context(serving(environment, tmp_path / f"server{number}.log"))
            for number in range(2)
        ]
        running.enter_context(working(environment, tmp_path / "worker.log"))

        def hear(number: int) -> int:
            server = servers[number % 2]
            if number % 3 == 0:
                form = dict(signed(told(order)))
                return requests.post(f"{server.url}pay/callback", form, timeout=30).status_code
            return server.post("pay/process", token, {"paymentId": order}).status_code

        assert at_once(hear, 9) == [200] * 9
        wait_for(lambda: money.state(order) == "credited", "the credit")
    credited_once(money, order)


def test_killed_between_the_banks_answer_and_the_write_it_is_credited_by_the_next(
    money: Money, environment: dict[str, str]
) -> None:
    order = paid_at_the_bank(money)
    assert ended(turn(environment, "ask", order, before=KILLED_AT)) == -signal.SIGKILL
    assert money.asked("getOrderStatusExtended.do") and money.state(order) == "registered"
    assert ended(turn(environment, "ask", order)) == 0
    assert ended(turn(environment, "tell")) == 0
    credited_once(money, order)


def test_killed_between_confirmpayment_and_the_outcome_billing_is_told_again_and_credits_once(
    money: Money, environment: dict[str, str]
) -> None:
    order = paid_at_the_bank(money)
    assert ended(turn(environment, "ask", order)) == 0
    assert ended(turn(environment, "tell", before=KILLED_AT)) == -signal.SIGKILL
    assert money.confirmed[order]["credited"] == 1 and money.state(order) == "paid"

    def told_again() -> bool:
        assert ended(turn(environment, "tell")) == 0
        return money.state(order) == "credited"

    wait_for(told_again, "the lease of the killed one to end")
    credited_once(money, order)
    assert money.confirmed[order]["called"] == 2


def test_killed_while_billing_works_the_credit_is_one(
    money: Money, environment: dict[str, str]
) -> None:
    order = paid_at_the_bank(money)
    assert ended(turn(environment, "ask", order)) == 0
    money.sandbox.faults.set("billing", "stall", method="confirmpayment", times=1)
    hanging = turn(environment, "tell")
    wait_for(lambda: order in money.confirmed, "billing's credit")
    hanging.kill()
    ended(hanging)
    money.sandbox.faults.clear()

    def told_again() -> bool:
        assert ended(turn(environment, "tell")) == 0
        return money.state(order) == "credited"

    wait_for(told_again, "the lease of the killed one to end")
    credited_once(money, order)


def test_the_same_prepare_at_two_processes_is_one_order(
    money: Money, environment: dict[str, str], tmp_path: Path
) -> None:
    token = money.payer.token
    money.prepare(777)
    money.sandbox.faults.set("billing", "slow", seconds=0.3, method="createinvoice")
    body = {"clientId": "1001", "amount": "15042"}
    with (
        serving(environment, tmp_path / "first.log") as first,
        serving(environment, tmp_path / "second.log") as second,
    ):
        answers = at_once(lambda n: (first, second)[n % 2].post("pay/prepare", token, body), 6)
        orders = {answer.json()["data"] for answer in answers}
        registers = at_once(
            lambda n: (first, second)[n % 2].post(
                "pay/register", token, {"orderNumber": next(iter(orders))}
            ),
            6,
        )
    assert len(orders) == 1 and money.count("payments") == 2
    assert len({answer.text for answer in registers}) == 1
    assert len(money.asked("register.do")) == 1
