"""Money under fire: 200 payments of several people while the bank, billing and our own processes
fail at random. In the end every order that the bank took is credited once, none that it did not,
and the ledger says why. `FAULT_SEED` repeats the choices of a run.

The control: without the unique key of `credits` the same auditor finds a double credit, so that it
is the key, and not luck, that the first test shows, and the auditor can find what it looks for.
"""

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from smartyard.launcher.postgres import Cluster
from smartyard.sandbox import Sandbox
from tests.fixtures.processes import wait_for
from tests.fixtures.town import together
from tests.fixtures.world import MANY, NEIGHBOUR, NORMAL, SECOND, UNPAID
from tests.journeys import audit
from tests.journeys.chaos import KILLS, Chaos
from tests.journeys.payers import Payer
from tests.journeys.paying import App, Installation

PAYMENTS, AT_ONCE = 200, 16
LEAST, MOST = 25.0, 50.0  # seconds of trouble; a busy machine pays the rest in peace
SETTLED = 100.0  # seconds at most until all is made good, on a busy machine
HOLDERS = {
    NORMAL: ("1001", "1002"),
    SECOND: ("1001",),
    NEIGHBOUR: ("1003", "1004"),
    UNPAID: ("1005",),
    MANY: ("1100", "1101", "1110"),
}
# Everything that waits, waits seconds here.
QUICK = {
    "billing_timeout": 1,
    "billing_connect_timeout": 0.5,
    "sber_timeout": 1,
    "sber_connect_timeout": 0.5,
    "breaker_open": 0.5,
    "pay_per_phone_hour": 10 * PAYMENTS,
    "pay_ask_most": 3,
    "pay_ask_late": 3,
    "pay_retry_most": 2,
    "pay_lease": 3,
    "pay_watch": 4,
    "stalled_after": 6,
    "stalled_schedule": "* * * * * */3",
}

Install = Callable[..., Installation]


@pytest.fixture(name="sandbox_of_our_own")
def _sandbox_of_our_own() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(name="install")
def _install(
    database_cluster: Cluster,
    migrated_template: str,
    make_database: Callable[[str], str],
    sandbox_of_our_own: Sandbox,
    tmp_path: Path,
) -> Iterator[Install]:
    """Begins one with a database of its own, and ends it before the database goes."""
    made: list[Installation] = []

    def install(**settings: object) -> Installation:
        database = make_database(migrated_template)
        made.append(
            Installation(database_cluster, database, sandbox_of_our_own, tmp_path, **settings)
        )
        return made[-1]

    yield install
    for installation in made:
        installation.end()


def balances(sandbox: Sandbox) -> dict[str, float]:
    return {
        contract: float(sandbox.world.contract(contract)["balance"])
        for contracts in HOLDERS.values()
        for contract in contracts
    }


@pytest.mark.timeout(300)
def test_whatever_fails_each_order_that_the_bank_took_is_credited_once(install: Install) -> None:
    seed = os.environ.get("FAULT_SEED") or secrets.token_hex(4)
    print(f"\nFAULT_SEED={seed}")
    installation = install(**QUICK)
    sandbox = installation.sandbox
    sandbox.bank.options.callback.every = 2
    sandbox.bank.options.callback.timeout = 2
    begun_with = balances(sandbox)
    apps = [App(installation, phone) for phone in HOLDERS]

    def pay(number: int) -> str:
        chance = random.Random(f"{seed}:{number}")
        app = chance.choice(apps)
        contract = chance.choice(HOLDERS[app.phone])
        return Payer(app, sandbox.bank, contract, chance).pay(rubles=100 + number)

    began = time.monotonic()
    with Chaos(installation, seed, MOST) as chaos, ThreadPoolExecutor(AT_ONCE) as threads:
        ways = Counter(threads.map(pay, range(PAYMENTS)))
        time.sleep(max(0, began + LEAST - time.monotonic()))  # the worker is not through yet
    ended = time.monotonic()
    with eventually(installation, begun_with) as books:
        print(table(books, ways, chaos.done))
    print(f"{ended - began:.0f} s of faults, made good in {time.monotonic() - ended:.0f} s")

    sums = Counter(payment["amount_kopecks"] for payment in books.payments.values())
    assert max(sums.values()) == 1, "a request that was sent again made a second order"
    check_that_it_was_hard(books, chaos.done)
    bugs = installation.bugs()
    assert not bugs, "\n\n".join(bugs[:3])


