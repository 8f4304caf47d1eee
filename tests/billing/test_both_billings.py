"""One promise, two billings: the provider's over HTTP, and our own tables. What people see, what
payments do and what is refused is the same."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from smartyard.config import Settings
from smartyard.gateways.billing import BillingRefused
from smartyard.gateways.billing_money import CancellationNotice, Confirmation
from smartyard.phones import Phone
from smartyard.sandbox import Sandbox
from tests.billing.conftest import Office
from tests.cabinet.test_accounts import accounts, data, person, text_of
from tests.fixtures.money import Money
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, UNPAID, Resident, connected

WATCHED = "INSERT INTO camera_links (camera_id, house_id, suspended, source) SELECT id, 102, false"


@pytest.fixture(name="money_settings", params=["http", "local"])
def money_settings_fixture(
    request: pytest.FixtureRequest, settings: Settings, sandbox: Sandbox
) -> Settings:
    url = {"local": "", "http": sandbox.billing_url}[request.param]
    return connected(settings, sandbox, billing=request.param, billing_url=url)


@pytest.fixture(name="office")
def office_fixture(money: Money) -> Office:
    office = Office(money)
    office.load()
    return office


def flats(resident: Resident) -> dict[str, dict[str, Any]]:
    return {one["clientId"]: one for one in data(resident, "address/getSettingsList")}


def test_homes_are_those_of_the_number_with_services_and_roommates(office: Office) -> None:
    mine = flats(person(office.money, NORMAL))
    assert set(mine) == {"1001", "1002"}
    first = mine["1001"]
    assert (first["houseId"], first["flatId"], first["flatNumber"]) == ("101", "10101", "1")
    assert (first["contractName"], first["clientName"]) == ("ДОГ-1001", "Образцов Иван Иванович")
    assert first["address"].startswith("г. Примерск, ул. Образцовая, д. 1")
    assert sorted(first["services"]) == ["cctv", "domophone", "internet"]
    assert (first["contractOwner"], first["flatOwner"]) == ("t", "t")
    assert [(one["phone"], one["type"]) for one in first["roommates"]] == [(SECOND, "inner")]
    second = flats(person(office.money, SECOND))["1001"]
    assert (second["contractOwner"], second["flatOwner"]) == ("f", "f")
    assert [(one["phone"], one["type"]) for one in second["roommates"]] == [(NORMAL, "owner")]
    houses = data(person(office.money, NORMAL), "address/getAddressList")
    assert [one["houseId"] for one in houses] == ["101", "102"]
    assert person(office.money, NOBODY).post("address/getSettingsList").status_code == 204


def test_balances_and_blocks_are_those_of_the_contract(office: Office) -> None:
    mine = accounts(person(office.money, NORMAL))
    assert {one: told["balance"] for one, told in mine.items()} == {"1001": 350.5, "1002": 120}
    assert (mine["1001"]["blocked"], mine["1001"]["contractName"]) == ("f", "ДОГ-1001")
    debtor = accounts(person(office.money, UNPAID))["1005"]
    assert (debtor["balance"], debtor["blocked"]) == (-410, "t")
    assert person(office.money, NOBODY).post("user/getPaymentsList").status_code == 204


def watched_house(money: Money) -> None:
    """House 102 has a camera of the inventory, whichever billing there is."""
    rows = (
        "INSERT INTO houses (id, address) VALUES (102, '') ON CONFLICT DO NOTHING",
        "INSERT INTO media_servers (name, url, type, hls_mode, source)"
        " VALUES ('m', 'http://media.example', 'flussonic', 'mpegts', 'inventory')",
        "INSERT INTO cameras (stream, name, media_server_id, lat, lon, has_sound, source)"
        " SELECT 'yard', 'Двор', id, '55.75', '37.61', false, 'inventory' FROM media_servers",
        f"{WATCHED}, 'inventory' FROM cameras",
    )
    with money.engine.begin() as connection:
        for row in rows:
            connection.exec_driver_sql(row)


def test_when_the_paid_time_is_over_viewing_ends_and_comes_back_when_it_is_paid(
    office: Office,
) -> None:
    money = office.money
    watched_house(money)
    resident = person(money, NORMAL)
    token = data(resident, "cctv/all", {"houseId": 102})[0]["token"]
    asked = f"/api/accessfl?token={token}&name=yard&ip=203.0.113.7"
    assert money.app.test_client().get(asked).status_code == 200
    for services, shown, plays in ((["cctv"], 402, 403), ([], 200, 200)):
        office.stop_paying(NORMAL, 1002, services)
        money.clock.forward(seconds=money.settings.billing_ttl + 1)
        flats(resident)
        assert resident.post("cctv/all", {"houseId": 102}).status_code == shown
        money.clock.forward(seconds=200)  # past what a verdict is kept for
        assert money.app.test_client().get(asked).status_code == plays


def test_a_payment_moves_the_balance_once_and_a_refund_takes_it_back(office: Office) -> None:
    money = office.money
    order = money.credited()
    assert accounts(money.payer)["1001"]["balance"] == 500.92
    with money.engine.begin() as connection:  # a worker that was killed before it could note it
        connection.exec_driver_sql("UPDATE credits SET told_at = NULL, next_at = '2000-01-01'")
    money.turn_of_billing()
    assert accounts(money.payer)["1001"]["balance"] == 500.92
    year = money.clock.now.astimezone(money.settings.timezone).year
    newest = data(money.payer, "pay/getDetail", {"clientId": "1001", "year": year})[0]
    assert (newest["sum"], newest["dsc"]) == (150.42, f"Оплата по счёту {order}")
    receipt = {"clientId": "1001", "receiptId": newest["id"]}
    words = text_of(data(money.payer, "pay/getReceipt", receipt)["receipt"])
    assert "Оплачено: 150,42 руб." in words and "договору ДОГ-1001" in words, words
    money.sandbox.bank.refund(order, 5042)
    money.clock.forward(hours=1)
    money.turn()
    assert accounts(money.payer)["1001"]["balance"] == 450.5
    rows = data(money.payer, "pay/getDetail", {"clientId": "1001", "year": year})
    assert (rows[0]["sum"], rows[0]["dsc"]) == (-50.42, f"Возврат по счёту {order}")
    refused = money.payer.post("pay/getReceipt", receipt | {"receiptId": rows[0]["id"]})
    assert refused.status_code == 404


def test_an_invoice_says_what_is_to_be_paid(office: Office) -> None:
    told = data(office.money.payer, "pay/getInvoice", {"clientId": "1001", "amount": "123456"})
    words = text_of(told["invoice"])
    for part in ("Образцов Иван Иванович", "К оплате: 1 234,56 руб.", told["number"]):
        assert part in words, words


def test_a_phone_adds_itself_by_the_contracts_password_alone(office: Office) -> None:
    guest = person(office.money, NOBODY)
    for login, password in (("1001", "guess"), ("9999", "demo-1001"), ("1001", "demo-1002")):
        body = {"login": login, "password": password}
        assert guest.post("user/addMyPhone", body).status_code == 403
    assert guest.post("address/getSettingsList").status_code == 204
    right = {"login": "1001", "password": "demo-1001"}
    assert guest.post("user/addMyPhone", right).status_code == 204
    assert set(flats(guest)) == {"1001"} and set(accounts(guest)) == {"1001"}
    assert guest.post("user/addMyPhone", right).status_code == 404
    told = office.money.rows("SELECT actor, subject FROM audit WHERE action = 'phone added'")
    mine = [(f"phone:{NOBODY}", "contract:1001")]
    assert [tuple(row) for row in told] == (mine if office.is_local else [])


def test_nobody_elses_contract_is_shown_or_paid(office: Office) -> None:
    stranger = person(office.money, NEIGHBOUR)
    for path, more in (
        ("pay/getDetail", {"year": 2026}),
        ("pay/getInvoice", {"amount": "15000"}),
        ("pay/prepare", {"amount": "15000"}),
    ):
        for contract in ("1001", "no-such"):
            answer = stranger.post(path, {"clientId": contract, **more})
            assert (path, contract, answer.status_code) == (path, contract, 403)


def credit(order: str, **more: Any) -> Confirmation:
    told = {"contract_id": "1001", "amount_kopecks": 15000, **more}
    return Confirmation(
        order=order,
        phone=Phone(NORMAL),
        bank_order_id="bank-1",
        paid_at=datetime(2026, 5, 6, tzinfo=UTC),
        **told,
    )


def refund(order: str, amount: int, total: int) -> CancellationNotice:
    moment = datetime(2026, 5, 7, tzinfo=UTC)
    return CancellationNotice(order, amount, total, "refund", moment)


def refused(work: Callable[[], object]) -> int:
    with pytest.raises(BillingRefused) as caught:
        work()
    return caught.value.code


def test_what_cannot_be_credited_or_taken_back_is_refused_with_the_same_code(
    office: Office,
) -> None:
    with office.money.app.app_context():
        billing = office.accounting
        assert refused(lambda: billing.confirm(credit("a", contract_id="no-such"))) == 403
        for _ in range(2):
            billing.confirm(credit("a"))
        assert refused(lambda: billing.confirm(credit("a", amount_kopecks=1))) == 409
        assert refused(lambda: billing.confirm(credit("a", contract_id="1002"))) == 409
        assert refused(lambda: billing.cancel(refund("b", 100, 100))) == 409
        for _ in range(2):
            billing.cancel(refund("a", 5000, 5000))
        assert refused(lambda: billing.cancel(refund("a", 4000, 5000))) == 409
        assert refused(lambda: billing.cancel(refund("a", 10001, 15001))) == 409
        billing.cancel(refund("a", 10000, 15000))
    assert accounts(person(office.money, NORMAL))["1001"]["balance"] == 350.5


def test_our_own_billing_calls_nobody(office: Office) -> None:
    office.money.credited()
    accounts(office.money.payer)
    assert bool(office.money.sandbox.calls("billing")) is not office.is_local
