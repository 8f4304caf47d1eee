"""Who reads the log of a flat, and since when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from smartyard.db import db
from smartyard.phones import Phone
from tests.events.conftest import Doors, stand_at
from tests.fixtures.processes import wait_for
from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, UNPAID, Resident

FLAT, OTHERS = 10101, 10112
GUEST = "79000000077"
NOON = datetime(2026, 3, 10, 9, tzinfo=UTC)
PATHS = ("address/plog", "address/plogDays")


@pytest.fixture(name="doors")
def doors_fixture(town: Town) -> Doors:
    town.clock.now = NOON
    doors = Doors(town)
    for flat in (FLAT, OTHERS):
        for ago in (0, 86400, 2 * 86400):
            doors.happened("key", ago, flat_id=flat, opened=True)
    return doors


def ask(resident: Resident, flat: int = FLAT, day: str = "2026-03-10") -> list[tuple[int, str]]:
    """What both endpoints say: the status and the words, or the days that are seen."""
    found = []
    for path in PATHS:
        answer = resident.post(path, {"flatId": flat, "day": day})
        body = answer.get_json(silent=True) or {}
        found.append((answer.status_code, body.get("message", "")))
    return found


def statuses(resident: Resident, flat: int = FLAT) -> list[int]:
    return [status for status, _ in ask(resident, flat)]


def days(resident: Resident, flat: int = FLAT) -> list[str]:
    answer = resident.post("address/plogDays", {"flatId": flat})
    return [row["day"] for row in (answer.get_json(silent=True) or {}).get("data", [])]


def let_in(doors: Doors, phone: str, **told: Any) -> None:
    row = {
        "phone": phone, "flat": FLAT, "kind": "inner", "granted": NOON, "expires": None,
        "services": ["domophone"],
    } | told  # fmt: skip
    doors.town.change(
        "INSERT INTO flat_members (phone, house_id, flat_id, contract_owner, flat_owner, services,"
        " unpaid, has_gates, roommates, source, kind, granted_by, granted_at, expires_at) VALUES"
        " (:phone, 101, :flat, false, :kind = 'owner', :services, '{}', false, '[]', 'grant',"
        " :kind, '', :granted, :expires)",
        **row,
    )


def block(doors: Doors, service: str, source: str) -> None:
    doors.town.change(
        "INSERT INTO flat_blocks (flat_id, service, source, cause, created_at)"
        " VALUES (:flat, :service, :source, 'Причина такая-то.', :now)",
        flat=FLAT, service=service, source=source, now=NOON,
    )  # fmt: skip


def test_only_the_people_of_a_flat_read_its_log(doors: Doors) -> None:
    assert statuses(stand_at(doors, NORMAL)) == [200, 200]
    neighbour = stand_at(doors, NEIGHBOUR)
    assert statuses(neighbour, OTHERS) == [200, 200]
    assert ask(neighbour, FLAT) == ask(neighbour, 424242)  # the same, whether it exists or not
    assert statuses(neighbour, FLAT) == [403, 403]
    assert statuses(stand_at(doors, NOBODY)) == [403, 403]


@pytest.mark.parametrize(
    "service, source, status",
    [
        ("log", "debt", 402),
        ("all", "debt", 402),
        ("log", "operator", 403),
        ("all", "operator", 403),
    ],
)
def test_a_block_says_its_cause(doors: Doors, service: str, source: str, status: int) -> None:
    resident = stand_at(doors, NORMAL)
    block(doors, service, source)
    assert ask(resident) == [(status, "Причина такая-то.")] * 2


def test_a_block_of_something_else_is_none_of_the_log(doors: Doors) -> None:
    resident = stand_at(doors, NORMAL)
    for service in ("doors", "cctv", "calls"):
        block(doors, service, "operator")
    assert statuses(resident) == [200, 200]


@pytest.mark.parametrize(
    "log, owner, mate",
    [("all", 200, 200), ("owner", 200, 403), ("none", 403, 403), ("forbidden", 403, 403)],
)
def test_the_flats_settings_are_heeded(doors: Doors, log: str, owner: int, mate: int) -> None:
    owning, other = stand_at(doors, NORMAL), stand_at(doors, SECOND)
    doors.town.change("INSERT INTO flat_settings (flat_id, log) VALUES (10101, :log)", log=log)
    assert statuses(owning) == [owner] * 2
    assert statuses(other) == [mate] * 2


def test_not_connected_is_404_and_not_paid_402(doors: Doors) -> None:
    unpaid = stand_at(doors, UNPAID)
    flat = 10501
    assert statuses(unpaid, flat) == [204, 204]
    doors.town.change("UPDATE flat_members SET unpaid = '{domophone}' WHERE phone = :p", p=UNPAID)
    assert statuses(unpaid, flat) == [402, 402]
    doors.town.change("UPDATE flat_members SET services = '{cctv}' WHERE phone = :p", p=UNPAID)
    assert statuses(unpaid, flat) == [404, 404]


def test_a_guest_reads_from_the_day_of_being_let_in_to_the_last(doors: Doors) -> None:
    stand_at(doors, NORMAL)
    guest = stand_at(doors, GUEST)
    assert statuses(guest) == [403, 403]
    let_in(doors, GUEST, granted=datetime(2026, 3, 9, 20, tzinfo=UTC), expires=doors.town.clock.now)
    doors.town.clock.forward(hours=-2)
    assert days(guest) == ["2026-03-10", "2026-03-09"]  # of its whole first day
    doors.town.clock.forward(hours=1, minutes=59)
    answer = guest.post("address/plog", {"flatId": FLAT, "day": "2026-03-09"})
    assert len(answer.get_json()["data"]) == 1
    assert guest.post("address/plog", {"flatId": FLAT, "day": "2026-03-08"}).status_code == 204
    doors.town.clock.forward(minutes=1)
    assert statuses(guest) == [403, 403]


def test_an_outer_guest_reads_nothing_and_a_second_owner_all(doors: Doors) -> None:
    stand_at(doors, NORMAL)
    outer, second = stand_at(doors, GUEST), stand_at(doors, NOBODY)
    let_in(doors, GUEST, kind="outer")
    let_in(doors, NOBODY, kind="owner")
    assert statuses(outer) == [403, 403]
    assert len(days(second)) == 3


def test_who_was_put_out_reads_nothing_and_is_masked_for_those_who_stay(doors: Doors) -> None:
    guest, owner = stand_at(doors, GUEST), stand_at(doors, NORMAL)
    let_in(doors, GUEST, kind="inner")
    doors.happened("app", flat_id=FLAT, phone=Phone(GUEST), opened=True)
    page = {"flatId": FLAT, "day": "2026-03-10"}
    assert GUEST in guest.post("address/plog", page).text
    assert GUEST in owner.post("address/plog", page).text
    doors.town.change("DELETE FROM flat_members WHERE source = 'grant'")
    assert statuses(guest) == [403, 403]
    assert GUEST not in (text := owner.post("address/plog", page).text) and "7900***0077" in text


def test_billing_that_is_silent_leaves_the_log_of_known_homes(doors: Doors) -> None:
    resident = stand_at(doors, NORMAL)
    doors.town.clock.forward(hours=1)
    doors.town.sandbox.faults.set("billing", "refuse")
    assert statuses(resident) == [200, 200]
    stranger = doors.town.sign_in(NEIGHBOUR, doors.app)
    assert statuses(stranger) == [503, 503]


@pytest.mark.parametrize("path", [*PATHS, "address/followed"])
def test_no_connection_is_held_while_billing_is_asked(doors: Doors, path: str) -> None:
    stranger = stand_at(doors, NEIGHBOUR)  # of whose flats this is none, so that billing is asked
    doors.town.clock.forward(seconds=doors.town.settings.billing_ttl)
    before = doors.town.asked("getsettingslist")
    doors.town.sandbox.faults.set("billing", "hang")
    with ThreadPoolExecutor(1) as thread:
        body = {"flatId": FLAT, "day": "2026-03-10"}
        held = thread.submit(stranger.post, path, body)
        wait_for(lambda: doors.town.asked("getsettingslist") > before, "billing to be asked")
        with doors.app.app_context():
            pool = db.engine.pool
        assert pool.checkedout() == 0 and not held.done()  # type: ignore[attr-defined]
        doors.town.sandbox.faults.set("billing", "ok")
        assert held.result().status_code == 403
    assert doors.town.asked("getsettingslist") == before + 1


CHANGES = {
    "nothing": "SELECT 1",
    "off": "INSERT INTO flat_settings (flat_id, log) VALUES (10101, 'none')",
    "the owner's": "INSERT INTO flat_settings (flat_id, log) VALUES (10101, 'owner')",
    "forbidden": "INSERT INTO flat_settings (flat_id, log) VALUES (10101, 'forbidden')",
    "blocked": "INSERT INTO flat_blocks"
    " VALUES (10101, 'log', 'operator', 'Причина.', '2026-01-01')",
    "in debt": "INSERT INTO flat_blocks VALUES (10101, 'all', 'debt', 'Причина.', '2026-01-01')",
    "unpaid": "UPDATE flat_members SET unpaid = '{domophone}' WHERE flat_id = 10101",
    "not connected": "UPDATE flat_members SET services = '{cctv}' WHERE flat_id = 10101",
    "a guest's": "UPDATE flat_members SET source = 'grant', kind = 'outer', granted_by = '',"
    " contract_id = NULL, flat_owner = false WHERE flat_id = 10101",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_has_plog_says_whether_the_log_would_be_shown(doors: Doors, change: str) -> None:
    people = [stand_at(doors, phone) for phone in (NORMAL, SECOND)]
    if change != "SELECT 1":
        doors.town.change(change)
    for resident in people:
        shown = {
            row["flatId"]: row["hasPlog"]
            for row in resident.post("address/getSettingsList").get_json()["data"]
        }
        for flat, has_plog in shown.items():
            readable = statuses(resident, int(flat))[0] in (200, 204)
            assert has_plog == ("t" if readable else "f"), flat
            if has_plog == "t":  # Android asks it at once, and drops the tab when it fails
                asked = resident.post("address/intercom", {"flatId": flat})
                assert asked.status_code == 200
        houses = resident.post("address/getAddressList").get_json()["data"]
        of_house = {row["houseId"]: row["hasPlog"] for row in houses}
        assert of_house["101"] == shown["10101"]
