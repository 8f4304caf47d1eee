"""A face at the door: one pulse where a flat that links it still may, and the event."""

from typing import Any

import pytest
import requests

from smartyard.frs.recognising.service import RecognitionService
from smartyard.web import service
from tests.fixtures.world import NORMAL, SECOND, Resident
from tests.fixtures.yard import BEWARD, FLAT, RELAY, Yard, let_in
from tests.frs.conftest import STREAM, Doorway

GUEST = "79001000009"


@pytest.fixture(name="face")
def face_fixture(doorway: Doorway, owner: Resident) -> int:
    """A face that the owner linked."""
    return doorway.learnt(owner)


def faces_at(yard: Yard) -> list[Any]:
    return yard.town.rows("SELECT kind, flat_id, opened, outcome FROM events ORDER BY at, id")


def test_a_face_of_the_flat_opens_the_door_and_is_an_event_with_its_frame(
    doorway: Doorway, owner: Resident, face: int
) -> None:
    assert doorway.frs.recognise(STREAM, face) == 204
    assert doorway.yard.pulses(BEWARD) == 1
    assert faces_at(doorway.yard) == [("face", FLAT, True, "")]
    before = doorway.log(owner)[0]
    assert before["detailX"] == {"faceId": str(face)} | {"flags": before["detailX"]["flags"]}
    assert len(doorway.work("face_seen")) == 1 and doorway.work("take_picture") == []
    row = doorway.log(owner)[0]
    assert (row["event"], row["previewType"]) == ("5", 1)
    assert row["detailX"] == {
        "faceId": str(face),
        "face": {"left": "40", "top": "30", "width": "100", "height": "120"},
        "flags": ["canLike", "liked", "canDislike"],
    }
    picture = owner.client.get(row["preview"].removeprefix(doorway.url))
    assert picture.status_code == 200
    assert doorway.frs.opened == [STREAM]


def test_the_box_is_that_of_the_picture_that_is_shown(
    doorway: Doorway, owner: Resident, face: int
) -> None:
    owner = doorway.still(owner, picture_width=32)
    doorway.frs.recognise(STREAM, face)
    doorway.work("face_seen")
    (box,) = [row["detailX"]["face"] for row in doorway.log(owner)]
    assert int(box["width"]) < 100 and int(box["left"]) < 40


@pytest.mark.parametrize("fault", ["error", "refuse", "rubbish"])
def test_where_falprs_gives_no_frame_the_panel_does(
    doorway: Doorway, owner: Resident, face: int, fault: str
) -> None:
    doorway.frs.recognise(STREAM, face)
    doorway.yard.town.sandbox.faults.set("frs", fault)
    doorway.work("face_seen")
    assert doorway.log(owner)[0]["previewType"] == 1


def test_a_face_is_shown_to_a_camera_from_the_sandboxs_page(doorway: Doorway, face: int) -> None:
    page = doorway.yard.town.sandbox.page_url
    told = {"stream": STREAM, "face": face}
    assert requests.post(f"{page}/faces", json=told, timeout=30).status_code == 200
    assert doorway.yard.pulses(BEWARD) == 1
    (one,) = requests.get(f"{page}/faces", timeout=30).json()
    assert one["faces"] == [face] and [shown["answered"] for shown in one["shown"]] == [204]
    for wrong in ({"stream": STREAM, "face": face + 1}, {"stream": "x", "face": face}, {}):
        assert requests.post(f"{page}/faces", json=wrong, timeout=30).status_code == 422


@pytest.mark.parametrize("wrong", ["secret", "stream", "address"])
def test_who_is_not_falprs_opens_nothing(doorway: Doorway, face: int, wrong: str) -> None:
    callback = doorway.frs.streams[STREAM]["callback"]
    if wrong == "secret":
        callback = callback[:-1] + ("0" if callback[-1] != "0" else "1")
    elif wrong == "stream":
        callback = callback.replace(STREAM, "smartyard-12")
    else:
        doorway.open(frs_url="http://127.0.0.2:1")  # it calls from 127.0.0.1
    answer = requests.post(callback, json={"faceId": face, "eventId": 1}, timeout=30)
    assert answer.status_code == 403
    assert doorway.yard.pulses(BEWARD) == 0 and faces_at(doorway.yard) == []


def test_a_header_moves_nobody_into_falprs_place(doorway: Doorway, face: int) -> None:
    doorway.open(frs_url="http://127.0.0.2:1", trusted_proxies=("127.0.0.9",))
    callback = doorway.frs.streams[STREAM]["callback"]
    told = {"X-Forwarded-For": "127.0.0.2"}
    sent = {"faceId": face, "eventId": 1}
    assert requests.post(callback, json=sent, headers=told, timeout=30).status_code == 403


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"faceId": "x", "eventId": 1}', b'{"faceId": 1}', b"\xff"]
)
def test_a_wrong_shape_opens_nothing(doorway: Doorway, face: int, body: bytes) -> None:
    assert face
    callback = doorway.frs.streams[STREAM]["callback"]
    assert requests.post(callback, body, timeout=30).status_code == 422
    assert doorway.yard.pulses(BEWARD) == 0


