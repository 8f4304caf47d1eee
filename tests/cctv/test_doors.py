"""`cctv/camMap`: the cameras of the panels whose doors are ours, and the media server's word."""

import pytest

from tests.fixtures.town import MEDIA
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, Resident
from tests.fixtures.yard import BEWARD, FLAT, HOUSE, RELAY, Yard, let_in

MAP = "cctv/camMap"
GUEST = "79001112233"


def at_door(yard: Yard, panel: int = BEWARD, stream: str = "door") -> int:
    """A camera that no home is linked to, in that panel."""
    camera = yard.town.camera(stream)
    yard.town.change("UPDATE panels SET camera_id = :c WHERE id = :p", c=camera, p=panel)
    return camera


def look(resident: Resident) -> dict[str, str]:
    """What is listed: the tokens by the panel's number."""
    answer = resident.post(MAP)
    assert answer.status_code in (200, 204), answer.text
    rows = answer.get_json()["data"] if answer.data else []
    return {row["id"]: row["token"] for row in rows}


def plays(resident: Resident, token: str, stream: str = "door") -> int:
    asked = {"name": stream, "token": token, "request_type": "new_session"}
    return resident.client.get("/api/accessfl", query_string=asked).status_code


def test_a_panel_has_exactly_the_types_that_the_apps_decode(yard: Yard) -> None:
    at_door(yard)
    (row,) = yard.at_home(NORMAL).post(MAP).get_json()["data"]
    assert len(row.pop("token")) == 32
    assert row == {
        "id": "11",
        "entranceId": "11",
        "url": f"{MEDIA}/door",
        "frs": "t",
        "serverType": "flussonic",
        "hlsMode": "mpegts",
        "hasSound": False,
    }


def test_the_log_names_a_panel_as_the_map_of_cameras_does(yard: Yard) -> None:
    at_door(yard)
    resident = yard.at_home(NORMAL)
    assert resident.post("address/openDoor", {"domophoneId": BEWARD}).status_code == 204
    day = yard.town.clock.now.astimezone(yard.town.settings.timezone).date()
    (event,) = resident.post("address/plog", {"flatId": FLAT, "day": str(day)}).get_json()["data"]
    (panel,) = resident.post(MAP).get_json()["data"]
    assert (event["objectId"], event["entranceId"]) == (panel["id"], panel["entranceId"])


def test_each_panel_is_listed_once_and_only_where_it_has_a_camera(yard: Yard) -> None:
    at_door(yard)
    at_door(yard, RELAY, "gate")
    yard.panel(31, "none", "")
    yard.door(31, 0, "entrance")
    assert list(look(yard.at_home(NORMAL))) == [str(BEWARD), str(RELAY)]


def test_faces_are_looked_for_where_there_is_who_looks(yard: Yard) -> None:
    at_door(yard)
    for url, told in (("", "f"), ("http://frs.example", "t")):
        resident = yard.town.sign_in(NORMAL, yard.town.open(frs_url=url))
        assert resident.post(MAP).get_json()["data"][0]["frs"] == told


def test_the_token_plays_the_doors_camera_and_no_other(yard: Yard) -> None:
    at_door(yard)
    yard.town.camera("elsewhere", houses=[103])
    resident = yard.at_home(NORMAL)
    token = look(resident)["11"]
    assert (plays(resident, token), plays(resident, token, "elsewhere")) == (200, 403)
    yard.town.camera("yard", houses=[HOUSE])
    listed = resident.post("cctv/all").get_json()["data"][0]["token"]
    assert (plays(resident, token), plays(resident, listed, "yard")) == (200, 200)
    assert plays(resident, listed) == 403, "the list of cameras did not name it"


def test_another_entrance_has_its_own_panel(yard: Yard) -> None:
    at_door(yard)
    yard.town.change("DELETE FROM doors WHERE domophone_id = 11 AND door_id = 1")
    near = yard.at_home(NORMAL)
    token = look(near)["11"]
    yard.town.change("INSERT INTO entrances VALUES (101, '2')")
    yard.town.change("UPDATE flats SET entrance = '2' WHERE id = :flat", flat=FLAT)
    assert (look(near), plays(near, token)) == ({}, 403)


@pytest.mark.parametrize("phone", [NOBODY, "79000000005"])
def test_a_stranger_has_no_panel(yard: Yard, phone: str) -> None:
    at_door(yard)
    owner, stranger = yard.at_home(NORMAL), yard.town.sign_in(phone)
    answer = stranger.post(MAP)
    assert answer.status_code == 204 and not answer.data
    assert plays(stranger, look(owner)["11"]) == 200, "a token is its owner's to give"


