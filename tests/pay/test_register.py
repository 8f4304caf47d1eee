"""`pay/register`: one order at the bank for one of ours, whatever is lost on the way."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import SecretStr

from smartyard.wiring import create_app
from tests.fixtures.money import Money
from tests.fixtures.world import NEIGHBOUR, sign_in_by
from tests.user.asking import at_once

REGISTER = "register.do"


def wanted(order: str, **more: object) -> dict[str, object]:
    return {"orderNumber": order, "amount": 15042, **more}


def test_the_bank_gets_an_order_of_our_sum_and_the_app_its_page(money: Money) -> None:
    order = money.prepare()
    given = money.register(order)
    bank = money.sandbox.bank.order(order)
    assert (bank["amount"], bank["status"], bank["orderId"]) == (15042, 0, given["orderId"])
    assert given["formUrl"] == money.sandbox.bank.form_url(given["orderId"])
    row = money.row(order)
    assert (row.state, row.bank_order_id, row.form_url) == (
        "registered",
        given["orderId"],
        given["formUrl"],
    )
    assert (row.ask_at - money.clock.now).total_seconds() == 15
    assert money.events(order)[-1] == ("new", "registered", "registered at the bank")


def test_a_repeat_has_the_same_answer_for_ever_without_the_bank(money: Money) -> None:
    order = money.prepare()
    given = money.register(order)
    money.clock.forward(hours=23)
    money.sandbox.faults.set("bank", "down")
    assert money.register(order) == given
    assert len(money.asked(REGISTER)) == 1


def test_the_sum_of_the_body_does_nothing(money: Money) -> None:
    amounts: list[object] = [1, "1", 99999999, "15042.5", None, "x", [], -1]
    for number, amount in enumerate(amounts):
        order = money.prepare(15042 + number)
        answer = money.payer.post("pay/register", wanted(order, amount=amount))
        assert answer.status_code == 200
        assert money.sandbox.bank.order(order)["amount"] == 15042 + number


def test_without_a_token_the_order_number_is_enough(money: Money) -> None:
    order = money.prepare()
    given = money.app.test_client().post("/api/pay/register", json=wanted(order))
    assert given.status_code == 200 and set(given.get_json()["data"]) == {"orderId", "formUrl"}
    assert given.get_json()["data"] == money.register(order)


def test_somebody_else_and_a_wrong_token_are_refused(money: Money) -> None:
    order = money.prepare()
    neighbour = sign_in_by(money.app.test_client(), money.sandbox, NEIGHBOUR)
    strange = neighbour.post("pay/register", wanted(order))
    unknown = neighbour.post("pay/register", wanted("unknown"))
    assert strange.status_code == 403 and strange.data == unknown.data
    for token, status in (("Bearer x", 401), ("Bearer " + "0" * 36, 401)):
        answer = money.app.test_client().post(
            "/api/pay/register", json=wanted(order), headers={"Authorization": token}
        )
        assert answer.status_code == status
    assert not money.asked(REGISTER)


@pytest.mark.parametrize("order", ["unknown", "1" * 36, "a\0"[:1], "'; --", "ы"])
def test_an_unknown_number_is_403(money: Money, order: str) -> None:
    answer = money.app.test_client().post("/api/pay/register", json=wanted(order))
    assert answer.status_code == 403 and not money.asked(REGISTER)


@pytest.mark.parametrize("order", ["", None, "1" * 37, "a\0b", [], True])
def test_a_wrong_shape_is_422(money: Money, order: object) -> None:
    answer = money.app.test_client().post("/api/pay/register", json={"orderNumber": order})
    assert answer.status_code == 422


def test_the_bank_hears_nothing_of_the_payer(money: Money) -> None:
    order = money.prepare()
    money.register(order)
    (sent,) = money.asked(REGISTER)
    assert set(sent) == {
        "userName", "orderNumber", "amount", "currency", "language",
        "returnUrl", "failUrl", "description",
    }  # fmt: skip
    assert sent["returnUrl"] == sent["failUrl"] == "http://127.0.0.1:1/api/pay/return"
    told = " ".join(f"{value}" for name, value in sent.items() if name != "orderNumber")
    for secret in (money.payer.phone, money.payer.phone[1:], "1001", money.payer.token, "Образцов"):
        assert secret not in told


def test_the_page_after_paying_knows_nothing(money: Money) -> None:
    page = money.app.test_client().get("/api/pay/return?orderId=<script>x</script>")
    assert page.status_code == 200 and "Вернитесь в приложение" in page.text
    assert "<script>" not in page.text and "script-src" not in page.headers
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_two_at_once_are_one_order_at_the_bank(money: Money) -> None:
    order = money.prepare()
    money.sandbox.faults.set("bank", "slow", seconds=0.3, method=REGISTER)

    def register(_: int) -> tuple[int, str]:
        answer = money.app.test_client().post("/api/pay/register", json=wanted(order))
        return answer.status_code, str(answer.get_json()["data"])

    assert len(set(at_once(register, 6))) == 1
    assert len(money.asked(REGISTER)) == 1


LOST = {"the answer is too late": "stall", "the line is cut": "drop"}


@pytest.mark.parametrize("mode", LOST.values(), ids=LOST)
def test_where_the_answer_is_lost_the_order_is_asked_for_and_never_made_anew(
    money: Money, another: Callable[..., Money], mode: str
) -> None:
    money.registered(301)  # its page tells how pages of this bank look
    order = money.prepare()
    money.sandbox.faults.set("bank", mode, method=REGISTER, times=1)
    given = another(sber_timeout=2.0).register(order)
    bank = money.sandbox.bank.order(order)
    assert given == {
        "orderId": bank["orderId"],
        "formUrl": money.sandbox.bank.form_url(bank["orderId"]),
    }
    assert [one["orderNumber"] for one in money.asked(REGISTER)][1:] == [order]
    assert money.state(order) == "registered" and money.register(order) == given


def test_where_no_page_is_known_a_setting_makes_it(money: Money, money_with_form: Money) -> None:
    order = money.prepare()
    money.sandbox.faults.set("bank", "drop", method=REGISTER, times=1)
    answer = money.payer.post("pay/register", wanted(order))
    assert answer.status_code == 503  # nobody knows the bank's page yet
    assert money.row(order).bank_order_id == money.sandbox.bank.order(order)["orderId"]
    given = money_with_form.app.test_client().post("/api/pay/register", json=wanted(order))
    parts = urlsplit(given.get_json()["data"]["formUrl"])
    assert parts.netloc == "pay.example"
    assert parse_qsl(parts.query) == [("id", money.sandbox.bank.order(order)["orderId"])]
    assert {one["orderNumber"] for one in money.asked(REGISTER)} == {order}


@pytest.fixture(name="money_with_form")
def money_with_form_fixture(money: Money) -> Iterator[Money]:
    form = {"sber_form_url": "https://pay.example/?id={orderId}"}
    settings = money.settings.model_copy(update=form)
    app = create_app(settings, clock=money.clock)
    yield Money(app, settings, money.sandbox, money.engine, money.clock)


def test_an_order_that_the_app_registered_itself_is_found_and_not_made_anew(money: Money) -> None:
    money.registered(301)
    order = money.prepare()
    there = money.sandbox.bank.register_by_app(order, 15042)
    assert money.register(order) == there
    assert money.sandbox.bank.order(order)["returnUrl"].startswith("lanta://")


def test_an_order_of_another_sum_at_the_bank_is_no_page_to_pay_at(money: Money) -> None:
    """Somebody registered our number with a sum of their own."""
    money.registered(301)
    order = money.prepare()
    money.sandbox.bank.register_by_app(order, 200)
    answer = money.payer.post("pay/register", wanted(order))
    assert answer.status_code == 404 and "Начните нов" in answer.get_json()["message"]


@pytest.mark.parametrize("what", ["pay", "decline", "expire", "hold"])
def test_an_order_that_is_over_at_the_bank_has_no_page(money: Money, what: str) -> None:
    order = money.registered()
    getattr(money.sandbox.bank, what)(order)
    money.ask(order)
    answer = money.payer.post("pay/register", wanted(order))
    assert answer.status_code == 404 and re.search("[а-я]", answer.get_json()["message"])
    assert {one["orderNumber"] for one in money.asked(REGISTER)} == {order}


def test_a_paid_order_whose_registration_was_lost_is_seen_as_paid(money: Money) -> None:
    money.registered(301)
    order = money.prepare(15043)
    money.sandbox.bank.register_by_app(order, 15043)
    money.sandbox.bank.pay(order)
    assert money.payer.post("pay/register", wanted(order)).status_code == 404
    money.turn()
    assert money.state(order) == "credited"


def test_an_order_of_long_ago_is_not_begun_again(money: Money) -> None:
    """Nobody would look after it any more."""
    order = money.prepare()
    money.clock.forward(hours=25)
    money.ask_due()
    assert money.state(order) == "expired"
    assert money.payer.post("pay/register", wanted(order)).status_code == 404
    assert not money.asked(REGISTER)


@pytest.mark.parametrize("mode", ["down", "error", "refuse", "rubbish"])
def test_a_bank_that_fails_is_503_and_the_order_stays_new(money: Money, mode: str) -> None:
    order = money.prepare()
    money.sandbox.faults.set("bank", mode)
    answer = money.payer.post("pay/register", wanted(order))
    assert answer.status_code == 503 and "data" not in answer.get_json()
    assert money.state(order) == "new" and money.row(order).busy_until is None
    money.sandbox.faults.clear()
    assert money.register(order)["formUrl"]


def test_with_no_bank_set_up_people_are_sent_to_the_office(money: Money) -> None:
    order = money.prepare()
    off = money.settings.model_copy(update={"sber_url": "", "sber_password": SecretStr("")})
    client = create_app(off, clock=money.clock).test_client()
    answer = client.post("/api/pay/register", json=wanted(order))
    assert answer.status_code == 404 and "Обратитесь в офис" in answer.get_json()["message"]
