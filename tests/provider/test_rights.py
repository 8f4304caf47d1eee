"""What a contract has by `/bill/api`: cameras that its flats see and doors that they open, from the
moment when it is told until the moment when it is taken, in every spelling."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from smartyard.db import transaction
from smartyard.registry.inventory.devices.spread import spread
from tests.fixtures.town import Town, together
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND, Resident
from tests.provider.conftest import Billing

HOUSE, FLAT, CONTRACT = 101, 10101, "1001"
OWN = 1_000_000_000  # numbers of panels that are made for a door begin here


def at_home(town: Town, phone: str = NORMAL) -> Resident:
    resident = town.sign_in(phone)
    assert resident.post("address/getSettingsList").status_code == 200
    return resident


def cameras(resident: Resident) -> list[str]:
    answer = resident.post("cctv/all", {"houseId": HOUSE})
    return (
        sorted(one["name"] for one in answer.get_json()["data"])
        if answer.status_code == 200
        else []
    )


def press(resident: Resident, door: int) -> int:
    return resident.post("address/openDoor", {"domophoneId": OWN + door, "doorId": 0}).status_code


def plays(town: Town, resident: Resident, stream: str) -> bool:
    """Whether the media server lets the newest token in."""
    assert town.app is not None
    token = resident.post("cctv/all").get_json()["data"][0]["token"]
    asked = f"/api/accessfl?token={token}&name={stream}&ip=203.0.113.7"
    return town.app.test_client().get(asked).status_code == 200


def test_a_right_shows_the_camera_and_opens_the_door_to_that_contract_alone(
    town: Town, billing: Billing
) -> None:
    resident, neighbour = at_home(town), at_home(town, NEIGHBOUR)
    camera, lock = billing.add_camera(stream="yard"), billing.add_lock()
    door = billing.add_door(lock)
    assert (cameras(resident), press(resident, door)) == ([], 403)
    billing.call("rights_add", uid=CONTRACT, device_id=[camera, lock])
    assert cameras(resident) == ["Двор"] and plays(town, resident, "yard")
    assert press(resident, door) == 204
    assert town.sandbox.panels.pulses("relay") == 1
    assert cameras(neighbour) == [] and press(neighbour, door) == 403
    assert town.sandbox.panels.pulses("relay") == 1


def spelt(camera: int, lock: int) -> list[Any]:
    return [
        [camera, lock],
        [str(camera), str(lock)],
        f"[{camera}, {lock}]",
        f"{camera},{lock}",
        f'["{camera}", "{lock}"]',
        [f"[{camera}]", lock],
        f"['{camera}', '{lock}']",
        [str(camera), "None", f" {lock} "],
    ]


@pytest.mark.parametrize("way", range(8))
def test_every_spelling_really_takes_the_camera_and_the_door_away(
    town: Town, billing: Billing, way: int
) -> None:
    resident = at_home(town)
    camera, lock = billing.add_camera(stream="yard"), billing.add_lock()
    door = billing.add_door(lock)
    ids = spelt(camera, lock)[way]
    billing.call("rights_add", uid=CONTRACT, device_id=ids)
    other = billing.add_camera(stream="hall", title="Подъезд")
    billing.call("rights_add", uid=CONTRACT, device_id=other)
    token = resident.post("cctv/all").get_json()["data"][0]["token"]
    assert cameras(resident) == ["Двор", "Подъезд"] and press(resident, door) == 204
    billing.call("rights_del", uid=CONTRACT, device_id=ids)
    assert cameras(resident) == ["Подъезд"] and press(resident, door) == 403
    assert town.app is not None
    asked = f"/api/accessfl?token={token}&name=yard&ip=203.0.113.7"
    assert town.app.test_client().get(asked).status_code == 403
    assert billing.call("rights_list", uid=CONTRACT)["rights"] == [
        {"device_id": other, "device_type": "cam", "title": "Подъезд"}
    ]
    for scalar in (other, str(other)):
        billing.call("rights_del", uid=int(CONTRACT), device_id=scalar)
        assert billing.call("rights_list", uid=CONTRACT)["rights"] == []


@pytest.mark.parametrize("uid", [1001, "1001", " 1001 "])
@pytest.mark.parametrize("written", [int, str, "[{}]".format, " {} ".format])
def test_one_id_alone_takes_the_camera_and_then_the_door(
    town: Town, billing: Billing, uid: Any, written: Any
) -> None:
    resident = at_home(town)
    camera, lock = billing.add_camera(stream="yard"), billing.add_lock()
    door = billing.add_door(lock)
    for device in (camera, lock):
        body = json.dumps({"uid": uid, "device_id": written(device)})
        assert billing.send("rights_add", body).status_code == 200
    assert (cameras(resident), press(resident, door)) == (["Двор"], 204)
    for device, seen, pressed in ((camera, [], 204), (lock, [], 403)):
        town.clock.forward(seconds=30)  # a second pulse, not the first one's answer again
        body = json.dumps({"uid": uid, "device_id": written(device)})
        assert billing.send("rights_del", body).status_code == 200
        assert (cameras(resident), press(resident, door)) == (seen, pressed)


def test_a_right_waits_for_a_contract_that_nobody_knows_yet(town: Town, billing: Billing) -> None:
    camera, lock = billing.add_camera(), billing.add_lock()
    door = billing.add_door(lock)
    billing.call("rights_add", uid=CONTRACT, device_id=[camera, lock])
    assert [one["device_id"] for one in billing.call("rights_list", uid=CONTRACT)["rights"]] == [
        camera,
        lock,
    ]
    resident = at_home(town)
    assert cameras(resident) == ["Двор"] and press(resident, door) == 204


def test_a_right_follows_the_contract_to_another_flat(town: Town, billing: Billing) -> None:
    billing.call("rights_add", uid="77", device_id=billing.add_camera(stream="yard"))
    resident = at_home(town)
    assert cameras(resident) == []
    bring(town, {"contracts": [{"id": "77", "flats": [FLAT]}]})
    assert cameras(resident) == ["Двор"]
    bring(town, {"contracts": [{"id": "77", "flats": []}]})
    assert cameras(resident) == []


def bring(town: Town, inventory: dict[str, Any]) -> None:
    assert town.app is not None
    done = town.app.test_cli_runner().invoke(
        args=["registry", "import", "-"], input=json.dumps(inventory)
    )
    assert done.exit_code == 0, done.output


def test_an_import_of_the_inventory_leaves_rights_as_they_are(town: Town, billing: Billing) -> None:
    resident = at_home(town)
    camera, lock = billing.add_camera(stream="yard"), billing.add_lock()
    door = billing.add_door(lock)
    billing.call("rights_add", uid=CONTRACT, device_id=[camera, lock])
    row = {"stream": "yard", "name": "Двор", "media_server": "http://media.example"}
    bring(town, {"cameras": [{**row, "flats": [FLAT]}]})
    assert cameras(resident) == ["Двор"]
    bring(town, {"cameras": [{**row, "flats": []}]})
    assert cameras(resident) == ["Двор"] and press(resident, door) == 204


def test_what_the_inventory_links_to_the_flat_is_taken_too(town: Town, billing: Billing) -> None:
    resident = at_home(town)
    town.camera("hall", flats={FLAT: HOUSE})
    (device,) = billing.call("devices_list")["devices"]
    assert cameras(resident) == ["hall"]
    assert (
        billing.call("rights_list", uid=CONTRACT)["rights"][0]["device_id"] == device["device_id"]
    )
    billing.call("rights_del", uid=CONTRACT, device_id=device["device_id"])
    assert cameras(resident) == []


def test_what_a_whole_house_sees_is_not_taken_in_silence(town: Town, billing: Billing) -> None:
    resident = at_home(town)
    town.camera("hall", houses=[HOUSE])
    (device,) = billing.call("devices_list")["devices"]
    body = f'{{"uid":"{CONTRACT}","device_id":"{device["device_id"]}"}}'
    refused = billing.send("rights_del", body)
    assert refused.status_code == 422 and "весь дом" in refused.get_json()["message"]
    assert cameras(resident) == ["hall"]


def test_a_device_that_is_off_is_nobodys_until_it_is_on_again(town: Town, billing: Billing) -> None:
    resident = at_home(town)
    camera, lock = billing.add_camera(), billing.add_lock()
    door = billing.add_door(lock)
    billing.call("rights_add", uid=CONTRACT, device_id=[camera, lock])
    for word, status in (("False", 403), ("True", 204)):
        for device in (camera, lock):
            billing.call("devices_mod", device_id=device, is_active=word)
        assert (cameras(resident) == ["Двор"], press(resident, door)) == (status == 204, status)


def test_a_second_contract_of_the_flat_keeps_what_it_has(town: Town, billing: Billing) -> None:
    resident = at_home(town)
    camera = billing.add_camera()
    bring(town, {"contracts": [{"id": "second", "flats": [FLAT]}]})
    for uid in (CONTRACT, "second"):
        billing.call("rights_add", uid=uid, device_id=camera)
    billing.call("rights_del", uid=CONTRACT, device_id=camera)
    assert cameras(resident) == ["Двор"]
    billing.call("rights_del", uid="second", device_id=camera)
    assert cameras(resident) == []


def test_a_right_to_what_is_not_there_is_404_and_none_is_given(
    town: Town, billing: Billing
) -> None:
    camera = billing.add_camera()
    refused = billing.send("rights_add", f'{{"uid":"1001","device_id":[{camera}, 999]}}')
    assert refused.status_code == 404 and "999" in refused.get_json()["message"]
    assert billing.call("rights_list", uid=CONTRACT)["rights"] == []
    assert town.rows("SELECT 1 FROM contract_rights") == []


def test_rights_given_and_flats_told_at_the_same_moment_meet(town: Town, billing: Billing) -> None:
    camera = billing.add_camera()
    town.change("INSERT INTO houses (id, address) VALUES (501, '')")
    numbers = range(1, 9)
    for one in numbers:
        told = {"id": 50100 + one}
        town.change(
            "INSERT INTO flats (id, house_id, number, address) VALUES (:id, 501, '', '')", **told
        )
        town.change(
            "INSERT INTO contracts (id, name, client_name) VALUES (:id, '', '')", id=f"c{one}"
        )
    assert town.app is not None
    app = town.app

    def work(turn: int) -> None:
        one = turn // 2 + 1
        if turn % 2:
            billing.call("rights_add", uid=f"c{one}", device_id=camera)
            return
        with app.app_context(), transaction() as session:
            session.execute(
                sa.text("INSERT INTO contract_flats VALUES (:contract, :flat)"),
                {"contract": f"c{one}", "flat": 50100 + one},
            )
            spread([50100 + one])

    together(2 * len(numbers), work)
    assert town.one("SELECT count(*) FROM camera_links WHERE source = 'provider'") == len(numbers)


def test_a_second_phone_of_the_flat_has_the_same(town: Town, billing: Billing) -> None:
    lock = billing.add_lock()
    door = billing.add_door(lock)
    billing.call("rights_add", uid=CONTRACT, device_id=lock)
    assert press(at_home(town, SECOND), door) == 204


def test_every_change_is_in_the_audit_by_the_keys_name(town: Town, billing: Billing) -> None:
    camera, lock = billing.add_camera(panelpasswd="hush-1"), billing.add_lock()
    door = billing.add_door(lock, open="http://u:hush-2@127.0.0.1/x?k=hush-3")
    billing.call("rights_add", uid=CONTRACT, device_id=camera)
    billing.call("rights_add", uid=CONTRACT, device_id=camera)
    billing.call("rights_del", uid=CONTRACT, device_id=camera)
    billing.call("doors_del", doors_id=door)
    billing.call("devices_del", device_id=lock)
    told = town.rows("SELECT action, subject FROM audit WHERE actor = 'token:perl' ORDER BY id")
    for one in (
        ("added", f"device:{camera}"),
        ("added", f"lock_door:{door}"),
        ("added", f"panel:{OWN + door}"),
        ("right given", "contract:1001"),
        ("right taken", "contract:1001"),
        ("removed", f"lock_door:{door}"),
        ("removed", f"panel:{OWN + door}"),
        ("removed", f"device:{lock}"),
    ):
        assert told.count(one) == 1, one
    assert "hush" not in str(town.rows("SELECT * FROM audit"))
    assert "hush" not in str(town.rows("SELECT told FROM provider_devices"))
