"""What flats set reaches the panels at their doors: the newest of it, each panel by itself."""

from datetime import timedelta
from typing import Any

import pytest

from smartyard.intercom.pushing.service import KEPT
from tests.fixtures.town import together
from tests.fixtures.world import NEIGHBOUR
from tests.intercom.homes import HOUSE, MINE, NEXT, Home, look, put, reset
from tests.intercom.telling import Worker, code_at, flat_at

B, S = 11, 14  # the numbers of the sandbox's Beward and Sokol panels


@pytest.fixture(name="home")
def home_fixture(home: Home) -> Home:
    """Both panels at the doors of house 101, with time that no busy machine uses up."""
    home.town.open(panel_timeout=5.0, panel_connect_timeout=5.0)
    home.device("beward", B)
    home.device("sokol", S)
    return home


def test_a_code_is_on_every_panel_of_the_flat_once_it_was_seen(home: Home, worker: Worker) -> None:
    code = look(home.who())["doorCode"]
    assert worker.work() == [B, S]
    panels = home.town.sandbox.panels
    assert flat_at(panels["beward"]) == {
        "code": code,
        "handset": True,
        "sip": True,
        "sip_numbers": ["1"],
    }
    assert code_at(panels["sokol"]) == code
    assert not worker.lacking(B) and not worker.lacking(S)
    look(home.who())
    assert not worker.deferred() and not worker.look(), "nothing is left to tell"


def test_what_is_written_reaches_the_panels_and_what_they_need_not_know_does_not(
    home: Home, worker: Worker
) -> None:
    person = home.who()
    look(person)
    worker.work()
    put(person, CMS="f", enableDoorCode="f")
    assert worker.work() == [B, S]
    for name in ("beward", "sokol"):
        told = flat_at(home.town.sandbox.panels[name])
        assert (told["code"], told["handset"]) == (None, False), name
    put(person, whiteRabbit=5, VoIP="f", hiddenPlog="t")
    assert not worker.deferred()


def test_the_newest_code_wins(home: Home, worker: Worker) -> None:
    person = home.who()
    for _ in range(3):
        code = reset(person)
        home.town.clock.forward(seconds=20)
    assert worker.deferred() == [B, S], "one job a panel, however much changed"
    worker.work()
    assert code_at(home.town.sandbox.panels["beward"]) == str(code)


def test_a_flat_of_another_entrance_is_not_on_the_panel(home: Home, worker: Worker) -> None:
    home.town.change("DELETE FROM doors WHERE domophone_id = :panel", panel=S)
    home.device("sokol", S, entrance="2")
    person = home.who()
    home.town.change("UPDATE flats SET entrance = '1' WHERE id = :flat", flat=MINE)
    home.town.change("UPDATE doors SET entrance = '1' WHERE domophone_id = :panel", panel=B)
    look(person)
    assert worker.work() == [B]
    assert not flat_at(home.town.sandbox.panels["sokol"])


def calls(home: Home, name: str) -> int:
    """How often a panel was told of a flat."""
    return [method for method, _ in home.town.sandbox.calls(name)].count("flat")


def test_told_twice_at_once_it_is_told_once(home: Home, worker: Worker) -> None:
    look(home.who())
    together(4, lambda _: worker.push(B))
    assert calls(home, "beward") == 1
    worker.push(B)
    assert calls(home, "beward") == 1, "and nothing is due then"


@pytest.mark.parametrize("mode", ["refuse", "error", "rubbish", "drop", "down"])
def test_a_panel_that_fails_holds_no_other_and_is_told_later(
    home: Home, worker: Worker, mode: Any
) -> None:
    panels = home.town.sandbox.panels
    home.town.sandbox.faults.set("beward", mode)
    code = str(reset(home.who()))
    worker.work()
    assert code_at(panels["sokol"]) == code
    assert list(worker.lacking(B)) == ["1"] and not worker.lacking(S)
    home.town.sandbox.faults.clear()
    assert not worker.look(), "not at once"
    home.town.clock.forward(seconds=10)
    assert worker.look() == [B]
    worker.work()
    assert code_at(panels["beward"]) == code and not worker.lacking(B)


