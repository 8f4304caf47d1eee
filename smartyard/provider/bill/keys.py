"""Keys (RFID) of a contract: those of each of its flats."""

from typing import Any

from smartyard.db import transaction
from smartyard.errors import NotFound
from smartyard.provider.bill.service import BillRefused, told_of
from smartyard.registry.inventory.devices.spread import flats_of
from smartyard.registry.inventory.reading import RawInventory, RawRow
from smartyard.registry.inventory.service import InventoryService
from smartyard.registry.panels.codes import normal
from smartyard.registry.service import RegistryService

__all__ = ["KeyService"]


class NoFlat(NotFound):
    message = "Ни одной квартиры этого договора ещё не знаем: сначала внесите договор с квартирой."


class KeyService:
    """Keys by a contract and a code, in whatever spelling."""

    def __init__(self, inventory: InventoryService, registry: RegistryService) -> None:
        self._inventory = inventory
        self._registry = registry

    def listed(self, contract_id: str) -> list[dict[str, Any]]:
        """Each code once; none for an unknown contract."""
        with transaction():
            flats = flats_of([contract_id])
            kept = self._registry.keys_of_flats(flats)
        return [{"key": code.lower(), "comment": name} for code, name in sorted(kept.items())]

    def add(self, contract_id: str, code: str, name: str, actor: str) -> None:
        """Raises NoFlat, and BillRefused for what is no code."""
        with told_of(), transaction():
            flats = sorted(flats_of([contract_id]))
            if not flats:
                raise NoFlat(cause="a contract without a flat")
            rows = [RawRow("keys", 0, {"code": code, "flat": flat, "name": name}) for flat in flats]
            self._inventory.bring(RawInventory({"keys"}, rows), actor=actor)

    def remove(self, contract_id: str, code: str, actor: str) -> None:
        """One that is not there is removed already."""
        kept = normal(code)
        if kept is None:
            raise BillRefused("Нужен код ключа: от 6 до 14 шестнадцатеричных цифр.")
        with told_of(), transaction():
            flats = flats_of([contract_id])
            there = [(kept, flat) for flat in self._registry.keys_of(kept) if flat in flats]
            if there:
                self._inventory.remove("keys", there, actor=actor)
