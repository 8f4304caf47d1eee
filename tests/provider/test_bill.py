"""`/bill/api` in the words of earlier billings: devices, doors, keys, and what is refused."""

import json
from typing import Any

import pytest

from smartyard.registry.service import RegistryService
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL
from tests.provider.conftest import Billing, key_of
from tests.test_guard import BILL

BILL_CHANGES = {one for one in BILL if not one.endswith("_list")}
LISTS = ("types_list", "devices_list", "doors_list")


def test_types_are_those_that_the_registry_has(billing: Billing) -> None:
    assert billing.call("types_list") == {
        "types": [
            {"id": 1, "type": "cam"},
            {"id": 2, "type": "newcam"},
            {"id": 3, "type": "lock"},
        ]
    }


def test_a_device_is_listed_as_it_was_told_and_without_secrets(billing: Billing) -> None:
    number = billing.add_camera(
        stream="yard", address="г. Примерск, д. 1", latitude="55.75", longitude="37.61",
        record_days="7", paneltype="1", panelip="192.0.2.10", panellogin="admin",
        panelpasswd="hush", domophoneid="100001",
    )  # fmt: skip
    (device,) = billing.call("devices_list")["devices"]
    assert "hush" not in str(device)
    assert device == {
        "device_id": number, "device_type": 1, "url": "http://media.example", "stream": "yard",
        "device_uuid": "yard", "is_active": True, "title": "Двор", "address": "г. Примерск, д. 1",
        "longitude": "37.61", "latitude": "55.75", "domophoneid": "100001", "record_days": "7",
        "monitorid": None, "dtmf": None, "camshot": None, "paneltype": "1", "panelip": "192.0.2.10",
    }  # fmt: skip


def test_a_camera_with_a_panel_is_an_intercom_of_the_registry(town: Town, billing: Billing) -> None:
    told = {"paneltype": "2", "panelip": "192.0.2.10", "panellogin": "admin", "panelpasswd": "hush"}
    number = billing.add_camera(stream="hall", domophoneid="100001", dtmf="#1", **told)
    assert town.app is not None
    with town.app.app_context():
        registry = town.app.extensions["smartyard"][RegistryService]
        panel = registry.panel(100_000 + number)
        assert (panel.model, panel.address, panel.login) == ("sokol", "http://192.0.2.10", "admin")
        assert (panel.password, panel.sip_number, panel.dtmf) == ("hush", "100001", "#1")
        assert panel.camera.stream == "hall"
        # What the billing never shows it does not send back: the password stays.
        billing.call("devices_mod", device_id=number, title="Холл", panelpasswd="None")
        panel = registry.panel(100_000 + number)
        assert (panel.name, panel.address, panel.password) == ("Холл", "http://192.0.2.10", "hush")
        # But who cannot read it cannot have it sent to a host of theirs.
        words = json.dumps({"device_id": str(number), "panelip": "192.0.2.11"})
        refused = billing.send("devices_mod", words)
        assert refused.status_code == 422 and "panelpasswd" in refused.get_json()["message"]
        assert registry.panel(100_000 + number).address == "http://192.0.2.10"
        billing.call("devices_mod", device_id=number, panelip="192.0.2.11", panelpasswd="new")
        panel = registry.panel(100_000 + number)
        assert (panel.address, panel.password) == ("http://192.0.2.11", "new")
        billing.call("devices_mod", device_id=number, panelip="None")
        assert registry.panel(100_000 + number) is None


def test_a_lock_is_no_intercom_whatever_is_told_of_a_panel(town: Town, billing: Billing) -> None:
    told = {"paneltype": "1", "panelip": "192.0.2.10", "panellogin": "a", "panelpasswd": "b"}
    lock = billing.add_lock(**told)
    billing.call("devices_mod", device_id=lock, title="Шлагбаум", **told)
    assert town.rows("SELECT title FROM provider_devices") == [("Шлагбаум",)]
    assert town.rows("SELECT 1 FROM panels") == []


