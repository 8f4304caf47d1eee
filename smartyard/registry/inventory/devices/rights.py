"""Which contract has which device: what its flats see and open by that."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from smartyard.audit import Audit
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.losses import Losses
from smartyard.registry.inventory.devices.repository import DeviceRepository, RightRepository
from smartyard.registry.inventory.devices.service import absent
from smartyard.registry.inventory.devices.spread import flats_of, spread
from smartyard.registry.inventory.problems import InventoryRefused, Problem
from smartyard.sheets import RowResult

__all__ = ["RightService", "Wanted"]

LOSS = "right"


@dataclass(frozen=True)
class Wanted:
    """All the devices that a contract shall have, by a row of a batch."""

    line: int
    contract_id: str
    devices: frozenset[int]


@dataclass(frozen=True)
class Change:
    """What that comes to."""

    wanted: Wanted
    new: frozenset[int]
    gone: frozenset[int]
    is_first: bool


class RightService:
    """A right holds also for flats that the contract gets later. `actor` is for the audit."""

    def __init__(
        self,
        rights: RightRepository,
        devices: DeviceRepository,
        contracts: ContractService,
        *,
        audit: Audit,
        losses: Losses,
    ) -> None:
        self._losses = losses
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

    def replace(
        self, rows: Sequence[Wanted], *, actor: str, dry_run: bool, allow_loss: bool
    ) -> list[RowResult]:
        """Rights as these rows have them, each contract named once; with `dry_run` what would
        become of each. A row that is wrong is refused alone. What the inventory itself links to a
        flat stays, save for devices that the contract had by a right and now loses.

        Raises TooManyLosses unless `allow_loss`.
        """
        with transaction():
            self._losses.begin(LOSS)
            results, changes = self._compare(rows)
            losing = {one.wanted.contract_id for one in changes if one.gone}
            if losing and not allow_loss:
                self._losses.look(LOSS, losing, self._rights.holders(), actor=actor)
            if not dry_run:
                self._write(changes, actor)
                counted = () if allow_loss else losing
                whole = {one.wanted.contract_id for one in changes} - losing
                self._losses.note(LOSS, counted, whole)
                if allow_loss and losing:
                    told = {"losing": len(losing)}
                    self._audit.note(actor, "loss allowed", "rights", told)
            return results

    def _compare(self, rows: Sequence[Wanted]) -> tuple[list[RowResult], list[Change]]:
        """What becomes of each row, and what is to change. The devices are locked."""
        known = self._devices.get_locked({one for row in rows for one in row.devices})
        held = self._rights.devices_of_each([row.contract_id for row in rows])
        results, changes = [], []
        for row in rows:
            before = held.get(row.contract_id, frozenset())
            change = Change(row, row.devices - before, before - row.devices, not before)
            if wrong := self._wrong(change, known.keys()):
                results.append(RowResult(row.line, row.contract_id, "refused", wrong))
            elif not change.new and not change.gone:
                results.append(RowResult(row.line, row.contract_id, "same"))
            else:
                results.append(
                    RowResult(row.line, row.contract_id, "added" if change.is_first else "changed")
                )
                changes.append(change)
        return results, changes

    def _wrong(self, change: Change, known: Collection[int]) -> str:
        if missing := change.new - set(known):
            return f"устройства {', '.join(map(str, sorted(missing)))} нет"
        if change.gone:
            flats = flats_of([change.wanted.contract_id])
            if seen := self._rights.of_whole_house(flats, change.gone):
                words = ", ".join(map(str, sorted(seen)))
                return f"камеру {words} видит весь дом: измените это в реестре"
        return ""

    def _write(self, changes: Sequence[Change], actor: str) -> None:
        contracts = sorted(one.wanted.contract_id for one in changes)
        self._contracts.ensure_named(contracts)
        for one in contracts:
            self._rights.lock_contract(one)
        for change in changes:
            if change.gone:
                self._rights.unlink(flats_of([change.wanted.contract_id]), change.gone)
        self._rights.take_each((one.wanted.contract_id, one.gone) for one in changes)
        self._rights.give_each((one.wanted.contract_id, one.new) for one in changes)
        spread(flats_of(contracts))
        words = (("right given", "new"), ("right taken", "gone"))
        self._audit.note_changes(
            actor,
            [
                (word, f"contract:{one.wanted.contract_id}", {"devices": sorted(getattr(one, of))})
                for one in changes
                for word, of in words
                if getattr(one, of)
            ],
        )
