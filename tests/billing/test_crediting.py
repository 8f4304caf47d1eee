"""A credit of our own billing and what the ledger says of it: one transaction, or none of it."""

import pytest

from smartyard.config import Settings
from tests.billing.conftest import Office
from tests.fixtures.money import Money
from tests.user.asking import at_once

# The ledger cannot write that billing was told: the moment at which a worker would be killed.
_BROKEN = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'the outcome cannot be written'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE OF told_at ON credits
        FOR EACH ROW WHEN (NEW.told_at IS NOT NULL) EXECUTE FUNCTION refuse();
"""


@pytest.fixture(name="money_settings")
def money_settings_fixture(local_settings: Settings) -> Settings:
    return local_settings


@pytest.fixture(name="office")
def office_fixture(money: Money) -> Office:
    office = Office(money)
    office.load()
    return office


def paid(money: Money) -> str:
    order = money.registered()
    money.sandbox.bank.pay(order)
    money.clock.forward(seconds=20)
    money.ask_due()
    return order


def balance(money: Money) -> int:
    row = money.one("SELECT balance_kopecks FROM local_contracts WHERE id = '1001'")
    return int(row[0])


def test_a_credit_whose_outcome_is_not_written_is_no_credit(office: Office) -> None:
    money = office.money
    order = paid(money)
    with money.engine.begin() as connection:
        connection.exec_driver_sql(_BROKEN)
    try:
        with pytest.raises(Exception, match="the outcome cannot be written"):
            money.tell_due()
        assert (balance(money), money.state(order)) == (35050, "paid")
        assert not money.rows("SELECT 1 FROM local_movements WHERE order_number IS NOT NULL")
    finally:
        with money.engine.begin() as connection:
            connection.exec_driver_sql("DROP FUNCTION refuse CASCADE")
    money.clock.forward(seconds=money.settings.pay_lease + 1)
    assert money.tell_due() == [True]
    assert (balance(money), money.state(order)) == (50092, "credited")


def test_workers_at_once_credit_each_order_once(office: Office) -> None:
    money = office.money
    paid(money)
    before = balance(money)

    def work(_: int) -> list[bool]:
        with money.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE credits SET next_at = '2000-01-01'")
        return money.tell_due()

    at_once(work, 4)
    money.turn_of_billing()
    assert balance(money) == before + 15042
    assert money.count("local_movements WHERE order_number IS NOT NULL") == 1


def test_a_contract_that_is_gone_from_the_book_keeps_its_payment_waiting(office: Office) -> None:
    money = office.money
    order = paid(money)
    with money.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE payments SET contract_id = 'no-such'")
    assert money.tell_due() == [False] and money.state(order) == "paid"
    error = money.one("SELECT last_error FROM credits").last_error
    assert error == "billing refused with 403"


def test_the_balance_is_the_sum_of_its_movements(office: Office) -> None:
    money = office.money
    order = money.credited()
    money.sandbox.bank.refund(order, 42)
    money.clock.forward(hours=1)
    money.turn()
    rows = money.rows(
        "SELECT c.id FROM local_contracts c LEFT JOIN local_movements m ON m.contract_id = c.id"
        " GROUP BY c.id HAVING c.balance_kopecks <> coalesce(sum(m.kopecks), 0)"
    )
    assert rows == [] and balance(money) == 50050