@pytest.mark.parametrize("told", ["http://[", "http://[::1/open", "ftp://x/", "http://x:99999/"])
def test_a_door_is_opened_by_no_address_that_is_none(billing: Billing, told: str) -> None:
    door = {"device_id": billing.add_lock(), "icon": "gate", "name": "Ворота", "open": told}
    answer = billing.send("doors_add", json.dumps(door))
    assert (answer.status_code, answer.get_json()["code"]) == (422, 422)
    assert billing.call("doors_list")["doors"] == []


def test_a_door_without_an_address_is_an_output_of_its_cameras_intercom(
    town: Town, billing: Billing
) -> None:
    host = town.sandbox.beward_url
    camera = billing.add_camera(
        stream="hall", paneltype="1", panelip=host, panellogin="admin", panelpasswd="demo"
    )
    lock = billing.add_lock()
    for icon in ("entrance", "wicket"):
        billing.add_door(lock, cam=camera, icon=icon, open="None")
    billing.call("rights_add", uid="1001", device_id=lock)
    resident = town.sign_in(NORMAL)
    listed = resident.post("address/getAddressList").get_json()["data"]
    doors = next(one for one in listed if one["houseId"] == "101")["doors"]
    panel = str(100_000 + camera)
    assert [(one["domophoneId"], one["doorId"], one["icon"]) for one in doors] == [
        (panel, 0, "entrance"),
        (panel, 1, "wicket"),
    ]
    body = {"domophoneId": panel, "doorId": 1}
    assert resident.post("address/openDoor", body).status_code == 204
    assert town.sandbox.panels.pulses("beward") == 1
    body = json.dumps({"device_id": lock, "cam": camera, "open": "None"})
    third = billing.send("doors_add", body)
    assert third.status_code == 422 and "обе двери заняты" in third.get_json()["message"]


def test_a_stream_without_a_name_gets_one_that_is_told(town: Town, billing: Billing) -> None:
    told = {"device_type": "2", "url": "http://media.example/", "stream": "rtsp://192.0.2.9/1"}
    made = billing.call("devices_add", title="Двор", **told)
    assert town.rows("SELECT stream FROM cameras") == [(made["device_uuid"],)]
    assert len(made["device_uuid"]) == 36
    (device,) = billing.call("devices_list")["devices"]
    assert device["stream"] == "rtsp://192.0.2.9/1"
    billing.call("devices_mod", device_id=made["device_id"], **told | {"title": "Сад"})
    (device,) = billing.call("devices_list")["devices"]
    assert (device["title"], device["device_uuid"]) == ("Сад", made["device_uuid"])


def test_a_door_is_listed_changed_and_removed(town: Town, billing: Billing) -> None:
    lock = billing.add_lock()
    door = billing.add_door(lock)
    assert billing.call("doors_list")["doors"] == [
        {
            "id": door, "device_id": lock, "cam": None, "entrance": None, "icon": "gate",
            "name": "Ворота", "open": "/open/1", "open_trait": "GET",
        }
    ]  # fmt: skip
    billing.call(
        "doors_mod", doors_id=door, device_id=lock, cam="None", entrance="2", icon="barrier",
        name="Шлагбаум", open="/open/2", open_trait="POST",
    )  # fmt: skip
    (shown,) = billing.call("doors_list")["doors"]
    assert (shown["entrance"], shown["icon"], shown["open_trait"]) == ("2", "barrier", "POST")
    address = town.sandbox.relay_url + "/open/2"
    assert town.rows("SELECT address, method FROM panels") == [(address, "POST")]
    billing.call("doors_del", doors_id=f"[{door}]")
    assert billing.call("doors_list")["doors"] == []
    assert town.rows("SELECT 1 FROM panels") == []


