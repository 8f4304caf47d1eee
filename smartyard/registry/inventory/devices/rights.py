"""Which contract has which device: what its flats see and open by that."""

from collections.abc import Collection

from smartyard.audit import Audit
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.registry.inventory.devices.repository import DeviceRepository, RightRepository
from smartyard.registry.inventory.devices.service import absent
from smartyard.registry.inventory.devices.spread import flats_of, spread
from smartyard.registry.inventory.problems import InventoryRefused, Problem

__all__ = ["RightService"]


class RightService:
    """A right holds also for flats that the contract gets later. `actor` is for the audit."""

    def __init__(
        self,
        rights: RightRepository,
        devices: DeviceRepository,
        contracts: ContractService,
        audit: Audit,
    ) -> None:
        self._rights = rights
        self._devices = devices
        self._contracts = contracts
        self._audit = audit

    def of_contract(self, contract_id: str) -> set[int]:
        """The numbers of its devices: by a right, or because the inventory links a camera to one of
        its flats."""
        with transaction():
            self._devices.ensure_cameras()
            held = self._rights.devices_of(contract_id)
            every = {device.id for device, *_ in self._devices.listed()}
            return held | self._rights.linked(flats_of([contract_id]), every)

    def give(self, contract_id: str, device_ids: Collection[int], *, actor: str) -> None:
        """To a contract that nobody named before, too. Raises InventoryRefused where a device is
        not there; then none is given."""
        with transaction():
            if missing := set(device_ids) - self._devices.get_locked(device_ids).keys():
                raise absent("устройство", missing)
            if not self._rights.lock_contract(contract_id):
                self._contracts.ensure_contracts({contract_id: ""})
                self._rights.lock_contract(contract_id)
            new = self._rights.give(contract_id, device_ids) if device_ids else []
            if new:
                spread(flats_of([contract_id]))
                told = {"devices": sorted(new)}
                self._audit.note(actor, "right given", f"contract:{contract_id}", told)

    def take(self, contract_id: str, device_ids: Collection[int], *, actor: str) -> None:
        """What the contract does not have is taken already. Raises InventoryRefused where its
        house would still see a camera, since that is not the contract's alone to lose."""
        with transaction():
            self._rights.lock_contract(contract_id)
            flats = flats_of([contract_id])
            gone = set(self._rights.take(contract_id, device_ids))
            gone |= self._rights.linked(flats, device_ids)
            self._rights.unlink(flats, device_ids)
            spread(flats)
            if left := self._rights.of_whole_house(flats, device_ids):
                raise InventoryRefused(
                    [
                        Problem(0, f"камеру {one} видит весь дом: измените это в реестре")
                        for one in sorted(left)
                    ]
                )
            if gone:
                told = {"devices": sorted(gone)}
                self._audit.note(actor, "right taken", f"contract:{contract_id}", told)
