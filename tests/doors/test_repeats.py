"""A door gets one pulse for all that one tap makes of requests."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from smartyard.doors.attempts.repeats import Spans, Turn, turn
from tests.fixtures.world import NORMAL, SECOND
from tests.fixtures.yard import BEWARD, RELAY, Yard, press

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
SPANS = Spans(window=4, toggle_window=15, longest=4)


def at(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("asked", "finished", "icon", "what"),
    [
        (5, 3.9, "entrance", Turn.SAME),
        (5, 4.1, "entrance", Turn.OPEN),
        (15, 14.9, "gate", Turn.SAME),
        (16, 15.1, "barrier", Turn.OPEN),
        (3.9, None, "entrance", Turn.WAIT),
        (3.9, None, "gate", Turn.WAIT),
        (4.1, None, "wicket", Turn.OPEN),  # whoever asked was killed, and a person is waiting
        (4.1, None, "gate", Turn.UNKNOWN),  # a second pulse would close it
        (18.9, None, "barrier", Turn.UNKNOWN),
        (19.1, None, "gate", Turn.OPEN),
    ],
)
def test_what_a_request_is_beside_an_earlier_one(
    asked: float, finished: float | None, icon: str, what: Turn
) -> None:
    done = None if finished is None else at(finished)
    assert turn(at(asked), done, icon, NOW, SPANS) is what


@pytest.mark.parametrize(("panel", "window"), [(BEWARD, 4), (RELAY, 15)])
def test_a_double_tap_is_one_pulse_and_a_later_one_another(
    yard: Yard, panel: int, window: int
) -> None:
    resident = yard.at_home(NORMAL)
    assert [press(resident, panel).status_code for _ in range(3)] == [204] * 3
    yard.town.clock.forward(seconds=window - 1)
    assert press(resident, panel).status_code == 204
    assert yard.pulses(panel) == 1
    yard.town.clock.forward(seconds=1)
    assert press(resident, panel).status_code == 204
    assert yard.pulses(panel) == 2 == len(yard.events())


def test_two_people_and_two_doors_are_no_repeats(yard: Yard) -> None:
    for resident in (yard.at_home(NORMAL), yard.at_home(SECOND)):
        for door in (0, 1):
            assert press(resident, BEWARD, door).status_code == 204
    assert yard.pulses(BEWARD) == 4


def test_a_repeat_in_flight_waits_for_the_first_and_has_its_answer(yard: Yard) -> None:
    yard.town.open(panel_timeout=20.0)
    resident = yard.at_home(NORMAL)
    yard.break_panel(BEWARD, "slow", seconds=0.5)
    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda _: press(resident, BEWARD).status_code, range(5)))
    assert answers == [204] * 5
    assert yard.pulses(BEWARD) == 1 == len(yard.events())


def test_a_repeat_of_what_failed_has_the_same_answer_and_asks_nothing(yard: Yard) -> None:
    resident = yard.at_home(NORMAL)
    yard.break_panel(BEWARD, "refuse", times=1)
    first, second = press(resident, BEWARD), press(resident, BEWARD)
    assert (first.status_code, second.status_code) == (503, 503)
    assert first.get_json()["message"] == second.get_json()["message"]
    assert yard.pulses(BEWARD) == 0
    yard.town.clock.forward(seconds=5)
    assert press(resident, BEWARD).status_code == 204


def killed(yard: Yard, panel: int) -> None:
    """An intent whose server was killed before the outcome, longer ago than an answer may take."""
    yard.town.change(
        "UPDATE door_openings SET state = 'asked', finished_at = NULL WHERE domophone_id = :panel",
        panel=panel,
    )
    yard.town.change("DELETE FROM events")
    yard.town.clock.forward(seconds=5)


def test_after_a_kill_an_entrance_opens_again_for_who_waits(yard: Yard) -> None:
    yard.town.open(panel_timeout=3.0)
    resident = yard.at_home(NORMAL)
    press(resident, BEWARD)
    killed(yard, BEWARD)
    assert press(resident, BEWARD).status_code == 204
    assert yard.pulses(BEWARD) == 2
    assert [event[3] for event in yard.events()] == [None, True]


def test_after_a_kill_a_gate_is_left_as_it_is(yard: Yard) -> None:
    yard.town.open(panel_timeout=3.0)
    resident = yard.at_home(NORMAL)
    press(resident, RELAY)
    killed(yard, RELAY)
    answer = press(resident, RELAY)
    assert (answer.status_code, yard.pulses(RELAY)) == (503, 1)
    assert "Посмотрите" in answer.get_json()["message"]
    yard.town.clock.forward(seconds=14)
    assert press(resident, RELAY).status_code == 204


def test_an_intent_that_nobody_repeats_is_settled_as_unknown(yard: Yard) -> None:
    from smartyard.doors.service import (  # pylint: disable=import-outside-toplevel
        OpeningService,
    )

    press(yard.at_home(NORMAL), BEWARD)
    killed(yard, BEWARD)
    assert yard.town.app is not None
    openings = yard.town.app.extensions["smartyard"][OpeningService]
    with yard.town.app.app_context():
        assert openings.settle_dead() == 0
        yard.town.clock.forward(minutes=2)
        assert [openings.settle_dead(), openings.settle_dead()] == [1, 0]
    assert [event[3:] for event in yard.events()] == [
        (None, "unknown: the server ended before the answer")
    ]
    assert yard.pulses(BEWARD) == 1