def check_that_it_was_hard(books: audit.Books, done: Counter[str]) -> None:
    """Otherwise the test has shown little."""
    outcomes = Counter(payment["state"] for payment in books.payments.values())
    assert outcomes["credited"] > PAYMENTS / 10 and outcomes["refunded"] > 0, outcomes
    assert all(done[f"killed: {kind}"] for kind in KILLS), done


@contextmanager
def eventually(installation: Installation, begun_with: dict[str, float]) -> Iterator[audit.Books]:
    """The books once the auditor finds nothing, or as they are when the time is over."""
    deadline = time.monotonic() + SETTLED
    while True:
        books = audit.read(installation)
        found = audit.findings(books, begun_with)
        if not found or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    yield books
    stories = [
        f"{number}: {[(e['before'], e['after'], e['cause']) for e in books.events[number]]}"
        for number in {sentence.split(":")[0] for sentence in found}
    ]
    assert not found, "\n".join([*found, *stories])


def table(books: audit.Books, ways: Counter[str], done: Counter[str]) -> str:
    """Outcomes at the bank and here, ways to pay, and what was done against it."""
    outcomes = Counter(
        (
            audit.WORDS[books.bank[number]["status"]] if number in books.bank else "unknown",
            payment["state"],
        )
        for number, payment in books.payments.items()
    )
    lines = [f"{count:5}  {bank:<16} -> {here}" for (bank, here), count in sorted(outcomes.items())]
    lines += [f"{count:5}  {what}" for what, count in sorted(ways.items())]
    lines += [f"{count:5}  {what}" for what, count in sorted(done.items())]
    return "\n".join(lines)


@pytest.mark.parametrize("key", ["kept", "dropped"])
def test_only_the_unique_key_keeps_a_credit_single(install: Install, key: str) -> None:
    """Everybody asks at once: twice the app, twice the bank's callback, and the worker. This
    billing forgets the orders that it was told of, so that a second telling is a second credit."""
    installation = install(pay_watch=1)
    sandbox = installation.sandbox
    sandbox.billing.money.forgetful = True
    if key == "dropped":
        installation.change("ALTER TABLE credits DROP CONSTRAINT uq_credits_payment_id")
    begun_with = balances(sandbox)
    app = App(installation, NEIGHBOUR)
    numbers = []
    for rubles in range(100, 104):
        number = app.prepare("1003", f"{rubles}03").json()["data"]  # a magic amount: two callbacks
        assert app.wallet(number, "apple", rubles * 100 + 3).status_code == 200
        together(2, lambda _, order=number: app.process(order))
        numbers.append(number)

    def states() -> set[str]:
        return {row["state"] for row in installation.rows("SELECT state FROM payments")}

    wait_for(lambda: states() == {"credited"}, "the credits")
    asked = {
        row["order_number"]: row["asks"] for row in installation.rows("SELECT * FROM payments")
    }
    wait_for(lambda: asks_since(installation, asked) >= 2, "two more words of the bank on each")
    if key == "kept":
        wait_for(lambda: not untold(installation), "billing to be told all")
        assert audit.findings(audit.read(installation), begun_with) == []
        return
    told = sandbox.billing.confirmed
    wait_for(lambda: all(told[number]["credited"] > 1 for number in numbers), "double credits")
    found = audit.findings(audit.read(installation), begun_with)
    doubles = {sentence.split(":")[0] for sentence in found if "a double credit" in sentence}
    assert doubles == set(numbers), found
    assert any(sentence.startswith("contract 1003: ") for sentence in found), "and a balance"


def asks_since(installation: Installation, before: dict[str, int]) -> int:
    """How often the bank was asked about each since, at least."""
    rows = installation.rows("SELECT order_number, asks FROM payments")
    return min(row["asks"] - before[row["order_number"]] for row in rows)


def untold(installation: Installation) -> int:
    rows = installation.rows("SELECT count(*) AS n FROM credits WHERE told_at IS NULL")
    return int(rows[0]["n"])