def test_a_panel_that_is_silent_is_asked_less_and_less_until_somebody_changes_something(
    home: Home, worker: Worker
) -> None:
    home.town.sandbox.faults.set("beward", "down")
    person = home.who()
    reset(person)
    waited = []
    worker.work()
    for _ in range(8):
        due = home.town.one("SELECT due_at FROM panel_pushes WHERE panel_id = :panel", panel=B)
        waited.append(int((due - home.town.clock()).total_seconds()))
        home.town.clock.now = due
        worker.push(B)
    assert waited == [10, 20, 40, 80, 160, 320, 600, 600]
    home.town.clock.forward(seconds=20)
    reset(person)
    assert B in worker.deferred(), "a person waits: at once"


def test_who_hangs_is_let_go_within_the_time_of_a_panel(home: Home, worker: Worker) -> None:
    home.town.open(panel_timeout=0.5)
    home.town.sandbox.faults.set("beward", "hang")
    reset(home.who())
    worker.work()
    assert list(worker.lacking(B)) == ["1"]
    assert home.town.one("SELECT count(*) FROM panel_pushes WHERE claim IS NOT NULL") == 0


def test_an_answer_that_is_lost_is_told_again(home: Home, worker: Worker) -> None:
    """The panel took it and its answer was lost: nobody knows, so it hears it once more."""
    look(home.who())
    home.town.sandbox.faults.set("beward", "drop", method="flat", times=1)
    worker.work()
    before = calls(home, "beward")
    assert worker.lacking(B)
    home.town.clock.forward(seconds=10)
    worker.look()
    worker.work()
    assert calls(home, "beward") == before + 1 and not worker.lacking(B)


def test_a_wrong_password_is_tried_for_one_flat_and_not_for_all(home: Home, worker: Worker) -> None:
    home.town.change("DELETE FROM doors")
    home.town.change("DELETE FROM panels")
    home.device("beward", B, login="nobody")
    look(home.who())
    look(home.who(NEIGHBOUR), NEXT)
    worker.work()
    assert list(worker.lacking(B)) == ["1", "12"]
    assert "login" in home.town.one("SELECT error FROM panel_pushes")
    assert home.town.one("SELECT count(*) FROM panel_flats") == 1


def test_a_flat_that_the_panel_refuses_holds_no_other_flat(home: Home, worker: Worker) -> None:
    """Another house has the same code at a panel of both: Sokol takes it once."""
    look(home.who())
    look(home.who(NEIGHBOUR), NEXT)
    home.town.change("UPDATE door_codes SET code = 12345 WHERE flat_id = :flat", flat=NEXT)
    home.town.sandbox.panels.sokol.flats[77] = {
        "code": "12345",
        "sip_numbers": [],
        "handset": True,
        "sip": True,
    }
    worker.work()
    told = worker.lacking(S)
    assert list(told) == ["12"] and "409" in told["12"]
    assert code_at(home.town.sandbox.panels["sokol"], 1) is not None


@pytest.mark.parametrize("service", ["all", "doors"])
def test_a_flat_that_is_blocked_opens_nothing_by_code(
    home: Home, worker: Worker, service: str
) -> None:
    code = look(home.who())["doorCode"]
    worker.work()
    home.block(MINE, service, "debt", "Не оплачено.")
    assert worker.compare() == [B, S]
    worker.work()
    assert code_at(home.town.sandbox.panels["beward"]) is None
    home.town.change("DELETE FROM flat_blocks")
    worker.compare()
    worker.work()
    assert code_at(home.town.sandbox.panels["beward"]) == code


def test_calls_that_are_blocked_ring_no_handset(home: Home, worker: Worker) -> None:
    code = look(home.who())["doorCode"]
    home.block(MINE, "calls", "operator", "По вашей просьбе.")
    worker.work()
    told = flat_at(home.town.sandbox.panels["beward"])
    assert (told["code"], told["handset"]) == (code, False)


