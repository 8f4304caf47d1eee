"""A provider's words for devices and doors, as the facts that the inventory takes, and back."""

from collections.abc import Mapping
from typing import Any

from smartyard.registry.inventory.devices.doors import DeviceDoor
from smartyard.registry.inventory.devices.facts import DeviceFacts, DoorFacts, Intercom
from smartyard.registry.inventory.devices.service import CAMERA, LOCK, NEW_CAMERA, DeviceOfProvider
from smartyard.registry.inventory.problems import InventoryRefused, Problem

TYPES = {CAMERA: "cam", NEW_CAMERA: "newcam", LOCK: "lock"}
ICONS = ("entrance", "wicket", "gate", "barrier")
_MODELS = {"1": "beward", "2": "sokol"}
_SECRETS = frozenset(("panellogin", "panelpasswd", "sippassword"))
# What a list shows of each device, in the order of earlier servers.
_SHOWN = ("record_days", "monitorid", "dtmf", "camshot", "paneltype", "panelip")

Told = Mapping[str, Any]


def device_facts(told: Told) -> DeviceFacts:
    """Raises InventoryRefused for a type that the registry does not have."""
    kind = _type(told.get("device_type"))
    return DeviceFacts(
        type=kind,
        title=_text(told, "title"),
        address=_text(told, "address"),
        url=_text(told, "url"),
        stream=_stream(told),
        lat=_text(told, "latitude"),
        lon=_text(told, "longitude"),
        active=bool(told.get("is_active", True)),
        intercom=None if kind == LOCK else _intercom(told),
        told={name: value for name, value in told.items() if name not in _SECRETS},
    )


def _text(told: Told, name: str) -> str:
    return str(told.get(name) or "")


def _type(told: Any) -> int:
    word = str(told or "")
    for number, name in TYPES.items():
        if word in (str(number), name):
            return number
    known = ", ".join(f"{number} ({name})" for number, name in TYPES.items())
    raise InventoryRefused([Problem(0, f"device_type: допустимо {known}")])


def _stream(told: Told) -> str:
    """An address is where the media server takes the picture from: the name is then ours."""
    stream = _text(told, "stream")
    return "" if "://" in stream else stream


def _intercom(told: Told) -> Intercom | None:
    model, address = _MODELS.get(_text(told, "paneltype")), _text(told, "panelip")
    if model is None or not address:
        return None
    if "://" not in address:
        address = f"http://{address.removesuffix('/32')}"
    return Intercom(
        model=model,
        address=address,
        login=told.get("panellogin"),
        password=told.get("panelpasswd"),
        sip=told.get("domophoneid"),
        dtmf=_text(told, "dtmf") or "1",
    )


def door_facts(told: Told) -> DoorFacts:
    """An icon or a method that nobody knows is refused; none is that of an entrance, and GET."""
    icon = _text(told, "icon") or ICONS[0]
    if icon not in ICONS:
        raise InventoryRefused([Problem(0, f"icon: допустимо {', '.join(ICONS)}")])
    return DoorFacts(
        device_id=told["device_id"][0],
        cam_id=next(iter(told.get("cam") or ()), None),
        icon=icon,
        name=_text(told, "name"),
        entrance=told.get("entrance"),
        open=_text(told, "open"),
        method=_text(told, "open_trait").upper() or "GET",
    )


def shown_device(device: DeviceOfProvider) -> dict[str, Any]:
    """A device as a list shows it; what is secret is never shown."""
    return {
        "device_id": device.id,
        "device_type": device.type,
        "url": device.url,
        "stream": device.told.get("stream") or device.stream,
        "device_uuid": device.stream,
        "is_active": device.active,
        "title": device.title,
        "address": device.address,
        "longitude": device.lon,
        "latitude": device.lat,
        "domophoneid": device.told.get("domophoneid") or device.panel_id,
        **{name: device.told.get(name) for name in _SHOWN},
    }


def shown_door(door: DeviceDoor) -> dict[str, Any]:
    return {
        "id": door.id,
        "device_id": door.device_id,
        "cam": door.cam_id,
        "entrance": door.entrance,
        "icon": door.icon,
        "name": door.name,
        "open": door.open,
        "open_trait": door.method,
    }