def test_without_a_recognition_of_faces_an_old_callback_opens_nothing(
    doorway: Doorway, face: int
) -> None:
    doorway.open(frs_url="")
    assert doorway.frs.recognise(STREAM, face) == 403
    assert doorway.yard.pulses(BEWARD) == 0


def _a_guest_links(doorway: Doorway, owner: Resident) -> int:
    assert let_in(owner, GUEST).status_code == 204
    return doorway.learnt(doorway.yard.at_home(GUEST))


LOST = {
    "the guest was put out": "DELETE FROM flat_members WHERE phone = :guest",
    "the guest has the gates alone": "UPDATE flat_members SET kind = 'outer' WHERE phone = :guest",
    "the guest's time is over": "UPDATE flat_members SET expires_at = :now WHERE phone = :guest",
    "the flat owes": "UPDATE flat_members SET unpaid = '{domophone}'",
    "the intercom is not connected": "UPDATE flat_members SET services = '{cctv}'",
    "faces are switched off": "INSERT INTO flat_settings (flat_id, faces_off) VALUES (10101, true)",
    "doors are blocked": "INSERT INTO flat_blocks VALUES (10101, 'doors', 'operator', '-', :now)",
    "all is blocked": "INSERT INTO flat_blocks VALUES (10101, 'all', 'debt', 'Долг.', :now)",
    "the door is another entrance's": "UPDATE flats SET entrance = '2' WHERE id = 10101",
    "the door is no more": "DELETE FROM doors WHERE domophone_id = 11",
    "the link is no more": "DELETE FROM face_links",
}


@pytest.mark.parametrize("change", LOST.values(), ids=LOST)
def test_a_link_opens_nothing_once_its_right_is_lost(
    doorway: Doorway, owner: Resident, change: str
) -> None:
    face = _a_guest_links(doorway, owner)
    town = doorway.yard.town
    town.change("INSERT INTO entrances VALUES (101, '2') ON CONFLICT DO NOTHING")
    told = {"guest": GUEST, "now": town.clock.now}
    town.change(change, **{name: value for name, value in told.items() if f":{name}" in change})
    assert doorway.frs.recognise(STREAM, face) == 204
    assert doorway.yard.pulses(BEWARD) == 0 and faces_at(doorway.yard) == []


def test_another_who_links_the_face_and_still_may_opens_the_door(
    doorway: Doorway, owner: Resident
) -> None:
    face = _a_guest_links(doorway, owner)
    doorway.yard.at_home(SECOND)
    town = doorway.yard.town
    town.change(
        "INSERT INTO face_links SELECT :phone, event_id, flat_id, face_id, asked_at"
        " FROM face_links",
        phone=SECOND,
    )
    town.change("DELETE FROM flat_members WHERE phone = :guest", guest=GUEST)
    assert doorway.frs.recognise(STREAM, face) == 204
    assert town.rows("SELECT phone, opened FROM events") == [(SECOND, True)]


def test_a_face_that_nobody_links_opens_nothing(
    doorway: Doorway, owner: Resident, face: int
) -> None:
    callback = doorway.frs.streams[STREAM]["callback"].removeprefix(doorway.url)
    told = {"faceId": face + 1, "eventId": 7}
    assert owner.client.post(callback, json=told).status_code == 204
    assert doorway.yard.pulses(BEWARD) == 0


def test_a_door_opens_once_in_a_pause_whoever_is_there(
    doorway: Doorway, owner: Resident, face: int
) -> None:
    other = doorway.learnt(owner)
    for one in (face, other, face):
        assert doorway.frs.recognise(STREAM, one) == 204
    doorway.yard.town.clock.forward(seconds=9)
    assert doorway.frs.recognise(STREAM, face) == 204
    assert doorway.yard.pulses(BEWARD) == 1 == len(faces_at(doorway.yard))
    doorway.yard.town.clock.forward(seconds=1)
    assert doorway.frs.recognise(STREAM, face) == 204
    assert doorway.yard.pulses(BEWARD) == 2 == len(faces_at(doorway.yard))


def test_a_number_that_was_told_before_opens_nothing_however_late(
    doorway: Doorway, face: int
) -> None:
    number = doorway.frs.recognise(STREAM, face, event=77)
    assert number == 204
    doorway.yard.town.clock.forward(minutes=1)
    assert doorway.frs.recognise(STREAM, face, event=77) == 204
    assert doorway.yard.pulses(BEWARD) == 1 == len(faces_at(doorway.yard))