def test_a_removed_device_takes_its_rows_along(town: Town, billing: Billing) -> None:
    camera, lock = billing.add_camera(paneltype=1, panelip="192.0.2.10"), billing.add_lock()
    billing.add_door(lock)
    billing.call("rights_add", uid="1001", device_id=[camera, lock])
    town.sign_in(NORMAL).post("address/getSettingsList")
    billing.call("devices_del", device_id=[lock, camera])
    for table in ("provider_devices", "provider_doors", "contract_rights", "door_rights"):
        assert town.rows(f"SELECT 1 FROM {table}") == [], table
    assert town.rows("SELECT 1 FROM cameras WHERE source = 'inventory'") == []
    assert town.rows("SELECT 1 FROM doors WHERE source = 'provider'") == []
    assert town.rows("SELECT 1 FROM panels") == []


def test_devices_of_an_address_are_put_on_the_map(billing: Billing) -> None:
    first = billing.add_camera(address="г. Примерск, д. 1")
    billing.add_camera(address="г. Примерск, д. 2")
    lock = billing.add_lock(address="г. Примерск, д. 1")
    places = [
        {"device_id": first, "latitude": 55.75, "longitude": 37.61},
        {"device_id": str(lock), "latitude": "55.76", "longitude": "37.62"},
    ]
    assert billing.send("address_devices_update", json.dumps({"data": places})).status_code == 200
    assert billing.call("address_devices_list", address="г. Примерск, д. 1")["devices"] == [
        {"device_id": first, "title": "Двор", "longitude": "37.61", "latitude": "55.75"},
        {"device_id": lock, "title": "Ворота", "longitude": "37.62", "latitude": "55.76"},
    ]


def test_keys_of_a_contract_are_added_listed_and_removed(town: Town, billing: Billing) -> None:
    unknown = billing.send("keys_add", '{"uid":"1001","key":"00ABCDEF","comment":"None"}')
    assert unknown.status_code == 404 and "договор" in unknown.get_json()["message"]
    town.sign_in(NORMAL).post("address/getSettingsList")
    billing.call("keys_add", uid=1001, key="00abcdef", comment="Серый")
    billing.call("keys_add", uid=1001, key="00:12:34:56", comment="None")
    assert billing.call("keys_list", uid="1001")["keys"] == [
        {"key": "00000000123456", "comment": ""},
        {"key": "00000000abcdef", "comment": "Серый"},
    ]
    for _ in range(2):
        billing.call("keys_del", uid="1001", key="ABCDEF")
    assert [one["comment"] for one in billing.call("keys_list", uid="1001")["keys"]] == [""]
    assert billing.send("keys_del", '{"uid":"1001","key":"zz"}').status_code == 422
    assert billing.call("keys_list", uid="none-such")["keys"] == []


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("devices_add", '{"device_type":"4","title":"ТВ"}', 422),
        ("devices_add", '{"device_type":"None"}', 422),
        ("devices_add", '{"device_type":"1","url":"None"}', 422),
        ("devices_add", '{"device_type":"1","url":"ftp://x"}', 422),
        ("devices_add", '{"device_type":"1","url":"http://m","latitude":"912"}', 422),
        ("devices_add", '{"device_type":"1","url":"http://m","is_active":"maybe"}', 422),
        ("devices_add", "[]", 422),
        ("devices_add", "[{},{}]", 422),
        ("devices_add", "rubbish", 422),
        ("devices_add", '{"device_type":"1","url":"http://камера.рф","title":"Двор"}', 422),
        ("devices_mod", '{"device_id":"None"}', 422),
        ("devices_mod", '{"device_id":"999"}', 404),
        ("devices_mod", '{"device_id":"-1"}', 422),
        ("devices_mod", '{"device_id":99999999999999999999}', 422),
        ("devices_del", '{"device_id":"999"}', 404),
        ("devices_del", '{"device_id":{"a":1}}', 422),
        ("doors_add", '{"device_id":"999","open":"/x"}', 404),
        ("doors_mod", '{"doors_id":"999","device_id":"1"}', 404),
        ("doors_del", '{"doors_id":"999"}', 404),
        ("rights_list", "{}", 422),
        ("rights_list", '{"uid":"None"}', 422),
        ("rights_add", '{"uid":"1001","device_id":"None"}', 422),
        ("rights_add", '{"uid":"1001","device_id":true}', 422),
        ("rights_add", '{"uid":"1001","device_id":"1;2"}', 422),
        ("rights_add", '{"uid":"1001","device_id":' + str(list(range(501))) + "}", 422),
        ("rights_add", '{"uid":"1001","device_id":"' + "1," * 501 + '"}', 422),
        ("rights_add", '{"uid":"1001","device_id":"' + " " * 500_000 + '[[1]]"}', 422),
        ("address_devices_update", '{"data":[]}', 422),
        ("address_devices_update", '{"data":[{"device_id":"999"}]}', 404),
        ("keys_add", '{"uid":"1001"}', 422),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(
    town: Town, billing: Billing, method: str, body: str, status: int
) -> None:
    answer = billing.send(method, body)
    assert (answer.status_code, answer.get_json()["code"]) == (status, status)
    for table in ("provider_devices", "cameras", "panels", "contract_rights", "keys"):
        assert town.rows(f"SELECT 1 FROM {table}") == [], table