def test_a_panel_that_comes_later_is_told_of_the_flats_that_are_there(
    home: Home, worker: Worker
) -> None:
    home.town.change("DELETE FROM doors WHERE domophone_id = :panel", panel=S)
    code = look(home.who())["doorCode"]
    worker.work()
    home.device("sokol", S)
    assert worker.compare() == [S]
    worker.work()
    assert code_at(home.town.sandbox.panels["sokol"]) == code
    assert not worker.compare()


def test_a_number_that_is_corrected_opens_no_more(home: Home, worker: Worker) -> None:
    code = look(home.who())["doorCode"]
    worker.work()
    home.town.change("UPDATE flats SET number = '15' WHERE id = :flat", flat=MINE)
    worker.compare()
    worker.work()
    for name in ("beward", "sokol"):
        device = home.town.sandbox.panels[name]
        assert (code_at(device, 1), code_at(device, 15)) == (None, code), name
    assert home.town.rows("SELECT DISTINCT number FROM panel_flats") == [(15,)]


def test_a_door_that_is_taken_away_opens_no_more(home: Home, worker: Worker) -> None:
    look(home.who())
    worker.work()
    home.town.change("UPDATE doors SET house_id = 102 WHERE domophone_id = :panel", panel=B)
    worker.compare()
    worker.work()
    assert code_at(home.town.sandbox.panels["beward"]) is None
    assert code_at(home.town.sandbox.panels["sokol"]) is not None


def test_a_number_of_two_houses_at_one_panel_opens_for_neither(home: Home, worker: Worker) -> None:
    look(home.who())
    worker.work()
    home.town.change("INSERT INTO flats (id, house_id, number, address) VALUES (77, 102, '1', '')")
    home.device("beward", B, house=102)
    worker.compare()
    worker.work()
    assert code_at(home.town.sandbox.panels["beward"]) is None
    assert "нескольких домах" in worker.lacking(B)["1"]
    assert not worker.compare(), "there is nothing to be done about it"


def test_a_panel_that_the_inventory_forgot_is_forgotten(home: Home, worker: Worker) -> None:
    look(home.who())
    home.town.change("DELETE FROM doors WHERE domophone_id = :panel", panel=B)
    home.town.change("DELETE FROM panels WHERE id = :panel", panel=B)
    assert worker.work() == [B, S]
    assert home.town.rows("SELECT DISTINCT panel_id FROM panel_flats") == [(S,)]


def test_a_code_that_was_replaced_stays_the_flats_until_no_panel_has_it(
    home: Home, worker: Worker
) -> None:
    home.town.open(door_codes=(10000, 10001), panel_timeout=5.0)
    person = home.who()
    old = look(person)["doorCode"]
    worker.work()
    home.town.sandbox.faults.set("beward", "down")
    new = str(reset(person))
    worker.work()
    assert code_at(home.town.sandbox.panels["beward"]) == old
    home.town.clock.forward(days=KEPT.days + 1)
    with worker.service() as pushes:
        assert pushes.forget_codes(home.town.clock()) == 0, "a panel still opens to it"
        home.town.sandbox.faults.clear()
        pushes.push(B)
        assert code_at(home.town.sandbox.panels["beward"]) == new
        assert pushes.forget_codes(home.town.clock()) == 1
    assert str(reset(person)) == old, "it may be drawn again"


def test_a_code_that_was_replaced_just_now_is_kept_for_lines_that_come_late(
    home: Home, worker: Worker
) -> None:
    person = home.who()
    look(person)
    reset(person)
    worker.work()
    with worker.service() as pushes:
        assert pushes.forget_codes(home.town.clock() + KEPT - timedelta(seconds=1)) == 0
        assert pushes.forget_codes(home.town.clock() + KEPT + timedelta(seconds=1)) == 1
    assert home.town.rows("SELECT house_id FROM door_codes") == [(HOUSE,)]


def test_codes_stand_in_no_log(
    home: Home, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    home.town.sandbox.faults.set("sokol", "error")
    code = look(home.who())["doorCode"]
    worker.work()
    assert "panel 14 does not hold everything" in caplog.text and code not in caplog.text
    assert code not in str(home.town.rows("SELECT error FROM panel_pushes"))
