"""Faces of a flat: learnt from its log, shown, taken away, by who may."""

import io
from typing import Any

import pytest
from PIL import Image

from tests.fixtures.town import together
from tests.fixtures.world import NEIGHBOUR, NOBODY, SECOND, Resident
from tests.fixtures.yard import BEWARD, FLAT, NEIGHBOURS_FLAT, let_in, press
from tests.frs.conftest import STREAM, Doorway

GUEST = "79001000009"


def links(doorway: Doorway) -> list[Any]:
    return doorway.yard.town.rows(
        "SELECT phone, flat_id, face_id FROM face_links ORDER BY phone, face_id"
    )


def test_a_face_is_learnt_of_the_picture_of_an_event(doorway: Doorway, owner: Resident) -> None:
    event = doorway.entered(owner)
    assert doorway.log(owner)[0]["detailX"]["flags"] == ["canLike"]
    assert doorway.like(owner, event).status_code == 204
    ((face, address),) = doorway.frs.faces.items()
    assert address.startswith(f"{doorway.url}/api/hooks/frs/picture/{event}/")
    assert doorway.frs.streams[STREAM]["faces"] == {face}
    assert links(doorway) == [(owner.phone, FLAT, face)]
    assert doorway.log(owner)[0]["detailX"]["flags"] == ["canLike", "liked", "canDislike"]
    (shown,) = owner.post("frs/listFaces", {"flatId": str(FLAT)}).get_json()["data"]
    assert shown["faceId"] == str(face) and shown["image"].startswith(f"{doorway.url}/api/frs/face")
    picture = owner.client.get(shown["image"].removeprefix(doorway.url))
    assert (picture.status_code, picture.content_type) == (200, "image/jpeg")
    with Image.open(io.BytesIO(picture.data)) as image:
        assert max(image.size) <= 240


def test_what_is_said_again_or_at_once_is_one_face(doorway: Doorway, owner: Resident) -> None:
    event = doorway.entered(owner)
    doorway.yard.town.sandbox.faults.set("frs", "slow", method="registerFace", seconds=0.5)
    answers = together(4, lambda _: doorway.like(owner, event).status_code)
    assert answers == [204] * 4 and doorway.like(owner, event).status_code == 204
    assert len(doorway.frs.faces) == 1 == len(links(doorway))


def test_who_was_killed_while_falprs_was_asked_may_ask_again(
    doorway: Doorway, owner: Resident
) -> None:
    event = doorway.entered(owner)
    assert doorway.like(owner, event).status_code == 204
    doorway.yard.town.change("UPDATE face_links SET face_id = NULL")
    doorway.yard.town.clock.forward(seconds=33)
    assert doorway.like(owner, event).status_code == 204
    ((*_, face),) = links(doorway)
    assert len(doorway.frs.faces) == 2
    assert doorway.sync().forgotten == 1 and set(doorway.frs.faces) == {face}


@pytest.mark.parametrize(
    "fault, status, words",
    [
        ("refuse", 404, "не видно лица"),
        ("error", 503, "недоступен"),
        ("down", 503, "недоступен"),
        ("rubbish", 503, "недоступен"),
    ],
)
def test_what_falprs_does_not_learn_is_no_face_and_may_be_tried_again(
    doorway: Doorway, owner: Resident, fault: str, status: int, words: str
) -> None:
    event = doorway.entered(owner)
    method = "" if fault == "down" else "registerFace"
    doorway.yard.town.sandbox.faults.set("frs", fault, method=method)
    answer = doorway.like(owner, event)
    assert (answer.status_code, words in answer.get_json()["message"]) == (status, True)
    assert links(doorway) == [] == doorway.faces(owner)
    doorway.yard.town.sandbox.faults.clear()
    assert doorway.like(owner, event).status_code == 204


def test_an_event_without_a_picture_and_one_of_no_panel_with_a_camera_teach_nothing(
    doorway: Doorway, owner: Resident
) -> None:
    press(owner, BEWARD)
    (row,) = doorway.log(owner)
    assert "flags" not in row["detailX"]
    assert doorway.like(owner, row["uuid"]).status_code == 404
    doorway.work("take_picture")
    doorway.yard.town.change("UPDATE panels SET camera_id = NULL")
    assert doorway.like(owner, row["uuid"]).status_code == 404
    assert not doorway.frs.faces