def test_every_kind_of_change_is_in_the_audit(town: Town, billing: Billing) -> None:
    town.sign_in(NORMAL).post("address/getSettingsList")
    camera, lock = billing.add_camera(), billing.add_lock()
    door = billing.add_door(lock)
    place = [{"device_id": lock, "latitude": "55.75", "longitude": "37.61"}]
    told: dict[str, dict[str, Any]] = {
        "devices_mod": {"device_id": camera, "title": "Сад"},
        "address_devices_update": {"data": place},
        "doors_mod": {"doors_id": door, "device_id": lock, "open": "/open/2", "name": "Двор"},
        "keys_add": {"uid": "1001", "key": "ABCDEF", "comment": "None"},
        "keys_del": {"uid": "1001", "key": "ABCDEF"},
        "rights_add": {"uid": "1001", "device_id": lock},
        "rights_del": {"uid": "1001", "device_id": lock},
        "doors_del": {"doors_id": door},
        "devices_del": {"device_id": [camera, lock]},
    }
    count = "SELECT count(*) FROM audit WHERE actor = 'token:perl'"
    for method, values in told.items():
        before = town.one(count)
        billing.call(method, **values)
        assert town.one(count) > before, method
    written = {rule for rule in BILL_CHANGES if rule.split("/")[-1] not in told}
    assert {one.split("/")[-1] for one in written} == {"devices_add", "doors_add"}


def test_a_stream_of_another_device_is_not_taken(billing: Billing) -> None:
    first = billing.add_camera(stream="yard")
    body = '{"device_type":1,"url":"http://media.example","stream":"yard"}'
    answer = billing.send("devices_add", body)
    assert answer.status_code == 422 and str(first) in answer.get_json()["message"]


def test_who_signs_in_by_name_needs_the_key_the_scope_and_the_address(town: Town) -> None:
    key, other = key_of(town, "perl", "billing"), key_of(town, "events-1", "events")
    far = key_of(town, "far", "billing", source="192.0.2.7")
    assert town.app is not None
    client = town.app.test_client()
    for name, password, status in (
        ("perl", key, 200),
        ("perl", other, 401),
        ("other", key, 401),
        ("events-1", other, 401),
        ("far", far, 401),
        ("perl", "guess", 401),
        ("perl", "", 422),
    ):
        told = {"username": name, "password": password}
        answer = client.post("/bill/api/auth/", json=told)
        assert (name, answer.status_code) == (name, status)
    for method in LISTS:
        headers = {"Authorization": f"Bearer {other}"}
        assert client.post(f"/bill/api/{method}", headers=headers).status_code == 403
