"""Billing's invoices, credits, refunds and history; and how a phone gets at a contract."""

import re
import threading
import time
from typing import Any

import pytest
import requests

from smartyard.sandbox import Sandbox
from tests.sandbox.test_billing import NEIGHBOUR, NOBODY, NORMAL, UNPAID, ask, data

PAYMENT: dict[str, Any] = {
    "order": "O1",
    "login": 1001,
    "amount": 15050,
    "phone": NORMAL,
    "bankOrder": "b-1",
    "paidAt": "2026-11-24T10:00:00Z",
}
REFUND: dict[str, Any] = {
    "order": "O1",
    "amount": 5000,
    "refundedTotal": 5000,
    "kind": "refund",
    "at": "2026-11-24T11:00:00Z",
}
NOW = time.localtime()


def balance(sandbox: Sandbox, client: int = 1001, phone: int = NORMAL) -> float:
    flats = data(sandbox, "getpaymentslist", phone=phone)
    (found,) = [a for f in flats for a in f["accounts"] if a["clientId"] == client]
    return float(found["balance"])


def test_an_invoice_has_a_number_of_its_own(sandbox: Sandbox) -> None:
    body = {"login": "1001", "amount": 15000, "phone": NORMAL}
    first, second = data(sandbox, "createinvoice", **body), data(sandbox, "createinvoice", **body)
    assert re.fullmatch("INV-[0-9]{6,}", first) and len(first) <= 32 and first != second
    sandbox.reset()
    assert data(sandbox, "createinvoice", **body) not in (first, second)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"login": 1003}, 403),
        ({"login": 5}, 403),
        ({"amount": 0}, 422),
        ({"amount": "150.0"}, 422),
        ({"phone": str(NORMAL)}, 422),
    ],
)
def test_an_invoice_is_for_the_caller_s_own_contract(
    sandbox: Sandbox, change: dict[str, Any], code: int
) -> None:
    body: dict[str, Any] = {"login": 1001, "amount": 15000, "phone": NORMAL}
    assert ask(sandbox, "createinvoice", **(body | change))["code"] == code


def test_a_payment_is_credited_once_however_often_it_is_told(sandbox: Sandbox) -> None:
    before = balance(sandbox)
    threads = [
        threading.Thread(target=data, args=(sandbox, "confirmpayment"), kwargs=PAYMENT)
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert balance(sandbox) == pytest.approx(before + 150.5)
    row = sandbox.billing.confirmed["O1"]
    assert (row["called"], row["credited"], row["bankOrder"]) == (6, 1, "b-1")


def test_a_forgetful_billing_credits_each_call(sandbox: Sandbox) -> None:
    sandbox.billing.money.forgetful = True
    before = balance(sandbox)
    for _ in range(2):
        data(sandbox, "confirmpayment", **PAYMENT)
    assert balance(sandbox) == pytest.approx(before + 301)
    assert sandbox.billing.confirmed["O1"]["credited"] == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [({"amount": 15051}, 409), ({"login": 1002}, 409), ({"login": 5}, 403), ({"paidAt": ""}, 422)],
)
def test_an_order_that_changed_is_refused(
    sandbox: Sandbox, change: dict[str, Any], code: int
) -> None:
    data(sandbox, "confirmpayment", **PAYMENT)
    before = balance(sandbox)
    assert ask(sandbox, "confirmpayment", **(PAYMENT | change))["code"] == code
    assert balance(sandbox) == before


def test_an_invoice_holds_its_amount(sandbox: Sandbox) -> None:
    order = data(sandbox, "createinvoice", login=1001, amount=15000, phone=NORMAL)
    assert ask(sandbox, "confirmpayment", **(PAYMENT | {"order": order}))["code"] == 409
    data(sandbox, "confirmpayment", **(PAYMENT | {"order": order, "amount": 15000}))


def test_refunds_are_taken_back_once_each(sandbox: Sandbox) -> None:
    before = balance(sandbox)
    data(sandbox, "confirmpayment", **PAYMENT)
    for _ in range(2):
        data(sandbox, "cancelpayment", **REFUND)
    rest = REFUND | {"amount": 10050, "refundedTotal": 15050}
    data(sandbox, "cancelpayment", **rest)
    assert balance(sandbox) == pytest.approx(before)
    refunds = sandbox.billing.confirmed["O1"]["refunds"]
    assert refunds[5000] == {"amount": 5000, "kind": "refund", "called": 2}


def test_a_refund_before_its_credit_is_refused(sandbox: Sandbox) -> None:
    assert ask(sandbox, "cancelpayment", **REFUND)["code"] == 409
    data(sandbox, "confirmpayment", **PAYMENT)
    data(sandbox, "cancelpayment", **REFUND)
    more = REFUND | {"amount": 15000, "refundedTotal": 15050}
    assert ask(sandbox, "cancelpayment", **more)["code"] == 409
    assert ask(sandbox, "cancelpayment", **(REFUND | {"amount": 1}))["code"] == 409
    assert ask(sandbox, "cancelpayment", **(REFUND | {"kind": "gift"}))["code"] == 422


