"""Each app's way to pay, from the button to the balance, with nothing of ours replaced: gunicorn
and the worker as processes, the bank and billing of the sandbox on real sockets.

What the apps send is in the client contract, section 3. None of them needs to come back to us: the
bank's callback, or our asking, is what credits.
"""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa

from smartyard.launcher.postgres import Cluster
from smartyard.sandbox import BankOptions, Sandbox
from tests.fixtures.database import engine_of
from tests.fixtures.processes import wait_for
from tests.fixtures.world import MANY
from tests.journeys.paying import App, Installation, pay_by_card

DATABASE = "payment_flows"
Flow = Callable[[App, str], tuple[str, int]]


@pytest.fixture(scope="module", name="installation")
def _installation(
    database_cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """One for all flows, each of which pays a contract of its own."""
    postgres = engine_of(
        database_cluster, "postgres", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with postgres.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {DATABASE} TEMPLATE {migrated_template}"))
    folder = tmp_path_factory.mktemp("payments")
    with Sandbox(bank_options=BankOptions(auto_pay=False)) as sandbox:
        made = Installation(database_cluster, DATABASE, sandbox, folder, billing_timeout=4)
        try:
            yield made
            assert not made.bugs()
        finally:
            made.end()
    with postgres.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {DATABASE} WITH (FORCE)"))


@pytest.fixture(scope="module", name="app")
def _app(installation: Installation) -> App:
    """Somebody with many contracts."""
    return App(installation, MANY)


def text_of(answer: requests.Response) -> str:
    """What both apps can decode: a string, and not an empty one."""
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert isinstance(data, str) and data
    return data


def android_2022_card(app: App, contract: str) -> tuple[str, int]:
    """The app registers at the bank itself; 1.15 rubles by float32 are 114 kopecks."""
    number = text_of(app.prepare(contract, "114"))
    back = f"lanta://sber?clientId={contract}&orderNumber={number}"
    told = app.register_at_bank(number, "114", back).json()
    page = pay_by_card(told["formUrl"])
    assert f"orderNumber={number}" in page.text, "the way back to the app"
    text_of(app.process(number, told["orderId"]))
    text_of(app.process(number, told["orderId"]))  # on the next resume, too
    return number, 114


def android_2022_card_killed(app: App, contract: str) -> tuple[str, int]:
    """The same, and Android ended the app while the browser was open: no pay/process at all."""
    number = text_of(app.prepare(contract, "20000"))
    pay_by_card(app.register_at_bank(number, "20000", "lanta://sber").json()["formUrl"])
    return number, 20000


def android_2022_google_pay(app: App, contract: str) -> tuple[str, int]:
    number = text_of(app.prepare(contract, "15000"))
    told = app.google_at_bank(number, "15000").json()
    assert told["success"] is True
    text_of(app.process(number, told["data"]["orderId"]))
    return number, 15000


def android_head_card(app: App, contract: str) -> tuple[str, int]:
    """With the token, an amount as a number, and no pay/process, which that app has not."""
    number = text_of(app.prepare(contract, "25000"))
    answer = app.register(number, 25000)
    assert answer.status_code == 200, answer.text
    back = pay_by_card(answer.json()["data"]["formUrl"])
    assert back.status_code == 303 and contract not in back.headers["Location"]
    page = requests.get(back.headers["Location"], timeout=20)
    assert page.status_code == 200 and "Вернитесь в приложение" in page.text
    return number, 25000


def ios_apple_pay(app: App, contract: str) -> tuple[str, int]:
    """Both of 2022 and of today; the amount is a Double in a string."""
    number = text_of(app.prepare(contract, "15000.0"))
    told = app.apple_at_bank(number, 15000).json()
    assert told["success"] is True
    text_of(app.process(number, told["data"]["orderId"]))
    return number, 15000


def ios_apple_pay_unlucky_double(app: App, contract: str) -> tuple[str, int]:
    number = text_of(app.prepare(contract, "11450.000000000002"))
    app.apple_at_bank(number, 11450)
    return number, 11450


def ios_2022_card(app: App, contract: str) -> tuple[str, int]:
    number = text_of(app.prepare(contract, "30000"))
    told = app.register_at_bank(number, "30000", "https://lanta.example/paid").json()
    back = pay_by_card(told["formUrl"])
    query = parse_qs(urlsplit(back.headers["Location"]).query)
    assert query["orderId"] == [told["orderId"]]
    return number, 30000


def ios_head_card(app: App, contract: str) -> tuple[str, int]:
    """WITHOUT the token, an amount as a string; a second tap finds the same page."""
    number = text_of(app.prepare(contract, "35000"))
    answers = [app.register(number, "35000", signed=False) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    first, second = (answer.json()["data"] for answer in answers)
    assert first == second and set(first) == {"orderId", "formUrl"}
    pay_by_card(first["formUrl"])
    return number, 35000


def our_wallet(system: str, amount: int) -> Flow:
    def flow(app: App, contract: str) -> tuple[str, int]:
        number = text_of(app.prepare(contract, str(amount)))
        answer = app.wallet(number, system, amount)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()["data"]) == {"orderId"}, "nothing is left to confirm"
        return number, amount

    return flow


FLOWS: list[tuple[str, str, Flow]] = [
    ("android-2022-card", "1100", android_2022_card),
    ("android-2022-card-app-killed", "1101", android_2022_card_killed),
    ("android-2022-google-pay", "1110", android_2022_google_pay),
    ("android-head-card", "1120", android_head_card),
    ("ios-apple-pay", "1130", ios_apple_pay),
    ("ios-apple-pay-unlucky-double", "1140", ios_apple_pay_unlucky_double),
    ("ios-2022-card", "1150", ios_2022_card),
    ("ios-head-card", "1160", ios_head_card),
    ("our-wallet-google", "1170", our_wallet("google", 40000)),
    ("our-wallet-apple", "1180", our_wallet("apple", 45000)),
]


@pytest.mark.parametrize(
    "contract, flow", [row[1:] for row in FLOWS], ids=[name for name, *_ in FLOWS]
)
def test_a_payment_is_credited_once_and_the_balance_moves(
    installation: Installation, app: App, contract: str, flow: Flow
) -> None:
    billing = installation.sandbox.billing
    before = app.balance(contract)
    number, amount = flow(app, contract)
    wait_for(lambda: state_of(installation, number) == "credited", "the credit")
    wait_for(lambda: app.balance(contract) != before, "the balance")
    assert app.balance(contract) == pytest.approx(before + amount / 100)
    paid = billing.confirmed[number]
    assert (paid["login"], paid["amount"], paid["credited"]) == (contract, amount, 1)
    assert paid["bankOrder"] == installation.sandbox.bank.order(number)["orderId"]
    rows = installation.rows(
        "SELECT c.* FROM credits c JOIN payments p ON p.id = c.payment_id"
        " WHERE p.order_number = :number",
        number=number,
    )
    assert len(rows) == 1 and rows[0]["told_at"] is not None


@pytest.mark.parametrize("contract, flow", [("1190", android_head_card), ("1200", ios_2022_card)])
def test_without_any_callback_asking_the_bank_credits_it(
    installation: Installation, app: App, contract: str, flow: Flow
) -> None:
    installation.sandbox.faults.set("bank", "lost", method="callback")
    before = app.balance(contract)
    number, amount = flow(app, contract)
    wait_for(lambda: state_of(installation, number) == "credited", "the credit")
    installation.sandbox.faults.set("bank", "ok", method="callback")
    assert installation.sandbox.billing.confirmed[number]["credited"] == 1
    wait_for(lambda: app.balance(contract) == before + amount / 100, "the balance")
    calls = [one for one in installation.sandbox.bank.callbacks if one["orderNumber"] == number]
    assert [one["answered"] for one in calls] == ["lost"]


def test_what_the_bank_declines_is_not_credited(installation: Installation, app: App) -> None:
    number = text_of(app.prepare("1210", "10001"))  # a magic amount: declined
    answer = app.wallet(number, "google", 10001)
    assert answer.status_code == 402 and "Банк отклонил" in answer.json()["message"]
    wait_for(lambda: state_of(installation, number) == "declined", "the bank's word")
    assert number not in installation.sandbox.billing.confirmed


def state_of(installation: Installation, number: str) -> str:
    rows = installation.rows(
        "SELECT state FROM payments WHERE order_number = :number", number=number
    )
    return str(rows[0]["state"]) if rows else ""
