"""Sums as the apps spell them, and whatever else somebody may send for one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartyard.money import kopecks, rubles
from tests.fixtures.money import Money

SPELLED: dict[str, tuple[object, int]] = {
    "a number": (15000, 15000),
    "text": ("15000", 15000),
    "a Double that was printed": ("15000.0", 15000),
    "a Double times a hundred": ("11450.000000000002", 11450),
    "the same from below": ("11449.999999999998", 11450),
    "a number with a fraction of nothing": (15000.0, 15000),
    "a Double as a number": (11450.000000000002, 11450),
    "with blanks around": (" 15000 ", 15000),
    "a float32 that was cut": ("114", 114),
    "as a Double is printed when large": ("1.5E+4", 15000),
}
NO_SUMS: dict[str, object] = {
    "nothing": 0,
    "text of nothing": "0",
    "less than half of nothing": "0.001",
    "below nothing": -100,
    "text below nothing": "-100",
    "a part of a kopeck": 1.5,
    "text with a part": "150.5",
    "no number": "nan",
    "without end": "inf",
    "text without end": "Infinity",
    "underscores": "15_000",
    "Arabic digits": "١٥٠٠٠",
    "full-width digits": "１５０００",
    "a comma": "150,00",
    "hexadecimal": "0x10",
    "true": True,
    "null": None,
    "a list": [15000],
    "an object": {"amount": 15000},
    "empty": "",
    "words": "сто рублей",
    "too large to count": "9" * 30,
    "a power beyond all": "1e999999",
    "a power that no decimal has": "1e99999999999999999999",
    "longer than any sum": "0" * 50 + "1",
}


@pytest.mark.parametrize("sent, meant", SPELLED.values(), ids=SPELLED)
def test_a_sum_in_any_spelling_is_whole_kopecks(sent: object, meant: int) -> None:
    assert kopecks(sent) == meant


@pytest.mark.parametrize("sent", NO_SUMS.values(), ids=NO_SUMS)
def test_what_is_no_sum_is_refused(sent: object) -> None:
    with pytest.raises(ValueError):
        kopecks(sent)


@given(st.integers(min_value=1, max_value=10**10))
def test_a_sum_survives_every_way_an_app_prints_it(whole: int) -> None:
    shown = whole / 100 * 100  # rubles as a Double, times a hundred
    assert {kopecks(whole), kopecks(str(whole)), kopecks(f"{whole}.0")} == {whole}
    assert {kopecks(shown), kopecks(repr(shown)), kopecks(f"{shown:.0f}")} == {whole}


@given(st.one_of(st.text(max_size=60), st.floats(), st.integers(), st.booleans(), st.none()))
def test_whatever_is_sent_is_a_sum_of_whole_kopecks_or_refused(sent: object) -> None:
    try:
        meant = kopecks(sent)
    except ValueError:
        return
    assert isinstance(meant, int) and not isinstance(meant, bool) and meant > 0


def test_the_door_takes_the_spellings_and_keeps_kopecks(money: Money) -> None:
    for sent in ("15000", "15000.0", "11450.000000000002", 15000, 15000.0):
        body = {"clientId": "1001", "amount": sent}
        assert money.payer.post("pay/prepare", body).status_code == 200, sent
    kept = money.rows("SELECT amount_kopecks FROM payments ORDER BY id")
    assert [row[0] for row in kept] == [15000, 11450]  # the same sum is the same order


def test_the_door_refuses_what_is_no_sum_and_makes_no_order(money: Money) -> None:
    for amount in (*map(json.dumps, NO_SUMS.values()), "NaN", "Infinity", "1" * 5000):
        answer = money.payer.client.post(
            "/api/pay/prepare",
            data=f'{{"clientId": "1001", "amount": {amount}}}',
            headers={"Authorization": f"Bearer {money.payer.token}"},
        )
        assert (amount, answer.status_code) == (amount, 422)
    assert money.count("payments") == 0 and not money.asked("createinvoice", "billing")


def test_a_sum_is_within_the_bounds_that_the_answer_tells(money: Money) -> None:
    for amount, status in ((99, 422), (100, 200), (10**7, 200), (10**7 + 1, 422)):
        answer = money.payer.post("pay/prepare", {"clientId": "1001", "amount": amount})
        assert (amount, answer.status_code) == (amount, status)
        if status == 422:
            assert "от 1,00\u00a0руб. до 100\u00a0000,00\u00a0руб." in answer.get_json()["message"]
    assert [row[0] for row in money.rows("SELECT amount_kopecks FROM payments")] == [100, 10**7]


def test_rubles_are_written_as_people_read_them() -> None:
    assert rubles(123450) == "1\u00a0234,50\u00a0руб."
    assert (rubles(5), rubles(-100)) == ("0,05\u00a0руб.", "−1,00\u00a0руб.")
