"""FALPRS is kept in step with panels and links, and other systems' streams are left alone."""

import pytest
import requests

from smartyard.flussonic.tokens import service_ends
from smartyard.secret import Keys
from tests.fixtures.database import SECRET_KEY
from tests.fixtures.world import Resident
from tests.fixtures.yard import BEWARD, FLAT, RELAY
from tests.frs.conftest import STREAM, Doorway

DAY = 86400


def token_ends(doorway: Doorway) -> int:
    token = doorway.frs.streams[STREAM]["url"].partition("token=")[2]
    ends = service_ends(Keys(SECRET_KEY.encode()), token, "entrance")
    assert ends is not None
    return ends - int(doorway.yard.town.clock.now.timestamp())


def test_streams_are_those_of_panels_with_a_camera_and_a_door(doorway: Doorway) -> None:
    done = doorway.sync(anew=True)
    assert (done.streams, done.added, done.left) == (1, 1, 0)
    stream = doorway.frs.streams[STREAM]
    assert stream["url"].startswith(f"{doorway.yard.town.sandbox.media_url}/entrance/preview.jpg?")
    assert stream["callback"].startswith(f"{doorway.url}/api/hooks/frs/{STREAM}/")
    doorway.yard.town.change("UPDATE media_servers SET type = 'nimble'")
    assert doorway.sync().removed == 1 and not doorway.frs.streams


def test_each_stream_has_a_secret_of_its_own(doorway: Doorway) -> None:
    town = doorway.yard.town
    camera = town.camera("gate", houses=[101], server=town.sandbox.media_url)
    town.change("UPDATE panels SET camera_id = :camera WHERE id = :id", camera=camera, id=RELAY)
    doorway.sync()
    secrets = {one["callback"].rpartition("/")[2] for one in doorway.frs.streams.values()}
    assert len(secrets) == 2 and all(len(secret) == 32 for secret in secrets)


def test_addresses_of_frames_live_a_day_and_are_told_anew(doorway: Doorway) -> None:
    doorway.sync()
    assert token_ends(doorway) == DAY
    doorway.yard.town.clock.forward(hours=4)
    doorway.sync()
    assert token_ends(doorway) == DAY - 4 * 3600
    assert doorway.sync(anew=True).added == 0
    assert token_ends(doorway) == DAY


def test_what_falprs_has_forgotten_it_is_told_again(doorway: Doorway, owner: Resident) -> None:
    face = doorway.learnt(owner)
    doorway.frs.streams.clear()
    assert doorway.sync().added == 1
    assert doorway.frs.streams[STREAM]["faces"] == {face}
    doorway.frs.streams[STREAM]["faces"].clear()
    doorway.sync()
    assert doorway.frs.streams[STREAM]["faces"] == {face}
    assert doorway.frs.recognise(STREAM, face) == 204 and doorway.yard.pulses(BEWARD) == 1


def test_streams_and_faces_of_other_systems_are_left_alone(doorway: Doorway) -> None:
    doorway.frs.faces[900] = "theirs"
    theirs = {"url": "", "callback": "http://other/", "faces": {900}}
    doorway.frs.streams["theirs"] = dict(theirs)
    doorway.sync(anew=True)
    assert doorway.frs.streams["theirs"] == theirs and 900 in doorway.frs.faces


def test_a_face_that_was_learnt_for_nobody_is_forgotten_but_not_while_one_is_being_learnt(
    doorway: Doorway, owner: Resident
) -> None:
    face = doorway.learnt(owner)
    doorway.frs.faces[77] = "of a server that was killed"
    doorway.frs.streams[STREAM]["faces"].add(77)
    town = doorway.yard.town
    town.change(
        "INSERT INTO face_links SELECT phone, gen_random_uuid(), flat_id, NULL, :now"
        " FROM face_links",
        now=town.clock.now,
    )
    assert doorway.sync().forgotten == 0 and 77 in doorway.frs.faces
    town.clock.forward(hours=1)
    assert doorway.sync().forgotten == 1 and set(doorway.frs.faces) == {face}
    assert town.one("SELECT count(*) FROM face_links") == 1


