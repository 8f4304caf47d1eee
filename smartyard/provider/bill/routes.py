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
    refuses,
    sends,
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
@refuses(401, 403, 429)
@sends("application/json")
@takes(schemas.AuthRequest)
def auth(asked: schemas.AuthRequest) -> Response:
    """Give a key back to who shows it with its name; it is the token of the other calls."""
    key = service(BillService).admit(asked.username, asked.password, client_address())
    return bare({"token": key})


@blueprint.post("/types_list", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(Nothing)
def types_list(_: Nothing) -> Response:
    """The kinds of devices."""
    return bare({"types": service(BillService).types()})


@blueprint.post("/devices_list", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(Nothing)
def devices_list(_: Nothing) -> Response:
    """All devices."""
    return bare({"devices": service(BillService).devices()})


@blueprint.post("/devices_add", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.DeviceRequest)
def devices_add(asked: schemas.DeviceRequest) -> Response:
    """Add a device."""
    number, stream = service(BillService).add_device(asked.model_dump(), _actor())
    return bare({"message": "создано", "device_id": number, "device_uuid": stream})


@blueprint.post("/devices_mod", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.DeviceChangeRequest)
def devices_mod(asked: schemas.DeviceChangeRequest) -> Response:
    """Change what is told of a device."""
    told = asked.model_dump(exclude_unset=True, exclude={"device_id"})
    service(BillService).change_device(asked.device_id[0], told, _actor())
    return bare({"message": "OK"})


@blueprint.post("/devices_del", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.DevicesRequest)
def devices_del(asked: schemas.DevicesRequest) -> Response:
    """Take devices away."""
    service(BillService).remove_devices(asked.device_id, _actor())
    return bare({"message": "OK"})


@blueprint.post("/doors_list", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(Nothing)
def doors_list(_: Nothing) -> Response:
    """All doors."""
    return bare({"doors": service(BillService).doors()})


@blueprint.post("/doors_add", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.DoorRequest)
def doors_add(asked: schemas.DoorRequest) -> Response:
    """Add a door."""
    number = service(BillService).add_door(asked.model_dump(), _actor())
    return bare({"message": "создано", "id": number})


@blueprint.post("/doors_mod", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.DoorChangeRequest)
def doors_mod(asked: schemas.DoorChangeRequest) -> Response:
    """Change a door."""
    told = asked.model_dump(exclude={"doors_id"})
    service(BillService).change_door(asked.doors_id[0], told, _actor())
    return bare({"message": "OK"})


@blueprint.post("/doors_del", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.DoorsRequest)
def doors_del(asked: schemas.DoorsRequest) -> Response:
    """Take doors away."""
    service(BillService).remove_doors(asked.doors_id, _actor())
    return bare({"message": "OK"})


@blueprint.post("/address_devices_list", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.AddressRequest)
def address_devices_list(asked: schemas.AddressRequest) -> Response:
    """The devices at an address."""
    return bare({"devices": service(BillService).devices_at(asked.address or "")})


@blueprint.post("/address_devices_update", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.PlacesRequest)
def address_devices_update(asked: schemas.PlacesRequest) -> Response:
    """Say where devices are on the map."""
    places = [(one.device_id[0], one.latitude or "", one.longitude or "") for one in asked.data]
    service(BillService).place_devices(places, _actor())
    return bare({"message": "OK"})


@blueprint.post("/keys_list", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.ContractRequest)
def keys_list(asked: schemas.ContractRequest) -> Response:
    """The keys of a contract."""
    return bare({"keys": service(KeyService).listed(asked.uid)})


@blueprint.post("/keys_add", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.KeyRequest)
def keys_add(asked: schemas.KeyRequest) -> Response:
    """Give a contract a key."""
    service(KeyService).add(asked.uid, asked.key, asked.comment or "", _actor())
    return bare({"message": "OK"})


@blueprint.post("/keys_del", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.KeyRequest)
def keys_del(asked: schemas.KeyRequest) -> Response:
    """Take a key from a contract."""
    service(KeyService).remove(asked.uid, asked.key, _actor())
    return bare({"message": "OK"})


@blueprint.post("/rights_list", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.ContractRequest)
def rights_list(asked: schemas.ContractRequest) -> Response:
    """The devices that a contract may use."""
    return bare({"rights": service(BillService).rights(asked.uid)})


@blueprint.post("/rights_add", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.RightsRequest)
def rights_add(asked: schemas.RightsRequest) -> Response:
    """Let a contract use devices."""
    service(BillService).give(asked.uid, asked.device_id, _actor())
    return bare({"message": "OK"})


@blueprint.post("/rights_del", **_EITHER)
@provider("billing")
@sends("application/json")
@takes(schemas.RightsRequest)
def rights_del(asked: schemas.RightsRequest) -> Response:
    """Let a contract use devices no longer."""
    service(BillService).take(asked.uid, asked.device_id, _actor())
    return bare({"message": "OK"})
