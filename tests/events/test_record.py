"""Writing an event down: once, with what the inventory knows, whatever is known of the opener."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from smartyard.db import transaction
from smartyard.events.kinds import KINDS, SHOWN, moment_of, new_id
from smartyard.events.service import EventService, Face, Happened
from smartyard.phones import Phone
from smartyard.web import service
from tests.events.conftest import FLAT, HOUSE, Doors
from tests.fixtures.town import together
from tests.fixtures.world import NORMAL


def test_an_id_tells_the_moment_to_the_millisecond_and_is_a_uuid_of_version_seven() -> None:
    at = datetime(2026, 3, 1, 0, 0, 0, 123456, tzinfo=UTC)
    one, other = new_id(at), new_id(at)
    assert one != other and one.version == 7 and one.variant == "specified in RFC 4122"
    assert moment_of(one) == moment_of(other) == at.replace(microsecond=123000)
    assert new_id(at) < new_id(at + timedelta(milliseconds=1))


def test_all_that_is_told_is_kept(doors: Doors) -> None:
    face = Face(7, 1, 2, 30, 40)
    event = doors.happened(
        "face", domophone_id=7, door_id=1, house_id=HOUSE, flat_id=FLAT, phone=Phone(NORMAL),
        called="79991112233", opened=True, outcome="ok", key="0" * 14, code="12345",
        plate="А001АА77", face=face, camera_id=5,
    )  # fmt: skip
    (row,) = doors.rows(
        "id, at, kind, domophone_id, door_id, house_id, flat_id, phone, called, opened, outcome,"
        " key, code, plate, face, camera_id, shown, source"
    )
    assert UUID(str(row[0])) == event
    assert row[1:] == (
        doors.town.clock.now, "face", 7, 1, HOUSE, FLAT, NORMAL, "79991112233", True, "ok",
        "0" * 14, "12345", "А001АА77",
        {"face_id": 7, "left": 1, "top": 2, "width": 30, "height": 40}, 5, True, None,
    )  # fmt: skip


def test_codes_and_keys_are_not_in_what_an_error_would_print() -> None:
    told = repr(Happened("code", datetime.now(UTC), code="54321", key="AABBCCDDEEFF00"))
    assert "54321" not in told and "AABB" not in told


def test_what_the_inventory_knows_of_the_panel_is_looked_up(doors: Doors) -> None:
    camera = doors.town.camera("entrance", houses=[HOUSE, 102])
    doors.town.change(
        "INSERT INTO panels (id, name, model, address, method, dtmf, camera_id)"
        " VALUES (7, 'Панель 7', 'none', '', 'GET', '1', :camera)",
        camera=camera,
    )
    doors.town.change(
        "INSERT INTO doors (house_id, domophone_id, door_id, icon, name, source) VALUES"
        " (102, 7, 0, 'gate', 'Ворота', 'inventory'), (101, 7, 1, 'wicket', '', 'inventory'),"
        " (101, 7, 0, 'entrance', 'Подъезд 1', 'inventory')"
    )
    doors.happened("exit", domophone_id=7, door_id=0)
    doors.happened("app", domophone_id=7, door_id=0, house_id=102)
    doors.happened("app", domophone_id=7, door_id=1)
    doors.happened("app", domophone_id=8)
    assert sorted(doors.rows("place, house_id, camera_id"), key=str) == [
        ("", None, None),
        ("Ворота", 102, camera),
        ("Панель 7", 101, camera),
        ("Подъезд 1", 101, camera),
    ]


def test_a_flat_tells_its_house(doors: Doors) -> None:
    doors.town.camera("yard", flats={FLAT: HOUSE})
    doors.happened("key", flat_id=FLAT, opened=True)
    assert doors.rows("house_id") == [(HOUSE,)]


def test_a_senders_number_makes_a_repeat_nothing_even_with_another_time(doors: Doors) -> None:
    first = doors.happened("key", external=("panel", "17"), flat_id=FLAT)
    again = doors.happened("key", ago=90000, external=("panel", "17"), flat_id=FLAT)
    other = doors.happened("key", external=("another", "17"), flat_id=FLAT)
    assert first and other and again is None
    assert len(doors.rows()) == 2


def test_of_many_who_tell_the_same_at_once_one_is_written(doors: Doors) -> None:
    told = together(8, lambda _: doors.happened("key", external=("panel", "18")))
    assert [one for one in told if one] == [doors.rows("id")[0][0]]
    assert len(doors.rows()) == 1


def test_it_is_there_only_if_what_it_is_about_is(doors: Doors) -> None:
    what = Happened("app", doors.town.clock.now, external=("ours", "1"))
    with doors.app.app_context():
        with pytest.raises(ZeroDivisionError), transaction():
            service(EventService).record(what)
            raise ZeroDivisionError
        assert doors.rows() == []
        with transaction():
            assert service(EventService).record(what)


def test_a_key_of_two_flats_is_a_row_of_each_under_one_number(doors: Doors) -> None:
    what = Happened("key", doors.town.clock.now, external=("panel", "19"), opened=True)
    with doors.app.app_context(), transaction():
        assert len(service(EventService).record_for(what, [1, 2])) == 2
        assert service(EventService).record_for(what, [1, 2, 3]) == []
    assert sorted(doors.rows("flat_id")) == [(1,), (2,)]


def test_people_are_shown_what_the_apps_know_unless_it_did_not_open(doors: Doors) -> None:
    for kind in KINDS:
        for opened in (True, None, False):
            doors.happened(kind, flat_id=FLAT, opened=opened)
            doors.happened(kind, opened=opened)
    shown = set(doors.rows("kind, opened, flat_id, shown"))
    calls = {"call_missed", "call_answered"}
    assert {row[:2] for row in shown if row[3]} == {
        (kind, opened)
        for kind in SHOWN
        for opened in (True, None, False)
        if opened is not False or kind in calls
    }
    assert not any(row[3] for row in shown if row[2] is None)
