"""When the bank and billing are asked again: pure rules, tried over whole lives of orders."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartyard.config import Settings
from smartyard.ledger import states
from smartyard.ledger.schedule import next_ask, next_try

SETTINGS = Settings(_env_file=None)
BORN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def life(state: str, until: timedelta) -> list[float]:
    """The seconds of its life at which an order that stays so is asked about."""
    now = BORN
    asked: list[float] = []
    for asks in range(10000):
        after = next_ask(state, BORN, asks, now, SETTINGS)
        if after is None or after - BORN > until:
            return asked
        now = after
        asked.append((now - BORN).total_seconds())
    raise AssertionError("it is asked about for ever")


@pytest.mark.parametrize("state", ["new", "registered", "held", "declined", "expired", "review"])
def test_an_open_order_is_asked_about_soon_then_seldom(state: str) -> None:
    asked = life(state, timedelta(hours=24))
    pauses = [later - sooner for sooner, later in zip(asked, asked[1:], strict=False)]
    assert asked[:4] == [15, 45, 105, 225]  # 15 s, 30 s, 60 s, 120 s
    in_first_hour = [pause for at, pause in zip(asked, pauses, strict=False) if at < 3600]
    assert max(in_first_hour) == 120
    assert {pause for at, pause in zip(asked, pauses, strict=False) if at >= 3600} == {1800}


@pytest.mark.parametrize("state", ["new", "registered", "declined", "expired"])
def test_an_order_that_was_given_up_is_still_asked_about_for_weeks(state: str) -> None:
    """The bank may say "paid" weeks later, and without a callback key only asking tells."""
    late = [at for at in life(state, timedelta(days=99)) if at > 2 * 86400]
    assert 27 <= len(late) <= 30 and max(late) <= 31 * 86400


@pytest.mark.parametrize("state", ["paid", "credited"])
def test_a_paid_order_is_watched_for_refunds_for_a_month(state: str) -> None:
    asked = life(state, timedelta(days=99))
    assert len([at for at in asked if at <= 86400]) == 24
    assert 29 <= len([at for at in asked if at > 86400]) <= 31


@pytest.mark.parametrize("state", states.ENDS)
def test_an_end_is_asked_about_no_more(state: str) -> None:
    assert not life(state, timedelta(days=99))


@given(
    st.sampled_from(states.STATES),
    st.integers(min_value=0, max_value=10**9),
    st.floats(min_value=0, max_value=10**7),
)
def test_the_next_time_is_always_later_and_never_too_far(state: str, asks: int, age: float) -> None:
    now = BORN + timedelta(seconds=age)
    after = next_ask(state, BORN, asks, now, SETTINGS)
    if after is not None:
        assert timedelta(seconds=15) <= after - now <= timedelta(days=1)
    if age < 3600 and state not in (*states.ENDS, "paid", "credited"):
        assert after is not None and after - now <= timedelta(minutes=2)


def test_billing_is_told_again_after_5_seconds_doubling_to_a_minute() -> None:
    waits = [(next_try(n, BORN, SETTINGS) - BORN).total_seconds() for n in range(1, 100)]
    assert waits[:5] == [5, 10, 20, 40, 60] and set(waits[4:]) == {60}