def test_falprs_is_told_at_once_that_a_flat_has_switched_faces_off_or_on(
    doorway: Doorway, owner: Resident
) -> None:
    face = doorway.learnt(owner)
    doorway.work("sync_faces")
    for off, looked_for in (("t", set()), ("f", {face})):
        settings = {"flatId": FLAT, "settings": {"FRSDisabled": off}}
        assert owner.post("address/intercom", settings).status_code == 200
        assert len(doorway.work("sync_faces")) == 1
        assert doorway.frs.streams[STREAM]["faces"] == looked_for
    quiet = {"flatId": FLAT, "settings": {"VoIP": "t"}}
    assert owner.post("address/intercom", quiet).status_code == 200
    owner = doorway.still(owner, frs_url="")
    settings = {"flatId": FLAT, "settings": {"FRSDisabled": "t"}}
    assert owner.post("address/intercom", settings).status_code == 200
    assert doorway.work("sync_faces") == []


@pytest.mark.parametrize("fault", ["error", "down", "rubbish"])
def test_a_falprs_that_is_silent_costs_no_face(
    doorway: Doorway, owner: Resident, fault: str
) -> None:
    face = doorway.learnt(owner)
    body = {"flatId": 10101, "faceId": face}
    assert owner.post("frs/disLike", body).status_code == 204
    doorway.yard.town.sandbox.faults.set("frs", fault, method="deleteFaces" * (fault != "down"))
    with pytest.raises(Exception, match="."):
        doorway.sync()
    assert face in doorway.frs.faces
    assert doorway.yard.town.rows("SELECT id FROM faces") == [(face,)]
    doorway.yard.town.sandbox.faults.clear()
    doorway.open()
    assert doorway.sync().forgotten == 1 and not doorway.frs.faces
    assert doorway.yard.town.rows("SELECT id FROM faces") == []


def test_what_it_refuses_holds_up_nothing_else(doorway: Doorway) -> None:
    doorway.yard.town.sandbox.faults.set("frs", "refuse", method="addStream")
    assert doorway.sync().left > 0


def test_the_operator_keeps_it_in_step_by_a_command(doorway: Doorway) -> None:
    app = doorway.yard.town.app
    assert app is not None
    done = app.test_cli_runner().invoke(args=["frs", "sync"])
    assert done.exit_code == 0 and "Камер 1: добавлено 1" in done.stdout
    doorway.yard.town.sandbox.faults.set("frs", "refuse", method="addStream")
    refused = app.test_cli_runner().invoke(args=["frs", "sync"])
    assert (refused.exit_code, "Не удалось сообщить: 1" in refused.output) == (1, True)
    doorway.yard.town.sandbox.faults.set("frs", "down")
    silent = app.test_cli_runner().invoke(args=["frs", "sync"])
    assert (silent.exit_code, "Проверьте FRS_URL" in silent.output) == (1, True)
    doorway.open(frs_url="")
    app = doorway.yard.town.app
    assert app is not None
    without = app.test_cli_runner().invoke(args=["frs", "sync"])
    assert (without.exit_code, "задайте FRS_URL" in without.output) == (1, True)


def test_after_falprs_has_lost_its_data_ours_open_nothing(
    doorway: Doorway, owner: Resident
) -> None:
    face = doorway.learnt(owner)
    app = doorway.yard.town.app
    assert app is not None
    asked = app.test_cli_runner().invoke(args=["frs", "forget"], input="n\n")
    assert asked.exit_code == 1 and doorway.faces(owner) == [face]
    done = app.test_cli_runner().invoke(args=["frs", "forget", "--yes"])
    assert (done.exit_code, "Удалено лиц: 1" in done.output) == (0, True)
    assert doorway.faces(owner) == []
    assert doorway.frs.recognise(STREAM, face) == 204 and doorway.yard.pulses(BEWARD) == 0


def test_the_picture_to_learn_is_for_falprs_alone_and_for_minutes(
    doorway: Doorway, owner: Resident
) -> None:
    doorway.like(owner, doorway.entered(owner))
    (address,) = doorway.frs.faces.values()
    assert requests.get(address, timeout=30).content.startswith(b"\xff\xd8\xff")
    event = address.split("/")[-3]
    for wrong in (
        address[:-5] + ("0" if address[-5] != "0" else "1") + ".jpg",
        address.replace(event, "0f8fad5b-d9cb-769f-a165-70867728950e"),
    ):
        assert requests.get(wrong, timeout=30).status_code == 403
    assert requests.get(address[:-4], timeout=30).status_code == 404, "no address of ours"
    doorway.open(frs_url="http://127.0.0.2:1")
    assert requests.get(address, timeout=30).status_code == 403
    doorway.open()
    doorway.yard.town.clock.forward(minutes=2)
    assert requests.get(address, timeout=30).status_code == 403
