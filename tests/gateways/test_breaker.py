"""The breaker by itself; the clock is an argument."""

import pytest

from smartyard.gateways.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_opens_only_after_failures_in_a_row() -> None:
    breaker = Breaker(3, 10, Clock())
    for worked in (False, False, True, False, False):
        assert breaker.admit() is False
        breaker.settle(False, worked)
    assert not breaker.shut_out
    breaker.settle(False, False)
    assert breaker.shut_out and breaker.admit() is None


@pytest.fixture
def opened() -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker(1, 10, clock)
    breaker.admit()
    breaker.settle(False, False)
    return breaker, clock


def test_lets_one_trial_in_when_the_time_is_over(opened: tuple[Breaker, Clock]) -> None:
    breaker, clock = opened
    clock.now += 9.9
    assert breaker.admit() is None
    clock.now += 0.2
    assert breaker.admit() is True
    assert breaker.admit() is None and breaker.shut_out


def test_closes_when_the_trial_works(opened: tuple[Breaker, Clock]) -> None:
    breaker, clock = opened
    clock.now += 10
    breaker.settle(breaker.admit() is True, True)
    assert breaker.admit() is False and breaker.admit() is False


def test_opens_for_as_long_again_when_the_trial_fails(opened: tuple[Breaker, Clock]) -> None:
    breaker, clock = opened
    clock.now += 10
    breaker.settle(breaker.admit() is True, False)
    clock.now += 9.9
    assert breaker.admit() is None
    clock.now += 0.2
    assert breaker.admit() is True


def test_late_answers_to_calls_from_before_decide_nothing(opened: tuple[Breaker, Clock]) -> None:
    breaker, clock = opened
    breaker.settle(False, True)
    assert breaker.admit() is None
    clock.now += 10
    assert breaker.admit() is True
    breaker.settle(False, True)
    assert breaker.admit() is None, "the trial is still under way"
