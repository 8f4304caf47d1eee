"""The guard over batches of `/bill/v1`: what counts as a loss, for how long, and what does not."""

from datetime import timedelta
from typing import Any

import pytest

from tests.fixtures.world import NORMAL
from tests.provider.conftest import LOSING, Program, contract, family, many


@pytest.mark.parametrize(
    "lost",
    [
        {"blocked": True},
        {"services": {"domophone": None}},
        {"services": {"cctv": "2020-01-01", "domophone": None}},
        {"owners": [], "phones": []},
        {"phones": []},
    ],
)
def test_a_batch_that_takes_from_too_many_is_held_back_and_says_so(
    program: Program, lost: dict[str, Any]
) -> None:
    many(program)
    rows = [{"id": f"c{number}", "phones": family(number)} for number in range(1, 101)]
    assert program.done("contracts", rows) == ["changed"] * 100
    tables = ("local_contracts", "local_services", "local_phones", "losses")
    before = [program.town.rows(f"SELECT * FROM {table}") for table in tables]
    rows = [{"id": f"c{number}", **lost} for number in range(1, 22)]
    for dry_run in (True, False):
        held = program.put("contracts", rows, dry_run=dry_run)
        assert held.status_code == 422
        for words in ("21 из 100", "допустимо 20", "allow_loss"):
            assert words in held.get_json()["message"]
    assert before == [program.town.rows(f"SELECT * FROM {table}") for table in tables]
    assert program.done("contracts", rows[:20]) == ["changed"] * 20


def test_a_batch_that_moves_too_many_to_other_flats_is_held_back(program: Program) -> None:
    """A file whose columns slipped by a row would open to everybody the doors of a neighbour."""
    many(program)
    rows = [{"id": f"c{number}", "flat": 7001 + number} for number in range(1, 22)]
    assert program.put("contracts", rows).status_code == 422
    assert program.done("contracts", rows[:20]) == ["changed"] * 20
    assert program.put("contracts", rows[20:]).status_code == 422


def test_many_small_batches_do_not_pass_the_guard_by(program: Program) -> None:
    many(program)
    statuses = []
    for begin in range(1, 100, 5):
        rows = [{"id": f"c{number}", **LOSING} for number in range(begin, begin + 5)]
        statuses.append(program.put("contracts", rows).status_code)
    assert statuses == [200] * 4 + [422] * 16
    blocked = "SELECT count(*) FROM local_contracts WHERE blocked"
    assert program.town.one(blocked) == 20
    # What was done already is no new loss, and what is taken back does not count any more.
    assert program.done("contracts", [{"id": "c1", **LOSING}]) == ["same"]
    assert program.done("contracts", [{"id": "c1", "blocked": False}]) == ["changed"]
    assert program.done("contracts", [{"id": "c99", **LOSING}]) == ["changed"]
    assert program.put("contracts", [{"id": "c98", **LOSING}]).status_code == 422
    program.town.clock.forward(days=1, seconds=1)
    assert program.done("contracts", [{"id": "c98", **LOSING}]) == ["changed"]


@pytest.mark.parametrize("lost", ["services", "owners", "phones"])
def test_what_was_lost_stays_so_when_something_else_is_changed(program: Program, lost: str) -> None:
    """A contract with a new name is as whole as one with a service less looks."""
    rows = [contract(number, phones=family(number)) for number in range(1, 101)]
    assert program.done("contracts", rows) == ["added"] * 100
    statuses = []
    for begin in (1, 21):
        numbers = range(begin, begin + 20)
        told = {"services": {"domophone": None}, "owners": [NORMAL], "phones": []}[lost]
        statuses.append(
            program.put("contracts", [{"id": f"c{n}", lost: told} for n in numbers]).status_code
        )
        named = [{"id": f"c{n}", "client_name": "Анна"} for n in numbers]
        assert program.done("contracts", named) == ["changed"] * 20
    assert statuses == [200, 422]
    back = contract(1, owners=[*contract(1)["owners"], NORMAL], phones=family(1))
    assert program.done("contracts", [back]) == ["changed"]
    assert program.done("contracts", [{"id": "c50", **LOSING}]) == ["changed"]


def test_a_paid_day_that_is_put_nearer_counts_before_it_has_come(program: Program) -> None:
    many(program)
    today = program.town.clock.now.astimezone(program.town.settings.timezone).date()
    rows = [
        {"id": f"c{number}", "services": {"cctv": str(today), "domophone": None}}
        for number in range(1, 22)
    ]
    assert program.put("contracts", rows).status_code == 422


