"""`/bill/api/…`: what billings of earlier installations call. Answers have no envelope."""

from typing import Any

from flask import Blueprint, Response

from smartyard.provider.bill import schemas
from smartyard.provider.bill.keys import KeyService
from smartyard.provider.bill.service import BillService
from smartyard.shapes import Nothing
from smartyard.web import (
    bare,
    client_address,
    provider,
    provider_caller,
    public,
    service,
    takes,
)

blueprint = Blueprint("bill", __name__, url_prefix="/bill/api")
# Billings write a slash at the end of each; without one it is the same.
_EITHER: dict[str, Any] = {"strict_slashes": False}


def _actor() -> str:
    return provider_caller().actor


@blueprint.post("/auth", **_EITHER)
@public
@takes(schemas.AuthRequest)
def auth(asked: schemas.AuthRequest) -> Response:
    key = service(BillService).admit(asked.username, asked.password, client_address())
    return bare({"token": key})


@blueprint.post("/types_list", **_EITHER)
@provider("billing")
@takes(Nothing)
def types_list(_: Nothing) -> Response:
    return bare({"types": service(BillService).types()})


@blueprint.post("/devices_list", **_EITHER)
@provider("billing")
@takes(Nothing)
def devices_list(_: Nothing) -> Response:
    return bare({"devices": service(BillService).devices()})


@blueprint.post("/devices_add", **_EITHER)
@provider("billing")
@takes(schemas.DeviceRequest)
def devices_add(asked: schemas.DeviceRequest) -> Response:
    number, stream = service(BillService).add_device(asked.model_dump(), _actor())
    return bare({"message": "создано", "device_id": number, "device_uuid": stream})


@blueprint.post("/devices_mod", **_EITHER)
@provider("billing")
@takes(schemas.DeviceChangeRequest)
def devices_mod(asked: schemas.DeviceChangeRequest) -> Response:
    told = asked.model_dump(exclude_unset=True, exclude={"device_id"})
    service(BillService).change_device(asked.device_id[0], told, _actor())
    return bare({"message": "OK"})


@blueprint.post("/devices_del", **_EITHER)
@provider("billing")
@takes(schemas.DevicesRequest)
def devices_del(asked: schemas.DevicesRequest) -> Response:
    service(BillService).remove_devices(asked.device_id, _actor())
    return bare({"message": "OK"})


@blueprint.post("/doors_list", **_EITHER)
@provider("billing")
@takes(Nothing)
def doors_list(_: Nothing) -> Response:
    return bare({"doors": service(BillService).doors()})


@blueprint.post("/doors_add", **_EITHER)
@provider("billing")
@takes(schemas.DoorRequest)
def doors_add(asked: schemas.DoorRequest) -> Response:
    number = service(BillService).add_door(asked.model_dump(), _actor())
    return bare({"message": "создано", "id": number})


@blueprint.post("/doors_mod", **_EITHER)
@provider("billing")
@takes(schemas.DoorChangeRequest)
def doors_mod(asked: schemas.DoorChangeRequest) -> Response:
    told = asked.model_dump(exclude={"doors_id"})
    service(BillService).change_door(asked.doors_id[0], told, _actor())
    return bare({"message": "OK"})


@blueprint.post("/doors_del", **_EITHER)
@provider("billing")
@takes(schemas.DoorsRequest)
def doors_del(asked: schemas.DoorsRequest) -> Response:
    service(BillService).remove_doors(asked.doors_id, _actor())
    return bare({"message": "OK"})


@blueprint.post("/address_devices_list", **_EITHER)
@provider("billing")
@takes(schemas.AddressRequest)
def address_devices_list(asked: schemas.AddressRequest) -> Response:
    return bare({"devices": service(BillService).devices_at(asked.address or "")})


@blueprint.post("/address_devices_update", **_EITHER)
@provider("billing")
@takes(schemas.PlacesRequest)
def address_devices_update(asked: schemas.PlacesRequest) -> Response:
    places = [(one.device_id[0], one.latitude or "", one.longitude or "") for one in asked.data]
    service(BillService).place_devices(places, _actor())
    return bare({"message": "OK"})


@blueprint.post("/keys_list", **_EITHER)
@provider("billing")
@takes(schemas.ContractRequest)
def keys_list(asked: schemas.ContractRequest) -> Response:
    return bare({"keys": service(KeyService).listed(asked.uid)})


@blueprint.post("/keys_add", **_EITHER)
@provider("billing")
@takes(schemas.KeyRequest)
def keys_add(asked: schemas.KeyRequest) -> Response:
    service(KeyService).add(asked.uid, asked.key, asked.comment or "", _actor())
    return bare({"message": "OK"})


@blueprint.post("/keys_del", **_EITHER)
@provider("billing")
@takes(schemas.KeyRequest)
def keys_del(asked: schemas.KeyRequest) -> Response:
    service(KeyService).remove(asked.uid, asked.key, _actor())
    return bare({"message": "OK"})


@blueprint.post("/rights_list", **_EITHER)
@provider("billing")
@takes(schemas.ContractRequest)
def rights_list(asked: schemas.ContractRequest) -> Response:
    return bare({"rights": service(BillService).rights(asked.uid)})


@blueprint.post("/rights_add", **_EITHER)
@provider("billing")
@takes(schemas.RightsRequest)
def rights_add(asked: schemas.RightsRequest) -> Response:
    service(BillService).give(asked.uid, asked.device_id, _actor())
    return bare({"message": "OK"})


@blueprint.post("/rights_del", **_EITHER)
@provider("billing")
@takes(schemas.RightsRequest)
def rights_del(asked: schemas.RightsRequest) -> Response:
    service(BillService).take(asked.uid, asked.device_id, _actor())
    return bare({"message": "OK"})