def test_a_gate_is_not_shut_again_before_who_stands_there(doorway: Doorway, face: int) -> None:
    town = doorway.yard.town
    camera = town.camera("gate", houses=[101], server=town.sandbox.media_url)
    town.change("UPDATE panels SET camera_id = :camera WHERE id = :id", camera=camera, id=RELAY)
    doorway.sync()
    at_gate = f"smartyard-{RELAY}"
    assert doorway.frs.streams[at_gate]["faces"] == {face}
    pulses = []
    for seconds in (0, 14, 1):
        town.clock.forward(seconds=seconds)
        assert doorway.frs.recognise(at_gate, face) == 204
        pulses.append(doorway.yard.pulses(RELAY))
    assert pulses == [1, 1, 2]


@pytest.mark.parametrize(
    "fault, opened, outcome",
    [("refuse", False, "refused"), ("down", None, "unknown"), ("error", None, "unknown")],
)
def test_a_panel_that_fails_is_an_event_that_says_so(
    doorway: Doorway, owner: Resident, face: int, fault: str, opened: bool | None, outcome: str
) -> None:
    doorway.yard.break_panel(BEWARD, fault)
    assert doorway.frs.recognise(STREAM, face) == 204
    assert faces_at(doorway.yard) == [("face", FLAT, opened, outcome)]
    assert len(doorway.log(owner)) == (opened is None)


def test_an_opening_whose_server_was_killed_is_unknown_and_a_new_sight_opens(
    doorway: Doorway, owner: Resident, face: int
) -> None:
    doorway.frs.recognise(STREAM, face, event=5)
    town = doorway.yard.town
    town.change("UPDATE face_openings SET state = 'asked', finished_at = NULL")
    town.change("DELETE FROM events")
    doorway.frs.recognise(STREAM, face, event=6)
    assert doorway.yard.pulses(BEWARD) == 1  # the first may still be at it
    town.clock.forward(minutes=1)
    doorway.frs.recognise(STREAM, face, event=5)
    assert doorway.yard.pulses(BEWARD) == 1  # and is never begun again by what it was
    doorway.frs.recognise(STREAM, face, event=7)
    assert doorway.yard.pulses(BEWARD) == 2
    assert [row[2] for row in faces_at(doorway.yard)] == [None, True]
    assert len(doorway.log(owner)) == 2


def test_no_door_opens_late_to_who_may_have_left(
    doorway: Doorway, owner: Resident, face: int
) -> None:
    doorway.still(owner, panel_timeout=0.05, door_slack=0.01)
    doorway.yard.town.sandbox.faults.set("billing", "slow", seconds=0.5)
    doorway.yard.town.clock.forward(hours=7)  # its word is asked for anew
    assert doorway.frs.recognise(STREAM, face) == 204
    assert doorway.yard.pulses(BEWARD) == 0
    assert faces_at(doorway.yard) == [("face", FLAT, False, "unreachable")]


def test_an_opening_that_nobody_repeats_is_settled(doorway: Doorway, face: int) -> None:
    doorway.frs.recognise(STREAM, face)
    town = doorway.yard.town
    town.change("UPDATE face_openings SET state = 'asked', finished_at = NULL")
    town.change("DELETE FROM events")
    town.clock.forward(minutes=2)
    assert town.app is not None
    with town.app.app_context():
        assert service(RecognitionService).settle_dead() == 1
    assert faces_at(doorway.yard) == [
        ("face", FLAT, None, "unknown: the server ended before the answer")
    ]
    assert doorway.yard.pulses(BEWARD) == 1


def test_a_door_opens_to_a_face_while_billing_is_silent_but_not_for_ever(
    doorway: Doorway, owner: Resident, face: int
) -> None:
    town = doorway.yard.town
    doorway.still(owner, doors_max_stale=48)
    town.sandbox.faults.set("billing", "refuse")
    for hours, pulses in ((47, 1), (2, 1)):
        town.clock.forward(hours=hours)
        assert doorway.frs.recognise(STREAM, face) == 204
        assert doorway.yard.pulses(BEWARD) == pulses
    town.sandbox.faults.clear()
    town.clock.forward(hours=1)
    assert doorway.frs.recognise(STREAM, face) == 204
    assert doorway.yard.pulses(BEWARD) == 2


def test_a_flat_that_billing_has_taken_away_shuts_its_door_to_its_faces(
    doorway: Doorway, face: int
) -> None:
    town = doorway.yard.town
    town.sandbox.world.remove_contract(NORMAL, 1001)
    town.clock.forward(days=2)
    assert doorway.frs.recognise(STREAM, face) == 204
    assert doorway.yard.pulses(BEWARD) == 0