@pytest.mark.parametrize(
    "path, body",
    [
        ("like", {}),
        ("like", {"event": ""}),
        ("like", {"event": 7}),
        ("like", {"event": "not an id", "comment": ""}),
        ("like", {"event": "0f8fad5b-d9cb-469f-a165-70867728950e", "comment": [1]}),
        ("disLike", {}),
        ("disLike", {"event": "x"}),
        ("disLike", {"flatId": FLAT}),
        ("disLike", {"faceId": 1}),
        ("disLike", {"flatId": "٣", "faceId": 1}),
        ("listFaces", {}),
        ("listFaces", {"flatId": True}),
    ],
)
def test_a_wrong_shape_changes_nothing(
    doorway: Doorway, owner: Resident, path: str, body: dict[str, Any]
) -> None:
    assert owner.post(f"frs/{path}", body).status_code == 422
    assert not doorway.frs.faces


def test_without_a_recognition_of_faces_nobody_is_told_of_any(
    doorway: Doorway, owner: Resident
) -> None:
    event = doorway.entered(owner)
    doorway.like(owner, event)
    owner = doorway.still(owner, frs_url="")
    assert "flags" not in doorway.log(owner)[0]["detailX"]
    assert doorway.like(owner, event).status_code == 404
    assert owner.post("frs/disLike", {"event": event}).status_code == 404
    assert owner.post("frs/listFaces", {"flatId": FLAT}).status_code == 204


def test_who_switched_faces_off_has_none_learnt_but_may_take_them_away(
    doorway: Doorway, owner: Resident
) -> None:
    face = doorway.learnt(owner)
    event = doorway.entered(owner)
    settings = {"flatId": FLAT, "settings": {"FRSDisabled": "t"}}
    assert owner.post("address/intercom", settings).get_json()["data"]["FRSDisabled"] == "t"
    assert "flags" not in doorway.log(owner)[0]["detailX"]
    assert doorway.like(owner, event).status_code == 403
    assert doorway.faces(owner) == [face]
    doorway.work("sync_faces")
    assert doorway.frs.streams[STREAM]["faces"] == set() and face in doorway.frs.faces
    assert owner.post("frs/disLike", {"flatId": FLAT, "faceId": face}).status_code == 204
    assert doorway.faces(owner) == []


@pytest.mark.parametrize(
    "change, status",
    [
        ("unpaid = '{domophone}'", 402),
        ("services = '{internet}'", 404),
    ],
)
def test_who_may_not_open_the_door_lets_no_face_open_it(
    doorway: Doorway, owner: Resident, change: str, status: int
) -> None:
    event = doorway.entered(owner)
    doorway.yard.town.change(f"UPDATE flat_members SET {change}")
    assert doorway.like(owner, event).status_code == status
    assert links(doorway) == []


@pytest.mark.parametrize("service", ["all", "doors", "log"])
def test_a_block_says_its_cause(doorway: Doorway, owner: Resident, service: str) -> None:
    event = doorway.entered(owner)
    doorway.yard.block(FLAT, service, "operator", "Замок на ремонте до пятницы.")
    answer = doorway.like(owner, event)
    assert (answer.status_code, answer.get_json()["message"]) == (
        403,
        "Замок на ремонте до пятницы.",
    )
    assert links(doorway) == []


def test_a_resident_sees_and_takes_away_own_faces_and_an_owner_all(
    doorway: Doorway, owner: Resident
) -> None:
    mate = doorway.yard.at_home(SECOND)
    mine, theirs = doorway.learnt(owner), doorway.learnt(mate)
    assert doorway.faces(owner) == [theirs, mine] and doorway.faces(mate) == [theirs]
    body = {"flatId": str(FLAT), "faceId": str(mine)}
    assert mate.post("frs/disLike", body).status_code == 403
    assert mate.post("frs/disLike", body | {"faceId": 4242}).status_code == 204  # it is not there
    assert doorway.faces(owner) == [theirs, mine]
    assert owner.post("frs/disLike", body | {"faceId": theirs}).status_code == 204
    assert owner.post("frs/disLike", body | {"faceId": theirs}).status_code == 204
    assert doorway.faces(owner) == [mine] and doorway.faces(mate) == []
    doorway.work("sync_faces")
    assert set(doorway.frs.faces) == {mine}
    assert doorway.yard.town.rows("SELECT id FROM faces") == [(mine,)]


def test_a_face_that_two_link_stays_until_both_take_it_away(
    doorway: Doorway, owner: Resident
) -> None:
    mate = doorway.yard.at_home(SECOND)
    event = doorway.entered(owner)
    doorway.like(owner, event)
    doorway.yard.town.change(
        "INSERT INTO face_links (phone, event_id, flat_id, face_id, asked_at)"
        " SELECT :phone, event_id, flat_id, face_id, asked_at FROM face_links",
        phone=mate.phone,
    )
    assert mate.post("frs/disLike", {"event": event}).status_code == 204
    doorway.work("sync_faces")
    assert doorway.faces(owner) == list(doorway.frs.faces) and len(doorway.frs.faces) == 1
    assert "liked" in doorway.log(owner)[0]["detailX"]["flags"]
    assert doorway.log(mate)[0]["detailX"]["flags"] == ["canLike"]
    assert owner.post("frs/disLike", {"event": event}).status_code == 204
    doorway.work("sync_faces")
    assert not doorway.frs.faces


