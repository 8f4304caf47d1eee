"""What a panel is to hold, and what it does not hold yet."""

import pytest

from smartyard.intercom.pushing.content import (
    NOTHING,
    Content,
    Held,
    Step,
    Wanted,
    as_number,
    steps,
    wanted,
)

ONE, TWO = (Content(code=code, handset=True, sip="") for code in (11111, 22222))


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), (" 12 ", 12), ("9999", 9999), ("0", None), ("10000", None), ("12а", None)]
    + [("", None), ("١", None), ("-1", None), ("007", None)],
)
def test_a_panel_knows_flats_by_numbers_from_1_to_9999(text: str, number: int | None) -> None:
    assert as_number(text) == number


def test_flats_that_set_nothing_are_left_as_they_are() -> None:
    assert wanted({7: "1", 8: "2"}, {7: ONE}) == Wanted({1: (7, ONE)}, {})


def test_a_number_that_two_houses_have_at_one_panel_is_nobodys() -> None:
    told = wanted({7: "1", 8: "1", 9: "2"}, {7: ONE, 9: TWO})
    assert told.flats == {2: (9, TWO)}
    assert list(told.impossible) == [7] and "нескольких домах" in told.impossible[7]


def test_a_flat_without_a_number_is_told_of_by_name() -> None:
    told = wanted({7: "12а"}, {7: ONE})
    assert not told.flats and "12а" in told.impossible[7]


def test_only_what_differs_is_told() -> None:
    want = Wanted({1: (7, ONE), 2: (8, TWO)}, {})
    assert steps(want, {1: Held(7, ONE), 2: Held(8, ONE)}) == [Step(2, 8, TWO)]
    assert not steps(want, {1: Held(7, ONE), 2: Held(8, TWO)})


def test_what_nobody_knows_is_told_again() -> None:
    assert steps(Wanted({1: (7, ONE)}, {}), {1: Held(7, None)}) == [Step(1, 7, ONE)]


def test_a_number_that_another_flat_has_now_is_told_although_the_content_is_the_same() -> None:
    assert steps(Wanted({1: (8, ONE)}, {}), {1: Held(7, ONE)}) == [Step(1, 8, ONE)]


def test_numbers_that_are_no_flats_any_more_are_emptied_first() -> None:
    left = steps(Wanted({1: (7, ONE)}, {}), {5: Held(7, ONE)})
    assert left == [Step(5, 7, NOTHING, gone=True), Step(1, 7, ONE)]
    assert NOTHING.code is None


def test_a_code_is_not_shown_where_a_content_is() -> None:
    assert "11111" not in repr(Step(1, 7, ONE))
