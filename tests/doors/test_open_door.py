"""Opening a door: who may, one pulse, and what is written whatever came of it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import sqlalchemy as sa

from smartyard.config import Settings
from tests.fixtures.processes import wait_for
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, Resident
from tests.fixtures.yard import BEWARD, FLAT, HOUSE, NEIGHBOURS_FLAT, RELAY, SOKOL, Yard, press

WAITING = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"


def test_a_resident_opens_the_doors_of_the_house(yard: Yard) -> None:
    resident = yard.at_home(NORMAL)
    assert press(resident, BEWARD, None).status_code == 204
    assert press(resident, BEWARD, 1).status_code == 204
    assert press(resident, RELAY).status_code == 204
    assert (yard.pulses(BEWARD), yard.pulses(RELAY)) == (2, 1)
    assert yard.events() == [("app", NORMAL, FLAT, True, "")] * 3


@pytest.mark.parametrize("body", [{"domophoneId": "11", "doorId": "0"}, {"domophoneId": 11}])
def test_ids_come_as_numbers_and_as_text(yard: Yard, body: object) -> None:
    assert yard.at_home(SECOND).post("address/openDoor", body).status_code == 204
    assert yard.pulses(BEWARD) == 1


@pytest.mark.parametrize("body", [{}, {"doorId": 0}, {"domophoneId": -1}, {"domophoneId": "x"}])
def test_a_wrong_shape_opens_nothing(yard: Yard, body: object) -> None:
    assert yard.at_home(NORMAL).post("address/openDoor", body).status_code == 422
    assert yard.pulses(BEWARD) == 0 and yard.events() == []


@pytest.mark.parametrize("panel", [BEWARD, RELAY, SOKOL, 999999999, 2**62])
def test_a_stranger_gets_one_answer_whether_there_is_a_door_or_not(yard: Yard, panel: int) -> None:
    answer = press(yard.at_home(NOBODY), panel)
    assert (answer.status_code, answer.get_json()["message"]) == (
        403,
        "У вас нет доступа к этой двери.",
    )
    assert (yard.pulses(BEWARD), yard.pulses(RELAY)) == (0, 0) and yard.events() == []


def test_an_entrance_is_for_its_own_flats(yard: Yard) -> None:
    neighbour = yard.at_home(NEIGHBOUR)
    yard.town.change("INSERT INTO entrances VALUES (:house, '2')", house=HOUSE)
    yard.town.change("UPDATE flats SET entrance = '2' WHERE id = :flat", flat=NEIGHBOURS_FLAT)
    assert press(neighbour, BEWARD, 0).status_code == 403
    assert press(neighbour, BEWARD, 1).status_code == 204
    listed = neighbour.post("address/getAddressList").get_json()["data"]
    house = next(one for one in listed if one["houseId"] == str(HOUSE))
    assert [door["icon"] for door in house["doors"]] == ["wicket", "gate"]


def test_a_door_that_nothing_of_ours_opens_is_not_connected(yard: Yard) -> None:
    resident = yard.at_home(NORMAL)
    yard.town.change("UPDATE panels SET model = 'none', address = '' WHERE id = :id", id=RELAY)
    assert press(resident, RELAY).status_code == 404
    assert yard.events() == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("unpaid = '{domophone}'", 402),
        ("services = '{internet}'", 404),
    ],
)
def test_what_is_unpaid_or_not_connected_opens_nothing(
    yard: Yard, change: str, status: int
) -> None:
    resident = yard.at_home(NORMAL)
    yard.town.change(f"UPDATE flat_members SET {change}")
    answer = press(resident, BEWARD)
    assert answer.status_code == status
    doors = resident.post("address/getAddressList").get_json()["data"][0]["doors"]
    assert {door["blocked"] for door in doors} == {answer.get_json()["message"]}
    assert yard.pulses(BEWARD) == 0


@pytest.mark.parametrize(("source", "status"), [("operator", 403), ("debt", 402)])
@pytest.mark.parametrize("service", ["doors", "all"])
def test_a_block_says_its_cause(yard: Yard, source: str, status: int, service: str) -> None:
    resident = yard.at_home(NORMAL)
    yard.block(FLAT, service, source, "Замок на ремонте до пятницы.")
    answer = press(resident, BEWARD)
    assert (answer.status_code, answer.get_json()["message"]) == (
        status,
        "Замок на ремонте до пятницы.",
    )
    assert yard.pulses(BEWARD) == 0
    yard.town.change("UPDATE flat_blocks SET service = 'cctv'")
    assert press(resident, BEWARD).status_code == 204


def test_the_right_is_one_question_however_many_flats_there_are(yard: Yard) -> None:
    sent: dict[int, list[str]] = {}
    for flats in (1, 10, 100):
        for number in range(flats):
            flat = {"clientId": 9000 + number, "houseId": HOUSE, "flatId": 90000 + number}
            yard.town.sandbox.world.add_contract(NOBODY, flat | {"services": ["domophone"]})
        resident = yard.at_home(NOBODY)
        yard.town.clock.forward(seconds=yard.town.settings.billing_ttl)
        assert yard.town.app is not None
        with yard.town.counting(yard.town.app) as statements:
            assert press(resident, BEWARD, 1).status_code == 204
        sent[flats] = list(statements)
    assert len(sent[1]) == len(sent[10]) == len(sent[100])
    rights = [one for one in sent[100] if "flat_members" in one and "JOIN doors" in one]
    assert len(rights) == 1 and "flat_blocks" in rights[0] and "unpaid" in rights[0]


def test_a_panel_has_three_seconds_unless_told_otherwise() -> None:
    assert dict(Settings.model_fields)["panel_timeout"].default == 3


def test_a_door_opens_while_billing_is_down(yard: Yard) -> None:
    resident = yard.at_home(NORMAL)
    yard.town.sandbox.faults.set("billing", "down")
    yard.town.clock.forward(days=29)
    assert press(resident, BEWARD).status_code == 204
    assert yard.pulses(BEWARD) == 1


@pytest.mark.parametrize(
    ("fault", "opened", "outcome", "pulses"),
    [
        ({"mode": "refuse"}, False, "refused", 0),
        ({"mode": "down"}, None, "unknown", 0),
        ({"mode": "error"}, None, "unknown", 0),
        ({"mode": "hang"}, None, "unknown", 0),
        ({"mode": "stall"}, None, "unknown", 1),
        ({"mode": "drop"}, None, "unknown", 1),
        ({"mode": "rubbish", "kind": "drip"}, None, "unknown", 0),
    ],
    ids=lambda value: str(value.get("mode")) if isinstance(value, dict) else "",
)
def test_a_panel_that_fails_is_a_503_with_a_sentence_and_an_event(
    yard: Yard, fault: dict[str, str], opened: bool | None, outcome: str, pulses: int
) -> None:
    yard.town.open(panel_timeout=0.6, panel_connect_timeout=0.5)
    resident = yard.at_home(NORMAL)
    yard.break_panel(BEWARD, **fault)
    answer = press(resident, BEWARD)
    assert answer.status_code == 503
    assert "омофон" in answer.get_json()["message"]
    assert yard.pulses(BEWARD) == pulses
    assert yard.events() == [("app", NORMAL, FLAT, opened, outcome)]


def test_a_panel_that_says_yes_and_opens_nothing_is_asked_once(yard: Yard) -> None:
    resident = yard.at_home(NORMAL)
    yard.break_panel(BEWARD, "lie", method="open")
    assert press(resident, BEWARD).status_code == 204
    assert yard.pulses(BEWARD) == 0
    assert yard.events() == [("app", NORMAL, FLAT, True, "")], "nobody can know better"


def hurried(yard: Yard) -> Resident:
    """At a server where a request must come to its pulse within half a second."""
    resident = yard.at_home(NORMAL)
    resident.client = yard.town.open(
        panel_timeout=0.2, panel_connect_timeout=0.2, door_slack=0.05, billing_timeout=0.25,
        db_lock_timeout=20.0, db_statement_timeout=20.0,
    ).test_client()  # fmt: skip
    return resident


def test_who_was_kept_waiting_by_the_database_is_not_at_the_door_any_more(yard: Yard) -> None:
    resident = hurried(yard)
    with ThreadPoolExecutor(1) as threads, yard.town.engine.connect() as connection:
        connection.execute(sa.text("LOCK door_openings IN EXCLUSIVE MODE"))
        asked = threads.submit(press, resident, BEWARD)
        wait_for(lambda: yard.town.one(WAITING) == 1, "the intent to wait")
        Event().wait(0.6)
        connection.rollback()
        assert asked.result().status_code == 503
    assert yard.pulses(BEWARD) == 0
    assert yard.events() == [("app", NORMAL, FLAT, False, "unreachable")]


def test_who_was_kept_waiting_by_billing_and_the_database_is_not_there_either(yard: Yard) -> None:
    """The time counts from the request on, not from when the right was known."""
    resident = hurried(yard)
    yard.town.clock.forward(hours=6)
    with ThreadPoolExecutor(1) as threads, yard.town.engine.connect() as connection:
        connection.execute(sa.text("LOCK billing_copies IN ACCESS EXCLUSIVE MODE"))
        asked = threads.submit(press, resident, BEWARD)
        wait_for(lambda: yard.town.one(WAITING) == 1, "the word of billing to be looked at")
        Event().wait(0.6)
        connection.rollback()
        assert asked.result().status_code == 503
    assert yard.pulses(BEWARD) == 0
    assert yard.events() == [("app", NORMAL, FLAT, False, "unreachable")]


def test_a_panel_that_is_not_there_surely_opened_nothing(yard: Yard) -> None:
    resident = yard.at_home(NORMAL)
    yard.town.change("UPDATE panels SET address = 'http://127.0.0.1:1' WHERE id = :id", id=BEWARD)
    answer = press(resident, BEWARD)
    assert (answer.status_code, "не открыта" in answer.get_json()["message"]) == (503, True)
    assert yard.events() == [("app", NORMAL, FLAT, False, "unreachable")]


def test_one_dead_panel_slows_no_other(yard: Yard) -> None:
    yard.town.open(panel_timeout=20.0)
    resident, other = yard.at_home(NORMAL), yard.at_home(NEIGHBOUR)
    yard.break_panel(BEWARD, "hang")
    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(press, resident, BEWARD)
        assert press(other, RELAY).status_code == 204
        assert not hanging.done()
        yard.town.sandbox.faults.clear()
        hanging.result(timeout=30)


def test_a_wrong_password_in_the_inventory_opens_nothing(yard: Yard) -> None:
    yard.town.change("DELETE FROM doors WHERE domophone_id = :id", id=BEWARD)
    yard.town.change("DELETE FROM panels WHERE id = :id", id=BEWARD)
    yard.panel(BEWARD, "beward", yard.town.sandbox.beward_url, password="another")
    yard.door(BEWARD, 0, "entrance")
    assert press(yard.at_home(NORMAL), BEWARD).status_code == 503
    assert yard.pulses(BEWARD) == 0