def test_a_stranger_has_one_answer_whether_there_is_something_or_not(
    doorway: Doorway, owner: Resident
) -> None:
    event = doorway.entered(owner)
    doorway.like(owner, event)
    (face,) = doorway.frs.faces
    nothing = "0f8fad5b-d9cb-769f-a165-70867728950e"
    image = owner.post("frs/listFaces", {"flatId": FLAT}).get_json()["data"][0]["image"]
    for phone in (NEIGHBOUR, NOBODY):
        other = doorway.yard.at_home(phone)
        for path, known, unknown in (
            ("like", {"event": event}, {"event": nothing}),
            ("disLike", {"event": event}, {"event": nothing}),
            ("disLike", {"flatId": FLAT, "faceId": face}, {"flatId": 424242, "faceId": face}),
            ("listFaces", {"flatId": FLAT}, {"flatId": 424242}),
        ):
            answers = [other.post(f"frs/{path}", body) for body in (known, unknown)]
            assert [one.status_code for one in answers] == [403, 403], path
            assert answers[0].get_json() == answers[1].get_json()
    assert links(doorway) == [(owner.phone, FLAT, face)]
    path = image.removeprefix(doorway.url)
    for wrong, status in (
        (path.replace(f"/{FLAT}/", f"/{NEIGHBOURS_FLAT}/"), 403),
        (path.replace(f"/{face}/", f"/{face + 1}/"), 403),
        (f"{path[:-36]}{'0' * 32}.jpg", 403),
        (path.replace(f"/{FLAT}/", f"/{'9' * 19}/"), 404),
        (path.replace(f"/{face}/", "/٧/"), 404),
        (path[:-5] + ".jpg", 404),
        (path[:-4], 404),
    ):
        assert owner.client.get(wrong).status_code == status, wrong
    doorway.yard.town.clock.forward(days=3)
    assert owner.client.get(path).status_code == 403


def test_who_has_left_sees_no_face_any_more_and_theirs_are_forgotten(
    doorway: Doorway, owner: Resident
) -> None:
    assert let_in(owner, GUEST).status_code == 204
    guest = doorway.yard.at_home(GUEST)
    face = doorway.learnt(guest)
    image = guest.post("frs/listFaces", {"flatId": FLAT}).get_json()["data"][0]["image"]
    path = image.removeprefix(doorway.url)
    assert guest.client.get(path).status_code == 200
    assert let_in(owner, GUEST, expire="2001-01-01 00:00:00").status_code == 204
    assert guest.client.get(path).status_code == 403
    doorway.sync()
    assert face not in doorway.frs.faces and links(doorway) == []


def test_a_guest_for_the_gates_has_nothing_to_do_with_faces(
    doorway: Doorway, owner: Resident
) -> None:
    event = doorway.entered(owner)
    assert let_in(owner, GUEST, type="outer").status_code == 204
    guest = doorway.yard.at_home(GUEST)
    assert doorway.like(guest, event).status_code == 403
    assert guest.post("frs/disLike", {"flatId": FLAT, "faceId": 1}).status_code == 403
    assert guest.post("frs/listFaces", {"flatId": FLAT}).status_code == 403


def test_who_deletes_the_account_takes_the_faces_along(doorway: Doorway, owner: Resident) -> None:
    doorway.learnt(owner)
    assert owner.post("user/deleteAccount").status_code == 204
    assert links(doorway) == []
    doorway.work("sync_faces")
    assert not doorway.frs.faces and doorway.yard.town.rows("SELECT id FROM faces") == []


def test_learning_has_its_limits(doorway: Doorway, owner: Resident) -> None:
    owner = doorway.still(owner, frs_likes_per_phone_hour=1, frs_faces_per_flat=2)
    doorway.learnt(owner)
    event = doorway.entered(owner)
    assert doorway.like(owner, event).status_code == 429
    doorway.yard.town.clock.forward(hours=1)
    assert doorway.like(owner, event).status_code == 204
    doorway.yard.town.clock.forward(hours=1)
    answer = doorway.like(owner, doorway.entered(owner))
    assert (answer.status_code, "Удалите" in answer.get_json()["message"]) == (429, True)
    assert len(doorway.frs.faces) == 2
