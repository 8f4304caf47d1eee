"""Doors of locks by a provider's numbers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from smartyard.audit import Audit
from smartyard.db import transaction
from smartyard.registry.inventory.devices.facts import DoorFacts, whole_address
from smartyard.registry.inventory.devices.models import LOCK, Device, DeviceDoor
from smartyard.registry.inventory.devices.repository import DeviceDoorRepository, DeviceRepository
from smartyard.registry.inventory.devices.service import absent
from smartyard.registry.inventory.devices.spread import flats_of, spread
from smartyard.registry.inventory.problems import InventoryRefused, Problem
from smartyard.registry.inventory.reading import RawInventory, RawRow
from smartyard.registry.inventory.service import InventoryService

__all__ = ["DeviceDoor", "DeviceDoorService"]

_OWN_PANELS = 1_000_000_000  # the first number of panels that are made for a door; 31 bits hold it


@dataclass(frozen=True)
class _Place:
    panel_id: int
    output: int
    own: bool


class DeviceDoorService:
    """Adds, changes, lists and removes doors of locks. `actor` is who the audit says it was."""

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

    def listed(self) -> Sequence[DeviceDoor]:
        """All doors of locks."""
        with transaction():
            return self._doors.listed()

    def add(self, facts: DoorFacts, *, actor: str) -> int:
        """Its number. Raises InventoryRefused with what is wrong."""
        with transaction():
            number = self._doors.new_number()
            self._put(number, facts, actor)
            self._audit.note(actor, "added", f"lock_door:{number}", _told(facts))
            return number

    def change(self, door_id: int, facts: DoorFacts, *, actor: str) -> None:
        """All of it at once. Raises InventoryRefused, also when it is not there."""
        with transaction():
            known = self._locked([door_id])[door_id]
            before = (known.device_id, known.panel_id, known.own)
            place = self._put(door_id, facts, actor)
            if before[0] != facts.device_id:
                self._spread([before[0]])
            if before[2] and before[1] != place.panel_id:
                self._inventory.remove("panels", [before[1]], actor=actor)
            self._audit.note(actor, "changed", f"lock_door:{door_id}", _told(facts))

    def remove(self, door_ids: Collection[int], *, actor: str) -> None:
        """Raises InventoryRefused where one is not there."""
        with transaction():
            doors = self._locked(door_ids)
            devices = {door.device_id for door in doors.values()}
            panels = [door.panel_id for door in doors.values() if door.own]
            self._doors.delete(doors)
            self._spread(devices)
            if panels:
                self._inventory.remove("panels", panels, actor=actor)
            self._audit.note_changes(actor, [("removed", f"lock_door:{one}", {}) for one in doors])

    def _locked(self, door_ids: Collection[int]) -> dict[int, DeviceDoor]:
        doors = self._doors.get_locked(door_ids)
        if missing := set(door_ids) - doors.keys():
            raise absent("дверь", missing)
        return doors

    def _spread(self, device_ids: Collection[int]) -> None:
        spread(flats_of(self._devices.contracts_with(device_ids)))

    def _put(self, number: int, facts: DoorFacts, actor: str) -> _Place:
        wanted = {facts.device_id} | ({facts.cam_id} if facts.cam_id is not None else set())
        devices = self._devices.get_locked(wanted)
        if missing := wanted - devices.keys():
            raise absent("устройство", missing)
        lock = devices[facts.device_id]
        if lock.type != LOCK:
            raise InventoryRefused([Problem(0, f"устройство {lock.id} — не замок (тип 3)")])
        cam = None if facts.cam_id is None else devices[facts.cam_id]
        if facts.open:
            place = self._own_panel(number, lock, cam, facts, actor)
        else:
            place = self._of_intercom(number, cam)
        self._doors.put(
            {
                "id": number,
                "device_id": lock.id,
                "cam_id": facts.cam_id,
                "panel_id": place.panel_id,
                "output": place.output,
                "own": place.own,
                "icon": facts.icon,
                "name": facts.name,
                "entrance": facts.entrance,
                "open": facts.open,
                "method": facts.method,
            }
        )
        self._spread([lock.id])
        return place

    def _own_panel(
        self, number: int, lock: Device, cam: Device | None, facts: DoorFacts, actor: str
    ) -> _Place:
        """A panel that is opened by the door's address."""
        address, login, password = whole_address(lock.url, facts.open)
        stream = ""
        if cam is not None and cam.camera_id is not None:
            (stream,) = self._devices.streams([cam.camera_id]).values()
        values = {
            "id": _OWN_PANELS + number,
            "name": facts.name,
            "model": "url",
            "address": address,
            "method": facts.method,
            "login": login,
            "password": password,
            "camera": stream,
        }
        self._inventory.bring(RawInventory({"panels"}, [RawRow("panels", 0, values)]), actor=actor)
        return _Place(_OWN_PANELS + number, 0, True)

    def _of_intercom(self, number: int, cam: Device | None) -> _Place:
        """The lowest output of the camera's intercom that no other door has."""
        if cam is None or cam.panel_id is None:
            raise InventoryRefused(
                [Problem(0, "у двери нет open, а у её камеры cam — панели (paneltype, panelip)")]
            )
        taken = self._doors.outputs(cam.panel_id, number)
        output = next((one for one in range(2) if one not in taken), None)
        if output is None:
            raise InventoryRefused([Problem(0, f"у панели {cam.panel_id} обе двери заняты")])
        return _Place(cam.panel_id, output, False)


def _told(facts: DoorFacts) -> dict[str, object]:
    """For the audit: an address may hold a secret."""
    return {
        "device_id": facts.device_id,
        "cam": facts.cam_id,
        "icon": facts.icon,
        "name": facts.name,
        "entrance": facts.entrance,
    }
