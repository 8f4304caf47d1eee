"""The log of a flat: what each kind of event tells, and days of the operator's zone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smartyard.events.kinds import KINDS, SHOWN
from smartyard.events.service import Face
from smartyard.phones import Phone
from tests.events.conftest import Doors, events_of, stand_at
from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND, Resident

FLAT = 10101
NOON = datetime(2026, 3, 10, 9, tzinfo=UTC)  # in Moscow


@pytest.fixture(name="doors")
def doors_fixture(town: Town) -> Doors:
    town.clock.now = NOON
    return Doors(town)


@pytest.fixture(name="resident")
def resident_fixture(doors: Doors) -> Resident:
    return stand_at(doors, NORMAL)


def day_of(resident: Resident, day: str = "2026-03-10", flat: int = FLAT) -> list[Any]:
    answer = resident.post("address/plog", {"flatId": flat, "day": day})
    assert answer.status_code in (200, 204), answer.text
    return [] if answer.status_code == 204 else list(answer.get_json()["data"])


def days_of(resident: Resident, **body: Any) -> dict[str, str]:
    answer = resident.post("address/plogDays", {"flatId": FLAT, **body})
    assert answer.status_code in (200, 204), answer.text
    return {
        row["day"]: row["events"]
        for row in ([] if answer.status_code == 204 else answer.get_json()["data"])
    }


TOLD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "call_missed": ({"opened": None}, {"opened": "f"}),
    "call_answered": ({"opened": True}, {"opened": "t"}),
    "key": ({"key": "0" * 6 + "A1B2C3D4"}, {"key": "000000A1B2C3D4"}),
    "app": ({"phone": Phone(NORMAL)}, {"phone": NORMAL}),
    "face": (
        {"face": Face(7, 1, 2, 30, 40)},
        {"faceId": "7", "face": {"left": "1", "top": "2", "width": "30", "height": "40"}},
    ),
    "code": ({"code": "12345"}, {"code": "12345"}),
    "gate_call": (
        {"phone": Phone(NORMAL), "called": "84951112233"},
        {
            "phone_from": NORMAL, "phoneFrom": NORMAL,
            "phone_to": "84951112233", "phoneTo": "84951112233",
        },
    ),
    "plate": ({"plate": "А001АА77"}, {}),
}  # fmt: skip


@pytest.mark.parametrize("kind", SHOWN)
def test_each_kind_tells_its_own_and_nothing_else(
    doors: Doors, resident: Resident, kind: Any
) -> None:
    told, detail = TOLD[kind]
    event = doors.happened(
        kind, flat_id=FLAT, domophone_id=11, door_id=0, camera_id=5, outcome="a word", **told
    )
    (row,) = day_of(resident)
    assert row == {
        "date": "2026-03-10 12:00:00", "uuid": str(event), "objectId": "11", "objectType": "0",
        "objectMechanizma": "0", "mechanizmaDescription": "Подъезд 1",
        "event": str(SHOWN.index(kind) + 1), "previewType": 0, "detailX": detail,
        "flatId": "10101", "houseId": "101", "entranceId": "11", "cameraId": "5",
    } | ({"detail": "А001АА77"} if kind == "plate" else {})  # fmt: skip


def test_a_key_whose_panel_nobody_knows_is_shown_without_what_is_not_known(
    doors: Doors, resident: Resident
) -> None:
    doors.happened("key", flat_id=FLAT)
    (row,) = day_of(resident)
    assert (row["objectId"], row["mechanizmaDescription"], row["detailX"]) == ("0", "", {})
    assert not {"entranceId", "cameraId", "preview", "detail"} & set(row)


def test_the_newest_comes_first_and_what_did_not_open_is_not_there(
    doors: Doors, resident: Resident
) -> None:
    for ago in (30, 10, 20):
        doors.happened("key", ago, flat_id=FLAT, opened=True)
    for kind in KINDS:
        doors.happened(kind, 5, flat_id=FLAT, opened=False)
    doors.happened("exit", 4, flat_id=FLAT, opened=True)
    doors.happened("key", 3, flat_id=FLAT + 1, opened=True)
    rows = [(row["event"], row["date"][-5:]) for row in day_of(resident)]
    assert sorted(rows[:2]) == [("1", "59:55"), ("2", "59:55")]
    assert rows[2:] == [("3", "59:50"), ("3", "59:40"), ("3", "59:30")]


def test_the_phones_of_those_who_live_here_are_whole_and_all_others_masked(
    doors: Doors, resident: Resident
) -> None:
    for ago, phone in enumerate((NORMAL, SECOND, NEIGHBOUR)):
        doors.happened("app", ago, flat_id=FLAT, phone=Phone(phone))
        doors.happened("gate_call", ago, flat_id=FLAT, phone=Phone(phone))
    rows = day_of(resident)
    shown = [NORMAL, SECOND, "7900***0003"]
    assert [row["detailX"]["phone"] for row in rows if row["event"] == "4"] == shown
    assert [row["detailX"]["phoneFrom"] for row in rows if row["event"] == "7"] == shown
    assert NEIGHBOUR not in str(rows)


def test_a_day_begins_at_midnight_of_the_operators_zone(doors: Doors, resident: Resident) -> None:
    midnight = datetime(2026, 3, 9, 21, tzinfo=UTC)  # of the 10th in Moscow
    doors.town.clock.now = NOON + timedelta(days=1)
    for seconds in (-1, 0, 86399):
        ago = (doors.town.clock.now - midnight).total_seconds() - seconds
        doors.happened("key", ago, flat_id=FLAT)
    assert [row["date"] for row in day_of(resident, "2026-03-09")] == ["2026-03-09 23:59:59"]
    assert [row["date"] for row in day_of(resident)] == [
        "2026-03-10 23:59:59",
        "2026-03-10 00:00:00",
    ]
    assert days_of(resident) == {"2026-03-10": "2", "2026-03-09": "1"}


@pytest.mark.parametrize("day, hours", [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_of_23_or_25_hours_is_one_day(town: Town, day: str, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    begins = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
    town.open(timezone=zone)
    town.clock.now = begins + timedelta(days=2)
    doors = Doors(town)
    resident = stand_at(doors, NORMAL)
    for hour in range(-1, 26):
        doors.happened("key", (2 * 24 - hour) * 3600, flat_id=FLAT)
    assert len(day_of(resident, day)) == hours
    assert days_of(resident)[day] == str(hours)


def test_days_count_the_kinds_that_are_asked_for(doors: Doors, resident: Resident) -> None:
    doors.happened("key", flat_id=FLAT)
    doors.happened("key", 1, flat_id=FLAT, opened=False)
    doors.happened("code", 86400, flat_id=FLAT)
    doors.happened("key", 86400, flat_id=FLAT)
    doors.happened("plate", 20 * 86400, flat_id=FLAT)
    all_days = {"2026-03-10": "1", "2026-03-09": "2", "2026-02-18": "1"}
    assert list(days_of(resident).items()) == list(all_days.items())
    assert days_of(resident, events="") == all_days
    assert days_of(resident, events="3, 6,8") == all_days
    assert days_of(resident, events="6") == {"2026-03-09": "1"}
    assert days_of(resident, events=8) == {"2026-02-18": "1"}
    assert days_of(resident, events="9, 10, 0") == {}


@pytest.mark.parametrize("events", ["a", "1;2", "-1", "1,,2", "٣", ["1"], {}, True, 1.5, "1" * 9])
def test_what_is_no_list_of_numbers_is_422(resident: Resident, events: Any) -> None:
    answer = resident.post("address/plogDays", {"flatId": FLAT, "events": events})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "day", ["2026-02-30", "2026-3-1", "20260301", "1", 1, None, "", "2026-03-10T0", "٢٠٢٦-٠٣-١٠"]
)  # fmt: skip
def test_what_is_no_day_is_422(resident: Resident, day: Any) -> None:
    assert resident.post("address/plog", {"flatId": FLAT, "day": day}).status_code == 422


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9999-12-31", "2026-03-11"])
def test_a_day_without_events_is_204_whatever_day_it_is(resident: Resident, day: str) -> None:
    answer = resident.post("address/plog", {"flatId": FLAT, "day": day})
    assert (answer.status_code, answer.data) == (204, b"")


def test_what_is_too_old_is_not_shown_although_its_month_is_there(
    doors: Doors, resident: Resident
) -> None:
    doors.happened("key", 185 * 86400 - 60, flat_id=FLAT)
    doors.happened("key", 185 * 86400 + 60, flat_id=FLAT)
    (day,) = days_of(resident)
    assert len(day_of(resident, day)) == 1


def test_a_thousand_events_take_as_many_statements_as_one(doors: Doors, resident: Resident) -> None:
    counts = []
    for more in (1, 300):
        for ago in range(more):
            doors.happened("app", ago, flat_id=FLAT, phone=Phone(NEIGHBOUR))
        with doors.town.counting(doors.app) as sent:
            assert len(day_of(resident)) >= more
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 9
    assert len(events_of(doors)) == 301
