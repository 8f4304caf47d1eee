"""Random sequences of the bank's words: never two credits, none that does not fit, ends stay ends.

The words come over a real socket, the rows stand in PostgreSQL, billing is the sandbox's.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from smartyard.config import Settings
from smartyard.ledger import states
from smartyard.sandbox import Sandbox
from tests.fixtures.money import Money
from tests.fixtures.world import connected
from tests.ledger.scripted import ScriptedBank, add_order, scripted, word

AMOUNT = 15042


@dataclass(frozen=True)
class Say:
    """One word of the bank; None for a status is "unknown order"."""

    status: int | None
    amount: int = AMOUNT
    currency: str = "643"
    ours: bool = True
    refunded: int = 0

    @property
    def fits(self) -> bool:
        return self.ours and (self.amount, self.currency) == (AMOUNT, "643")

    @property
    def is_paid(self) -> bool:
        """It says that our sum was taken, whatever went back since."""
        in_part = 0 < self.refunded <= AMOUNT
        return self.fits and (
            self.status == 2 and self.refunded <= AMOUNT or self.status == 4 and in_part
        )

    @property
    def is_reversed(self) -> bool:
        return self.fits and self.status == 3 and self.refunded <= AMOUNT

    @property
    def needs_a_person(self) -> bool:
        if self.status is None:
            return False
        if not self.ours or self.status > 6:
            return True
        if self.fits:
            return self.refunded > AMOUNT or self.status == 4 and self.refunded == 0
        return self.status in (1, 2, 3, 4) or self.refunded > AMOUNT


TELL = "billing's turn"
right = st.builds(
    Say,
    status=st.sampled_from([None, 0, 1, 2, 2, 3, 4, 5, 6]),
    refunded=st.sampled_from([0, 0, 42, 15000, AMOUNT]),
)
odd = st.builds(
    Say,
    status=st.sampled_from([0, 1, 2, 3, 4, 6, 7]),
    amount=st.sampled_from([AMOUNT, AMOUNT - 1, 1]),
    currency=st.sampled_from(["643", "978"]),
    ours=st.booleans(),
    refunded=st.sampled_from([0, 42, AMOUNT + 1]),
)
steps = st.lists(st.one_of(right, right, odd, st.just(TELL)), min_size=1, max_size=10)


@pytest.fixture(name="bank")
def bank_fixture() -> Iterator[ScriptedBank]:
    with scripted() as bank:
        yield bank


@pytest.fixture
def money_settings(settings: Settings, sandbox: Sandbox, bank: ScriptedBank) -> Settings:
    return connected(settings, sandbox, sber_url=bank.url)


def say(money: Money, bank: ScriptedBank, order: str, said: Say) -> None:
    bank.words[order] = said.status if said.status is None else word(
        order if said.ours else "another",
        said.status,
        said.amount,
        currency=said.currency,
        refunded=said.refunded,
        md_order=f"bank-{order}",
    )  # fmt: skip
    money.ask(order)


def expected(before: str, said: Say) -> set[str]:
    """The states in which a word may leave a payment that was in `before`."""
    if said.status is None or before in (states.PAID, states.CREDITED, *states.ENDS):
        return {before}  # what went back is told to billing first
    if said.needs_a_person:
        after = states.REVIEW
    elif said.is_paid:
        after = states.PAID
    else:
        heard = {0: "registered", 1: "held", 3: "reversed", 5: "registered", 6: "declined"}
        after = heard[said.status]
    return {after if states.may_follow(before, after) else before}


def check(money: Money, order: str, paid_before: bool) -> Any:
    """What holds after every step."""
    row = money.row(order)
    known_credits = money.rows("SELECT * FROM credits WHERE payment_id = :id", id=row.id)
    assert len(known_credits) <= 1 and (paid_before or not known_credits)
    back = money.rows(
        "SELECT amount_kopecks, refunded_total_kopecks AS total FROM cancellations"
        " WHERE payment_id = :id ORDER BY total",
        id=row.id,
    )
    assert sum(one.amount_kopecks for one in back) == row.refunded_kopecks
    assert [one.total for one in back] == [
        sum(one.amount_kopecks for one in back[: number + 1]) for number in range(len(back))
    ]
    known = money.confirmed.get(order)
    assert known is None or known["credited"] == 1 and known_credits
    events = [(before, after) for before, after, _ in money.events(order)]
    for (_, after), (before, _) in zip(events, events[1:], strict=False):
        assert before == after  # no change is missing from the history
    assert events[-1][1] == row.state
    return row


@given(steps)
@tuned(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_sequence_of_words_outwits_the_ledger(
    money: Money, bank: ScriptedBank, sequence: list[Say | str]
) -> None:
    order = add_order(money, f"sy{uuid.uuid4().hex[:20]}")
    paid, state, back = False, "new", 0
    for step in sequence:
        if isinstance(step, Say):
            say(money, bank, order, step)
            paid = paid or step.is_paid
            row = check(money, order, paid)
            assert row.state in expected(state, step), (state, step)
            if money.rows("SELECT 1 FROM credits WHERE payment_id = :id", id=row.id):
                back = max(back, AMOUNT if step.is_reversed else step.refunded * step.is_paid)
                assert row.refunded_kopecks == back, step
        else:
            money.turn_of_billing()
            row = check(money, order, paid)
            assert row.state == state or state in (states.PAID, states.CREDITED)
        assert state not in states.ENDS or row.state == state
        state = row.state
    money.turn_of_billing()
    before = check(money, order, paid)
    say(money, bank, order, Say(2, refunded=before.refunded_kopecks))
    money.turn_of_billing()
    row = check(money, order, True)
    if before.refunded_kopecks == AMOUNT:
        assert row.state in states.ENDS and money.confirmed[order]["credited"] == 1
    elif before.state == states.REVERSED:
        assert order not in money.confirmed  # let go before anything was taken
    else:
        assert row.state == "credited" and money.confirmed[order]["credited"] == 1
    refunds = money.confirmed.get(order, {"refunds": {}})["refunds"]
    assert sum(one["amount"] for one in refunds.values()) == row.refunded_kopecks


@pytest.mark.parametrize("odd", ["a\0b", "x" * 3000, 7, None, ["a"]], ids=repr)
def test_an_id_of_the_banks_that_nobody_can_keep_is_none(
    money: Money, bank: ScriptedBank, odd: Any
) -> None:
    order = add_order(money, "sy1")
    bank.words[order] = word(order, 2, md_order=odd)
    assert money.payer.post("pay/process", {"paymentId": order}).status_code == 200
    assert (money.state(order), money.row(order).bank_order_id) == ("paid", None)