@pytest.mark.parametrize(
    ("service", "days", "held"),
    [("cctv", 3, True), ("cctv", 181, True), ("cctv", 200, False), ("domophone", 3, True)],
)
def test_a_paid_time_that_is_less_than_half_of_what_it_was_counts_as_lost(
    program: Program, service: str, days: int, held: bool
) -> None:
    """A spoilt export may put everybody's last day at the day after tomorrow."""
    many(program)
    today = program.town.clock.now.astimezone(program.town.settings.timezone).date()
    told = {"cctv": "2030-12-31", "domophone": None} | {service: str(today + timedelta(days))}
    rows = [{"id": f"c{number}", "services": told} for number in range(1, 22)]
    assert program.put("contracts", rows).status_code == (422 if held else 200)


def test_a_batch_that_moves_too_many_to_other_entrances_is_held_back(program: Program) -> None:
    many(program)
    for entrance, status in (("1", 200), ("2", 422)):
        rows = [{"id": f"c{number}", "entrance": entrance} for number in range(1, 22)]
        assert program.put("contracts", rows).status_code == status


def test_who_is_made_an_owner_loses_nothing_and_who_is_none_any_more_does(
    program: Program,
) -> None:
    many(program)
    people = {n: contract(n)["owners"] + family(n) for n in range(1, 22)}
    both = [{"id": f"c{n}", "owners": people[n]} for n in people]
    none = [{"id": f"c{n}", "owners": [], "phones": people[n]} for n in people]
    phones = [{"id": f"c{n}", "phones": family(n)} for n in people]
    for rows, status in ((phones, 200), (both, 200), (none, 422)):
        assert program.put("contracts", rows).status_code == status


def test_an_entrance_that_is_told_for_the_first_time_gives_nothing_back(program: Program) -> None:
    many(program)
    lost = {"services": {"domophone": None}}
    rows = [{"id": f"c{number}", **lost} for number in range(1, 21)]
    assert program.done("contracts", rows) == ["changed"] * 20
    assert program.done("contracts", [{"id": "c1", "entrance": "3"}]) == ["changed"]
    assert program.put("contracts", [{"id": "c21", **lost}]).status_code == 422


def test_new_contracts_let_no_more_be_taken_away(program: Program) -> None:
    """Of an export whose ids are spoilt all are new, and none of the old ones has less to lose."""
    many(program)
    program.town.clock.forward(days=2)
    junk = [contract(number) for number in range(101, 201)]
    assert program.done("contracts", junk) == ["added"] * 100
    rows = [{"id": f"c{number}", **LOSING} for number in range(1, 42)]
    held = program.put("contracts", rows[:21])
    assert held.status_code == 422 and "21 из 100" in held.get_json()["message"]
    assert program.done("contracts", rows[:20]) == ["changed"] * 20
    program.town.clock.forward(days=1, seconds=1)  # nobody was surprised by them for a day
    assert program.put("contracts", rows[20:]).status_code == 200


def test_what_is_true_is_let_through_by_a_word_and_the_audit_keeps_it(program: Program) -> None:
    many(program)
    rows = [{"id": f"c{number}", **LOSING} for number in range(1, 101)]
    assert program.put("contracts", rows).status_code == 422
    assert program.done("contracts", rows, allow_loss=True) == ["changed"] * 100
    allowed = "SELECT detail FROM audit WHERE action = 'loss allowed'"
    assert program.town.rows(allowed) == [({"losing": 100},)]


def test_what_a_person_allowed_holds_no_later_batch_back(program: Program) -> None:
    many(program)
    rows = [{"id": f"c{number}", **LOSING} for number in range(1, 41)]
    assert program.done("contracts", rows, allow_loss=True) == ["changed"] * 40
    assert program.town.app is not None
    command = ["contracts", "block", "c41"]
    assert program.town.app.test_cli_runner().invoke(args=command).exit_code == 0
    rows = [{"id": f"c{number}", **LOSING} for number in range(42, 63)]
    assert program.put("contracts", rows).status_code == 422
    assert program.done("contracts", rows[:20]) == ["changed"] * 20


def test_few_contracts_may_all_be_blocked(program: Program) -> None:
    many(program, 20)
    rows = [{"id": f"c{number}", **LOSING} for number in range(1, 21)]
    assert program.done("contracts", rows) == ["changed"] * 20
