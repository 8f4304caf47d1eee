"""Balances and documents of one's own contracts; others', a poor and a silent billing."""

import base64
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from smartyard.wiring import create_app
from tests.fixtures.money import Money
from tests.fixtures.world import MANY, NEIGHBOUR, NOBODY, UNPAID, Resident, sign_in_by


def person(money: Money, phone: str) -> Resident:
    return sign_in_by(money.app.test_client(), money.sandbox, phone)


def data(resident: Resident, path: str, body: Any = None, **headers: str) -> Any:
    answer = resident.post(path, body, **headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["data"]


def accounts(resident: Resident) -> dict[str, dict[str, Any]]:
    rows = data(resident, "user/getPaymentsList")
    return {one["clientId"]: one for row in rows for one in row["accounts"]}


def test_right_after_signing_in_every_contract_of_the_number_is_there(money: Money) -> None:
    rows = data(money.payer, "user/getPaymentsList")
    assert [row["address"] for row in rows] == sorted(row["address"] for row in rows)
    assert set(accounts(money.payer)) == {"1001", "1002"}
    assert len(accounts(person(money, MANY))) == 18
    assert person(money, NOBODY).post("user/getPaymentsList").status_code == 204


def test_balances_are_rubles_and_what_is_not_known_is_left_out(money: Money) -> None:
    mine, debtor = accounts(money.payer)["1001"], accounts(person(money, UNPAID))["1005"]
    assert (mine["balance"], mine["payAdvice"], mine["blocked"]) == (350.5, 500, "f")
    assert (debtor["balance"], debtor["blocked"]) == (-410, "t")
    assert mine["contractName"] == "ДОГ-1001" and mine["services"]
    assert None not in mine.values()


def test_the_older_list_has_a_row_a_contract(money: Money) -> None:
    rows = data(money.payer, "user/getBillingList")
    assert [row["login"] for row in rows] == ["1001", "1002"]
    first = rows[0]
    assert (first["balans"], first["payment"], first["internet"], first["tv"]) == (
        350.5,
        500,
        "internet",
        "",
    )


def test_a_billing_of_the_older_name_is_asked_by_it(money: Money) -> None:
    money.sandbox.faults.set("billing", "lacks", method="getpaymentslist")
    assert set(accounts(money.payer)) == {"1001", "1002"}
    assert money.asked("getlist", "billing")


def test_a_billing_with_neither_name_sends_people_to_the_office(money: Money) -> None:
    for method in ("getpaymentslist", "getlist"):
        money.sandbox.faults.set("billing", "lacks", method=method)
    for path in ("user/getPaymentsList", "user/getBillingList"):
        answer = money.payer.post(path)
        assert answer.status_code == 404 and "Обратитесь в офис" in answer.get_json()["message"]


def test_while_billing_is_silent_its_last_word_is_shown_and_without_one_503(money: Money) -> None:
    before = accounts(money.payer)
    neighbour = person(money, NEIGHBOUR)
    money.sandbox.faults.set("billing", "error")
    money.clock.forward(minutes=10)
    assert accounts(money.payer) == before
    assert neighbour.post("user/getPaymentsList").status_code == 503
    money.clock.forward(hours=73)
    assert money.payer.post("user/getPaymentsList").status_code == 503


def test_pulling_to_refresh_asks_billing_anew(money: Money) -> None:
    accounts(money.payer)
    money.sandbox.world.move_balance(1001, 12345)
    assert accounts(money.payer)["1001"]["balance"] == 350.5
    rows = data(money.payer, "user/getPaymentsList", **{"X-Dm-Api-Refresh": ""})
    assert rows[0]["accounts"][0]["balance"] == 473.95


def test_the_history_is_a_years_movements_and_shows_a_payment(money: Money) -> None:
    order = money.credited()
    year = money.clock.now.year
    rows = data(money.payer, "pay/getDetail", {"clientId": "1001", "year": year})
    assert (rows[0]["sum"], rows[0]["dsc"]) == (150.42, f"Оплата по счёту {order}")
    past = data(money.payer, "pay/getDetail", {"clientId": "1001", "year": str(year - 1)})
    assert [row["sum"] for row in past] == [-500, 500, -500]
    assert all(row["date"].endswith(str(year - 1)) and row["id"] for row in past)


PAST = datetime.now(UTC).year - 1
DOCUMENTS = {
    "pay/getInvoice": {"clientId": "1001", "amount": "123456"},
    "pay/getReceipt": {"clientId": "1001", "receiptId": f"1001-{PAST}-1"},
}


def text_of(packed: str) -> str:
    content = base64.b64decode(packed, validate=True)
    assert content.startswith(b"%PDF-")
    (page,) = PdfReader(io.BytesIO(content)).pages
    # pylint: disable-next=no-member  # it takes the list of pages for a page
    return " ".join(page.extract_text().split())


def test_an_invoice_is_a_pdf_with_the_right_words(money: Money) -> None:
    told = data(money.payer, "pay/getInvoice", DOCUMENTS["pay/getInvoice"])
    text = text_of(told["invoice"])
    for words in (
        f"Счёт № {told['number']} от {told['date']}",
        "Образцов Иван Иванович",
        "Услуги связи по договору ДОГ-1001",
        "Счёт на оплату услуг связи",
        "К оплате: 1 234,56 руб.",
    ):
        assert words in text, text
    assert told["number"].startswith("СЧ-")


def test_a_receipt_is_a_pdf_with_the_right_words(money: Money) -> None:
    told = data(money.payer, "pay/getReceipt", DOCUMENTS["pay/getReceipt"])
    text = text_of(told["receipt"])
    for words in (f"Квитанция № 1001-{PAST}-1", "Оплата через терминал", "Оплачено: 500,00 руб."):
        assert words in text, text


DETAIL = {"pay/getDetail": {"clientId": "1001", "year": PAST}}
OWN = DOCUMENTS | DETAIL


@pytest.mark.parametrize("path", OWN)
def test_the_contract_of_another_is_403_the_same_as_none_at_all(money: Money, path: str) -> None:
    for resident in (money.payer, person(money, NOBODY)):
        strange = resident.post(path, OWN[path] | {"clientId": "1003"})
        unknown = resident.post(path, OWN[path] | {"clientId": "no such"})
        assert (strange.status_code, strange.data) == (403, unknown.data)
    assert not [name for name, _ in money.sandbox.calls("billing") if "data" in name]


METHODS = {
    "pay/getDetail": "getdetail",
    "pay/getInvoice": "getinvoicedata",
    "pay/getReceipt": "getreceiptdata",
}


@pytest.mark.parametrize("path", OWN)
def test_a_method_that_billing_lacks_is_404_and_one_that_fails_503(money: Money, path: str) -> None:
    money.sandbox.faults.set("billing", "lacks", method=METHODS[path])
    lacks = money.payer.post(path, OWN[path])
    assert lacks.status_code == 404 and "Обратитесь в офис" in lacks.get_json()["message"]
    for mode in ("error", "rubbish", "drop"):
        money.sandbox.faults.set("billing", mode, method=METHODS[path])
        assert (mode, money.payer.post(path, OWN[path]).status_code) == (mode, 503)


def test_a_receipt_that_is_none_is_404(money: Money) -> None:
    wanted = {"clientId": "1001", "receiptId": f"1002-{PAST}-1"}  # of another contract
    assert money.payer.post("pay/getReceipt", wanted).status_code == 404


@pytest.mark.parametrize("path", OWN)
def test_a_wrong_shape_is_422(money: Money, path: str) -> None:
    values: list[object] = [None, "", [], {"a": 1}, "a\0b", "x" * 201]
    for value in values:
        for name in OWN[path]:
            answer = money.payer.post(path, OWN[path] | {name: value})
            assert (name, value, answer.status_code) == (name, value, 422)
    assert money.payer.post(path, {}).status_code == 422


def test_documents_have_a_limit_an_hour(money: Money) -> None:
    settings = money.settings.model_copy(update={"documents_per_phone_hour": 3})
    app = create_app(settings, clock=money.clock)
    few = Money(app, settings, money.sandbox, money.engine, money.clock)
    year = {"clientId": "1001", "year": PAST}
    calls = [("pay/getDetail", year), *DOCUMENTS.items()]
    assert [few.payer.post(path, body).status_code for path, body in calls] == [200] * 3
    asked = len(few.asked("getdetail", "billing"))
    assert [few.payer.post(path, body).status_code for path, body in calls] == [429] * 3
    assert len(few.asked("getdetail", "billing")) == asked
    few.clock.forward(hours=1)
    assert few.payer.post("pay/getDetail", year).status_code == 200