def test_history_tells_what_happened_newest_first(sandbox: Sandbox) -> None:
    data(sandbox, "confirmpayment", **PAYMENT)
    entries = data(sandbox, "getdetail", login=1001, year=NOW.tm_year)
    assert entries[0]["sum"] == 150.5 and "O1" in entries[0]["dsc"]
    for entry in entries:
        assert set(entry) == {"id", "date", "sum", "dsc"}
        time.strptime(entry["date"], "%H:%M %d.%m.%Y")
    earlier = data(sandbox, "getdetail", login="1001", year=str(NOW.tm_year - 1))
    assert [entry["sum"] for entry in earlier] == [-500, 500, -500]
    assert data(sandbox, "getdetail", login=1001, year=NOW.tm_year + 1) == []
    assert ask(sandbox, "getdetail", login=1001, year="this")["code"] == 422
    assert ask(sandbox, "getdetail", login=5, year=2026)["code"] == 403


def test_documents_hold_what_a_pdf_shows(sandbox: Sandbox) -> None:
    names = {"number", "date", "clientName", "sum", "dsc", "service", "start", "end"}
    invoice = data(sandbox, "getinvoicedata", login=1001, amount=15050)
    assert set(invoice) == names and invoice["sum"] == 150.5
    assert invoice["clientName"] == "Образцов Иван Иванович"
    start = time.strptime(invoice["start"], "%d.%m.%Y")
    end = time.strptime(invoice["end"], "%d.%m.%Y")
    assert start.tm_mday == 1 and end.tm_mday >= 28 and start.tm_mon == end.tm_mon
    old = data(sandbox, "getdetail", login=1001, year=NOW.tm_year - 1)
    (payment,) = [entry for entry in old if entry["sum"] > 0]
    receipt = data(sandbox, "getreceiptdata", login=1001, receiptId=payment["id"])
    assert set(receipt) == names and receipt["sum"] == payment["sum"]
    for wrong in (old[0]["id"], "nothing"):
        assert ask(sandbox, "getreceiptdata", login=1001, receiptId=wrong)["code"] == 403


def test_a_phone_is_added_by_the_contract_s_password(sandbox: Sandbox) -> None:
    body = {"login": "ДОГ-1001", "password": "demo-1001", "phone": NOBODY}
    assert ask(sandbox, "addphone", **(body | {"password": "demo-1002"}))["code"] == 403
    assert ask(sandbox, "addphone", **(body | {"login": "9"}))["code"] == 403
    assert data(sandbox, "getsettingslist", phone=NOBODY) == []
    assert data(sandbox, "addphone", **body) is None
    assert [one["clientId"] for one in data(sandbox, "getsettingslist", phone=NOBODY)] == [1001]
    assert ask(sandbox, "addphone", **body)["code"] == 409


def test_a_contract_without_a_password_takes_no_phone(sandbox: Sandbox) -> None:
    body = {"login": "1100", "password": "x", "phone": NOBODY}
    assert ask(sandbox, "addphone", **body)["code"] == 403


def test_access_is_restored_by_a_code(sandbox: Sandbox) -> None:
    who = {"contract": "ДОГ-1005", "phone": NEIGHBOUR}
    contacts = data(sandbox, "getrestorecontacts", **who)
    assert contacts == [
        {"id": "1", "contact": "+7 *** ***-**-05", "type": "phone"},
        {"id": "2", "contact": "p***@example.org", "type": "email"},
    ]
    assert ask(sandbox, "sendrestorecode", **who, contactId="3")["code"] == 403
    data(sandbox, "sendrestorecode", **who, contactId="2")
    (sent,) = requests.get(f"{sandbox.page_url}/codes", timeout=20).json()
    assert (sent["contract"], sent["contact"]) == ("ДОГ-1005", "petr@example.org")
    wrong = f"{(int(sent['code']) + 1) % 10000:04d}"
    assert ask(sandbox, "confirmrestorecode", **who, code=wrong)["code"] == 403
    other = who | {"phone": NORMAL}
    assert ask(sandbox, "confirmrestorecode", **other, code=sent["code"])["code"] == 403
    assert data(sandbox, "confirmrestorecode", **who, code=sent["code"]) is None
    assert ask(sandbox, "confirmrestorecode", **who, code=sent["code"])["code"] == 403
    mine = [one["clientId"] for one in data(sandbox, "getsettingslist", phone=NEIGHBOUR)]
    assert mine == [1003, 1004, 1005]


def test_a_code_is_guessed_five_times_at_most(sandbox: Sandbox) -> None:
    who = {"contract": "1005", "phone": UNPAID}
    data(sandbox, "sendrestorecode", **who, contactId=1)
    code = sandbox.billing.access.codes[-1]["code"]
    for step in range(1, 6):
        wrong = f"{(int(code) + step) % 10000:04d}"
        assert ask(sandbox, "confirmrestorecode", **who, code=wrong)["code"] == 403
    assert ask(sandbox, "confirmrestorecode", **who, code=code)["code"] == 403


def test_an_unknown_contract_is_not_a_lacking_method(sandbox: Sandbox) -> None:
    assert ask(sandbox, "getrestorecontacts", contract="9", phone=NORMAL)["code"] == 403


@pytest.mark.parametrize("method", ["createinvoice", "confirmpayment", "getdetail", "addphone"])
def test_a_billing_may_lack_a_method(sandbox: Sandbox, method: str) -> None:
    sandbox.faults.set("billing", "lacks", method=method)
    answer = requests.post(sandbox.billing_url + method, json={}, timeout=20)
    assert answer.status_code == answer.json()["code"] == 404
    assert len(data(sandbox, "getlist", phone=NORMAL)) == 2


def test_the_page_shows_balances(sandbox: Sandbox) -> None:
    data(sandbox, "confirmpayment", **PAYMENT)
    people = requests.get(f"{sandbox.page_url}/people", timeout=20).json()
    assert people[0]["contracts"][0]["balance"] == 501