@pytest.mark.parametrize("service", ["all", "doors", "cctv"])
@pytest.mark.parametrize(("source", "status"), [("operator", 403), ("debt", 402)])
def test_a_block_says_its_cause_and_ends_viewing(
    yard: Yard, service: str, source: str, status: int
) -> None:
    at_door(yard)
    resident = yard.at_home(NORMAL)
    token = look(resident)["11"]
    yard.block(FLAT, service, source, "Причина блокировки.")
    answer = resident.post(MAP)
    assert (answer.status_code, plays(resident, token)) == (status, 403)
    assert answer.get_json()["message"] == "Причина блокировки."


def test_an_unpaid_intercom_is_402_and_ends_viewing(yard: Yard) -> None:
    at_door(yard)
    resident = yard.at_home(NORMAL)
    token = look(resident)["11"]
    yard.town.change("UPDATE flat_members SET unpaid = '{domophone}' WHERE flat_id = 10101")
    answer = resident.post(MAP)
    assert (answer.status_code, plays(resident, token)) == (402, 403)
    assert "Домофон не оплачен" in answer.get_json()["message"]


def test_what_another_flat_pays_is_seen_through_that_flat(yard: Yard) -> None:
    at_door(yard)
    yard.block(FLAT, "all", "operator", "Причина.")
    assert list(look(yard.at_home(NEIGHBOUR))) == ["11"]


def test_cameras_need_not_be_connected_where_the_intercom_is(yard: Yard) -> None:
    at_door(yard)
    resident = yard.at_home(NORMAL)
    yard.town.change("UPDATE flat_members SET services = '{domophone}' WHERE flat_id = 10101")
    assert plays(resident, look(resident)["11"]) == 200
    yard.town.change("UPDATE flat_members SET services = '{cctv}' WHERE flat_id = 10101")
    assert look(resident) == {}, "nor is one refused who never had an intercom"


def test_a_guest_sees_until_the_right_ends_and_one_for_gates_nothing(yard: Yard) -> None:
    at_door(yard, RELAY, "gate")
    owner = yard.at_home(NORMAL)
    until = {"expire": "3001-01-01 00:00:00"}
    assert let_in(owner, GUEST, type="inner", **until).status_code in (200, 204)
    guest = yard.town.sign_in(GUEST)
    token = look(guest)["12"]
    assert plays(guest, token, "gate") == 200
    yard.town.change(
        "UPDATE flat_members SET expires_at = :now WHERE phone = :guest",
        now=yard.town.clock.now,
        guest=GUEST,
    )
    assert (look(guest), plays(guest, token, "gate")) == ({}, 403)
    yard.town.change(
        "UPDATE flat_members SET expires_at = NULL, kind = 'outer' WHERE phone = :guest",
        guest=GUEST,
    )
    assert (look(guest), plays(guest, token, "gate")) == ({}, 403)


def test_billings_doors_count_only_where_the_inventory_has_none(yard: Yard) -> None:
    at_door(yard)
    yard.town.change("UPDATE doors SET source = 'billing' WHERE house_id = 101")
    resident = yard.at_home(NORMAL)
    token = look(resident)["11"]
    assert plays(resident, token) == 200
    yard.town.change("UPDATE doors SET source = 'inventory' WHERE domophone_id = 12")
    assert (look(resident), plays(resident, token)) == ({}, 403)


def test_a_right_of_the_provider_is_for_its_flat_alone(yard: Yard) -> None:
    at_door(yard)
    owner, neighbour = yard.at_home(NORMAL), yard.at_home(NEIGHBOUR)
    token, his = look(owner)["11"], look(neighbour)["11"]
    yard.town.change("UPDATE doors SET source = 'provider' WHERE domophone_id = 11")
    yard.town.change("INSERT INTO door_rights VALUES (:flat, 11, 0)", flat=FLAT)
    assert (list(look(owner)), plays(owner, token)) == (["11"], 200)
    assert (look(neighbour), plays(neighbour, his)) == ({}, 403)


def test_the_archive_of_a_doors_camera_may_be_asked_for_as_it_is_seen(yard: Yard) -> None:
    camera = at_door(yard)
    span = {"id": camera, "from": "2024-01-15 18:00:00", "to": "2024-01-15 18:10:00"}
    owner, stranger = yard.at_home(SECOND), yard.town.sign_in(NOBODY)
    assert stranger.post("cctv/recPrepare", span).status_code == 403
    assert owner.post("cctv/recPrepare", span).status_code == 200


def test_billing_down_is_503_only_where_it_said_nothing(yard: Yard) -> None:
    at_door(yard)
    known, new = yard.at_home(NORMAL), yard.town.sign_in(SECOND)
    yard.town.sandbox.faults.set("billing", "error")
    assert known.post(MAP).status_code == 200
    assert new.post(MAP).status_code == 503
