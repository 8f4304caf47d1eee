"""The machine of states: in PostgreSQL it is what `states.py` says, and no word outwits it."""

from itertools import product

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from smartyard.gateways.sberbank import BankOrder
from smartyard.ledger import states
from smartyard.ledger.states import Ordered, meaning

ADD = sa.text("""
    INSERT INTO payments (order_number, contract_id, phone, amount_kopecks, currency, state, cause,
                          refunded_kopecks, created_at, updated_at, asks)
    VALUES (:number, '1', '79000000001', 100, '643', :state, 'begun', 0, now(), now(), 0)
    RETURNING id
    """)
MOVE = sa.text("UPDATE payments SET state = :state, cause = :cause, updated_at = now()")
EVENTS = sa.text("SELECT before, after, cause FROM payment_events ORDER BY id")


def test_every_pair_of_states_is_taken_or_refused_as_the_rules_say(
    clean_database: sa.Engine,
) -> None:
    for before, after in product(states.STATES, states.STATES):
        allowed = states.may_follow(before, after)
        with clean_database.connect() as connection:
            connection.execute(ADD, {"number": "x", "state": before})
            try:
                connection.execute(MOVE, {"state": after, "cause": "tried"})
                taken, events = True, [tuple(row) for row in connection.execute(EVENTS)]
            except sa.exc.IntegrityError as refused:
                taken, events = False, []
                assert "may not follow" in str(refused.orig)
            connection.rollback()
        if before == after:
            assert taken and events == [(None, before, "begun")]  # no change, and no event
        else:
            assert (before, after, taken) == (before, after, allowed)
            if taken:
                assert events == [(None, before, "begun"), (before, after, "tried")]


def test_an_end_is_an_end_and_credited_comes_of_paid_alone() -> None:
    for end in states.ENDS:
        assert not [after for before, after in states.TRANSITIONS if before == end]
    assert [before for before, after in states.TRANSITIONS if after == states.CREDITED] == ["paid"]
    for state in states.OPEN:
        assert states.may_follow(state, states.PAID)  # "paid" leads there, also after weeks


@pytest.mark.parametrize(
    "columns",
    ["state = 'nonsense'", "amount_kopecks = 0", "refunded_kopecks = 101", "refunded_kopecks = -1"],
)
def test_the_table_refuses_what_cannot_be(clean_database: sa.Engine, columns: str) -> None:
    with clean_database.begin() as connection:
        connection.execute(ADD, {"number": "x", "state": "new"})
    with pytest.raises(sa.exc.IntegrityError), clean_database.begin() as connection:
        connection.execute(sa.text(f"UPDATE payments SET {columns}"))


@pytest.mark.parametrize("column", ["order_number", "bank_order_id"])
def test_a_number_is_of_one_payment_only(clean_database: sa.Engine, column: str) -> None:
    with clean_database.begin() as connection:
        connection.execute(ADD, {"number": "x", "state": "new"})
        connection.execute(ADD, {"number": "y", "state": "new"})
        with pytest.raises(sa.exc.IntegrityError):
            connection.execute(sa.text(f"UPDATE payments SET {column} = 'z'"))
        connection.rollback()


OURS = Ordered("sy1", 15042, "643")
sums = st.one_of(st.none(), st.sampled_from([0, 1, 15041, 15042, 15043]), st.integers())
words = st.builds(
    BankOrder,
    order_number=st.sampled_from(["sy1", "sy1", "sy1", "sy10", ""]),
    bank_order_id=st.sampled_from([None, "an id"]),
    status=st.integers(min_value=-1, max_value=9),
    amount_kopecks=st.one_of(st.just(15042), sums),
    currency=st.sampled_from(["643", "643", "810", ""]),
    deposited_kopecks=sums,
    refunded_kopecks=sums,
)


def fits(word: BankOrder) -> bool:
    """The issue's own words: number, amount and currency equal to ours."""
    told = (word.order_number, word.amount_kopecks, word.currency)
    return told == ("sy1", 15042, "643")


@given(words)
def test_only_a_word_that_fits_is_paid_and_says_so_by_2_or_4(word: BankOrder) -> None:
    heard = meaning(OURS, word)
    if heard.state == states.PAID:
        assert fits(word) and word.status in (2, 4)
        assert (heard.refunded_kopecks or 0) <= 15042
        assert word.deposited_kopecks is None or word.deposited_kopecks <= 15042
    if word.order_number != "sy1":
        assert heard.state == states.REVIEW
    if not fits(word) and word.status in (1, 2, 3, 4):
        assert heard.state == states.REVIEW and heard.reason
    if word.status not in range(7):
        assert heard.state == states.REVIEW


def told(status: int, **more: object) -> BankOrder:
    whole = {
        "order_number": "sy1",
        "bank_order_id": "an id",
        "status": status,
        "amount_kopecks": 15042,
        "currency": "643",
        "deposited_kopecks": 15042 if status in (2, 4) else 0,
        "refunded_kopecks": 0,
    }
    return BankOrder(**whole | more)  # type: ignore[arg-type]


MEANT = {
    "registered": (told(0), "registered"),
    "held": (told(1), "held"),
    "paid": (told(2), "paid"),
    "paid, in the office of a gateway that tells no sums": (
        told(2, deposited_kopecks=None, refunded_kopecks=None),
        "paid",
    ),
    "reversed": (told(3), "reversed"),
    "refunded in part": (told(4, refunded_kopecks=42), "paid"),
    "refunded in part, the deposit told without it": (
        told(4, refunded_kopecks=42, deposited_kopecks=15000),
        "paid",
    ),
    "refunded whole": (told(4, refunded_kopecks=15042), "paid"),
    "refunded by nothing": (told(4), "review"),
    "refunded by nobody knows what": (told(4, refunded_kopecks=None), "review"),
    "refunded by more than all": (told(4, refunded_kopecks=15043), "review"),
    "refunded below nothing": (told(4, refunded_kopecks=-1), "review"),
    "paid, and more than all went back": (told(2, refunded_kopecks=15043), "review"),
    "a part was captured": (told(2, deposited_kopecks=10000), "review"),
    "at 3-D Secure": (told(5), "registered"),
    "declined": (told(6), "declined"),
    "a status that nobody knows": (told(7), "review"),
    "another sum": (told(2, amount_kopecks=15043), "review"),
    "no sum": (told(2, amount_kopecks=None), "review"),
    "another currency": (told(2, currency="810"), "review"),
    "another order": (told(2, order_number="sy2"), "review"),
    "another sum, and nothing was moved": (told(0, amount_kopecks=1), "registered"),
}


@pytest.mark.parametrize("word, state", MEANT.values(), ids=MEANT)
def test_what_each_word_means(word: BankOrder, state: str) -> None:
    heard = meaning(OURS, word)
    assert heard.state == state and bool(heard.reason) == (state == "review")
