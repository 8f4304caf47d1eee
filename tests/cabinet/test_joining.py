"""Two ways to a contract of one's own: its password, or a code to a contact; guesses are few."""

import logging

import pytest

from smartyard.cabinet.service import mask
from smartyard.gateways.billing_money import RestoreContact
from tests.fixtures.money import Money

RIGHT = {"login": "1003", "password": "demo-1003"}


def contracts(money: Money) -> set[str]:
    rows = money.payer.post("user/getPaymentsList").get_json()["data"]
    return {one["clientId"] for row in rows for one in row["accounts"]}


def test_with_the_password_the_contract_is_in_the_list_at_once(money: Money) -> None:
    assert "1003" not in contracts(money)
    assert money.payer.post("user/addMyPhone", RIGHT).status_code == 204
    assert "1003" in contracts(money)
    homes = money.payer.post("address/getSettingsList").get_json()["data"]
    assert "1003" in {home["clientId"] for home in homes}
    assert money.prepare(contract="1003")


REFUSED = {
    "a wrong password": ({"password": "x"}, 403, "пароль"),
    "no such contract": ({"login": "9999"}, 403, "пароль"),
    "there already": ({"login": "1001", "password": "demo-1001"}, 404, "уже есть"),
    "no password": ({"password": ""}, 422, ""),
    "no text": ({"password": ["x"]}, 422, ""),
    "a flag that is none": ({"notification": True}, 422, ""),
}


@pytest.mark.parametrize("change, status, words", REFUSED.values(), ids=REFUSED)
def test_what_is_not_right_is_refused_in_words(
    money: Money, change: dict[str, object], status: int, words: str
) -> None:
    answer = money.payer.post("user/addMyPhone", RIGHT | change)
    assert answer.status_code == status and words in answer.get_json()["message"]
    assert "1003" not in contracts(money)


def test_restoring_goes_by_three_steps_with_either_spelling(money: Money) -> None:
    for spelling in ("contact_id", "contactId"):
        contacts = money.payer.post("user/restore", {"contract": "ДОГ-1003"}).get_json()["data"]
        assert [one["type"] for one in contacts] == ["phone", "email"]
        chosen = {"contract": "ДОГ-1003", spelling: contacts[1]["id"]}
        assert money.payer.post("user/restore", chosen).status_code == 204
    sent = money.sandbox.billing.access.codes
    assert [one["contact"] for one in sent] == ["anna@example.org"] * 2
    wrong = {"contract": "ДОГ-1003", "code": "x"}
    assert money.payer.post("user/restore", wrong).status_code == 403
    assert "1003" not in contracts(money)
    right = {"contract": "ДОГ-1003", "code": sent[-1]["code"]}
    assert money.payer.post("user/restore", right).status_code == 204
    assert "1003" in contracts(money)


def test_contacts_come_masked(money: Money) -> None:
    text = money.payer.post("user/restore", {"contract": "1003"}).get_data(as_text=True)
    assert "anna@" not in text and "79000000003" not in text and "*" in text


MASKED = [
    ("email", "anna@example.org", "a***@e***.org"),
    ("email", "a@b", "a***@b***"),
    ("phone", "79001234567", "***4567"),
    ("phone", "+7 (900) 123-45-67", "***4567"),
    ("phone", "1234", "***"),
    ("phone", "+7 *** ***-**-01", "+7 *** ***-**-01"),
]


@pytest.mark.parametrize("kind, told, shown", MASKED)
def test_what_billing_did_not_mask_we_do(kind: str, told: str, shown: str) -> None:
    contact = RestoreContact(id="1", contact=told, type=kind)  # type: ignore[arg-type]
    assert mask(contact) == shown


def test_an_unknown_contract_or_contact_is_404(money: Money) -> None:
    for body in ({"contract": "9999"}, {"contract": "1003", "contact_id": "9"}):
        assert money.payer.post("user/restore", body).status_code == 404
    assert money.payer.post("user/restore", {"contract": ""}).status_code == 422


STEPS = {
    "addphone": ("user/addMyPhone", RIGHT),
    "getrestorecontacts": ("user/restore", {"contract": "1003"}),
    "sendrestorecode": ("user/restore", {"contract": "1003", "contact_id": "1"}),
    "confirmrestorecode": ("user/restore", {"contract": "1003", "code": "0000"}),
}


@pytest.mark.parametrize("method", STEPS)
def test_each_step_fails_in_words_where_billing_does(money: Money, method: str) -> None:
    path, body = STEPS[method]
    money.sandbox.faults.set("billing", "lacks", method=method)
    lacks = money.payer.post(path, body)
    assert lacks.status_code == 404 and "Обратитесь в офис" in lacks.get_json()["message"]
    money.sandbox.faults.set("billing", "error", method=method)
    assert money.payer.post(path, body).status_code == 503


@pytest.mark.parametrize("method", STEPS)
def test_ten_guesses_an_hour_and_no_more(money: Money, method: str) -> None:
    path, body = STEPS[method]
    guess = body | ({"password": "x"} if "password" in body else {})
    answers = [money.payer.post(path, guess).status_code for _ in range(12)]
    assert 429 not in answers[:10] and answers[10:] == [429, 429]
    assert len(money.asked(method, "billing")) == 10
    money.clock.forward(seconds=3601)
    assert money.payer.post(path, guess).status_code != 429


def test_the_password_and_the_code_are_in_no_log(
    money: Money, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    money.payer.post("user/addMyPhone", RIGHT | {"password": "my-secret"})
    money.payer.post("user/restore", {"contract": "1003", "code": "87654321"})
    for secret in ("my-secret", "87654321"):
        assert secret not in caplog.text
