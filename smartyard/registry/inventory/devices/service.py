"""Cameras and locks by a provider's numbers: over the same services as the operator's import.

A camera is a row of the registry, and so is an intercom (a camera with a panel); a lock is a group
of doors, each with a panel of its own that is opened by an address, or an output of an intercom.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from smartyard.audit import Audit
from smartyard.db import transaction
from smartyard.registry.inventory.devices.facts import DeviceFacts
from smartyard.registry.inventory.devices.models import CAMERA, LOCK, NEW_CAMERA, Device
from smartyard.registry.inventory.devices.repository import (
    DeviceDoorRepository,
    DeviceRepository,
    Listed,
    note,
)
from smartyard.registry.inventory.devices.spread import flats_of, spread
from smartyard.registry.inventory.problems import InventoryRefused, Problem
from smartyard.registry.inventory.reading import RawInventory, RawRow
from smartyard.registry.inventory.service import InventoryService

__all__ = ["CAMERA", "LOCK", "NEW_CAMERA", "Absent", "DeviceOfProvider", "DeviceService", "absent"]

_INTERCOMS = 100_000  # the first number of their panels, as earlier servers had it


@dataclass(frozen=True)
class DeviceOfProvider:
    """A device as it stands now: of a camera, what the registry has goes before what was told."""

    id: int
    type: int
    title: str
    address: str
    url: str
    stream: str
    lat: str
    lon: str
    active: bool
    panel_id: int | None
    told: Mapping[str, Any]


class Absent(InventoryRefused):
    """What is named is not there."""


def absent(noun: str, numbers: Collection[int]) -> Absent:
    return Absent([Problem(0, f"Нет такого: {noun} {one}") for one in sorted(numbers)])


class DeviceService:
    """Adds, changes, lists and removes devices. `actor` is who the audit says it was."""

    def __init__(
        self,
        devices: DeviceRepository,
        doors: DeviceDoorRepository,
        inventory: InventoryService,
        audit: Audit,
    ) -> None:
        self._devices = devices
        self._doors = doors
        self._inventory = inventory
        self._audit = audit

    def listed(self, device_ids: Collection[int] | None = None) -> list[DeviceOfProvider]:
        """All of them, with every camera of the inventory; or these."""
        with transaction():
            self._devices.ensure_cameras()
            return [_shown(row) for row in self._devices.listed(device_ids)]

    def get(self, device_id: int) -> DeviceOfProvider:
        """Raises Absent."""
        with transaction():
            rows = self._devices.listed([device_id])
        if not rows:
            raise absent("устройство", [device_id])
        return _shown(rows[0])

    def at(self, address: str) -> list[DeviceOfProvider]:
        """Those of one address, as the provider writes it."""
        with transaction():
            return [_shown(row) for row in self._devices.at(address)]

    def add(self, facts: DeviceFacts, *, actor: str) -> int:
        """Its number. Raises InventoryRefused with what is wrong."""
        with transaction():
            camera_id = None if facts.type == LOCK else self._bring_camera(facts, actor)
            device = self._devices.add(_row(facts, camera_id))
            self._bring_intercom(device, facts, actor)
            self._audit.note(actor, "added", f"device:{device.id}", dict(facts.told))
            return device.id

    def change(self, device_id: int, facts: DeviceFacts, *, actor: str) -> None:
        """All of it at once. Raises InventoryRefused, also when it is not there, or would be of
        another sort."""
        with transaction():
            device = self._locked([device_id])[device_id]
            if (device.type == LOCK) != (facts.type == LOCK):
                raise InventoryRefused([Problem(0, "камера не становится замком, замок — камерой")])
            if device.type != LOCK:
                self._bring_camera(facts, actor, device)
            row = _row(facts, device.camera_id)
            names = ("type", "title", "address", "url", "active", "told")
            note(device, **{name: getattr(row, name) for name in names})
            self._bring_intercom(device, facts, actor)
            spread(flats_of(self._devices.contracts_with([device_id])))
            changed = {
                key: value for key, value in facts.told.items() if device.told.get(key) != value
            }
            self._audit.note(actor, "changed", f"device:{device_id}", changed)

    def remove(self, device_ids: Collection[int], *, actor: str) -> None:
        """With their doors, and the rights to them. Raises InventoryRefused where one is not there,
        or something else needs it."""
        with transaction():
            devices = self._locked(device_ids)
            flats = flats_of(self._devices.contracts_with(devices))
            panels = [door.panel_id for door in self._doors.of_devices(devices) if door.own]
            panels += [one.panel_id for one in devices.values() if one.panel_id is not None]
            cameras = [one.camera_id for one in devices.values() if one.camera_id is not None]
            streams = self._devices.streams(cameras)
            self._devices.delete(devices)
            spread(flats)
            self._drop("panels", panels, actor)
            self._drop("cameras", sorted(streams.values()), actor)
            self._audit.note_changes(actor, [("removed", f"device:{one}", {}) for one in devices])

    def place(self, places: Sequence[tuple[int, str, str]], *, actor: str) -> None:
        """Latitude and longitude of several devices, all of them or none."""
        with transaction():
            devices = self._locked([device_id for device_id, _, _ in places])
            for device_id, lat, lon in places:
                device = devices[device_id]
                if device.camera_id is not None:
                    (stream,) = self._devices.streams([device.camera_id]).values()
                    self._inventory.change("cameras", stream, {"lat": lat, "lon": lon}, actor=actor)
                place = {"latitude": lat, "longitude": lon}
                is_same = all(device.told.get(name) == told for name, told in place.items())
                if device.camera_id is None and not is_same:
                    self._audit.note(actor, "changed", f"device:{device_id}", place)
                note(device, told={**device.told, **place})

    def _locked(self, device_ids: Collection[int]) -> dict[int, Device]:
        devices = self._devices.get_locked(device_ids)
        if missing := set(device_ids) - devices.keys():
            raise absent("устройство", missing)
        return devices

    def _bring_camera(self, facts: DeviceFacts, actor: str, device: Device | None = None) -> int:
        """The camera's row of the registry; one that is there keeps who sees it."""
        url, rows = facts.url.rstrip("/"), []
        server = self._devices.media_server_at(url)
        if server is None:
            server = url
            rows.append(RawRow("media_servers", 0, {"name": url, "url": url}))
        stream = facts.stream or str(uuid4())
        if device is not None and device.camera_id is not None:
            (stream,) = self._devices.streams([device.camera_id]).values()
            if facts.stream not in ("", stream):
                raise InventoryRefused([Problem(0, "имени потока не изменить")])
        told = {"name": facts.title, "media_server": server, "lat": facts.lat, "lon": facts.lon}
        known = self._devices.camera(stream)
        if known is None:
            values = {"stream": stream, "houses": [], "flats": [], **told}
            rows.append(RawRow("cameras", 0, values))
        if rows:
            self._inventory.bring(RawInventory({row.kind for row in rows}, rows), actor=actor)
        if known is not None:
            self._inventory.change("cameras", stream, told, actor=actor)
        found = self._devices.camera(stream)
        assert found is not None  # it was just written
        if device is None and (other := self._devices.of_camera(found.id)) is not None:
            raise InventoryRefused([Problem(0, f"поток {stream} уже у устройства {other}")])
        return found.id

    def _drop(self, kind: str, keys: Sequence[Any], actor: str) -> None:
        if keys:
            self._inventory.remove(kind, keys, actor=actor)

    def _bring_intercom(self, device: Device, facts: DeviceFacts, actor: str) -> None:
        told = facts.intercom
        if told is None:
            if device.panel_id is not None:
                self._drop("panels", [device.panel_id], actor)
            return
        (stream,) = self._devices.streams([device.camera_id or 0]).values()
        number = device.panel_id or _INTERCOMS + device.id
        moved = self._devices.moved_with_secret(number, told.address.rstrip("/"))
        if moved and told.password is None:  # who may not read a password sends it nowhere either
            raise InventoryRefused(
                [Problem(0, "вместе с новым panelip укажите panellogin и panelpasswd")]
            )
        values = {
            "id": number,
            "name": facts.title,
            "model": told.model,
            "address": told.address,
            "sip": told.sip or "",
            "dtmf": told.dtmf,
            "camera": stream,
        }
        secrets = {"login": told.login, "password": told.password}
        values |= {name: value for name, value in secrets.items() if value is not None}
        self._inventory.bring(RawInventory({"panels"}, [RawRow("panels", 0, values)]), actor=actor)
        note(device, panel_id=number)


def _row(facts: DeviceFacts, camera_id: int | None) -> Device:
    return Device(
        type=facts.type,
        title=facts.title,
        address=facts.address,
        url=facts.url,
        active=facts.active,
        camera_id=camera_id,
        told=dict(facts.told),
    )


def _shown(row: Listed) -> DeviceOfProvider:
    device, camera, server, panel = row
    return DeviceOfProvider(
        id=device.id,
        type=device.type,
        title=camera.name if camera else device.title,
        address=device.address,
        url=server.url if server else device.url,
        stream=camera.stream if camera else "",
        lat=camera.lat if camera else str(device.told.get("latitude", "")),
        lon=camera.lon if camera else str(device.told.get("longitude", "")),
        active=device.active,
        panel_id=panel.id if panel else None,
        told=device.told,
    )
