"""The operator's import: a file becomes rows, all of it or nothing.

What the file takes away from people ends at the media server's next check: rights are looked at
anew each time, and a video token is only for those cameras that its owner may see at that moment.
"""

from sqlalchemy.exc import IntegrityError

from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.registry.inventory.checking import Watch, checked
from smartyard.registry.inventory.difference import Difference, Stock, difference
from smartyard.registry.inventory.plan import Plan, named_ids
from smartyard.registry.inventory.problems import InventoryRefused, Problem
from smartyard.registry.inventory.reading import RawInventory
from smartyard.registry.inventory.repository import InventoryRepository

_LONGEST = 120  # seconds for another import to end, and for one statement


class InventoryService:
    """Imports the inventory and lists it."""

    def __init__(self, inventory: InventoryRepository, contracts: ContractService) -> None:
        self._inventory = inventory
        self._contracts = contracts

    def bring(
        self, raw: RawInventory, watch: Watch, *, replace: bool = False, dry_run: bool = False
    ) -> Difference:
        """Make the database hold what a file says, and return what that changed; with `dry_run`
        only what it would change. `replace`: what the file does not name of its kinds goes.

        Raises InventoryRefused with all that is wrong; then nothing is written.
        """
        file = checked(raw, watch)
        try:
            with transaction():
                self._inventory.lock(_LONGEST)
                plan = Plan(self._inventory.stock(*named_ids(file)), file, replace=replace)
                problems = file.problems + plan.problems
                if problems:
                    raise InventoryRefused(problems)
                changes = difference(plan.before, plan.after)
                if not dry_run:
                    self._write(changes)
                return changes
        except IntegrityError:  # billing named the same thing at the same moment
            busy = "Данные изменились во время импорта, ничего не записано. Повторите."
            raise InventoryRefused([Problem(0, busy)]) from None

    def stock(self) -> Stock:
        """All that the database holds, of the inventory and of billing."""
        with transaction():
            return self._inventory.stock()

    def _write(self, changes: Difference) -> None:
        houses = {one.key: one.after["address"] for one in changes.of("houses") if one.after}
        self._contracts.ensure_houses(houses)
        self._contracts.ensure_flats(
            [
                {"id": one.key, "house_id": one.after["house"], "number": one.after["number"]}
                for one in changes.of("flats")
                if one.after
            ]
        )
        self._inventory.write_doors(changes.of("doors"))
        self._inventory.write_media_servers(changes.of("media_servers"))
        self._inventory.write_cameras(changes.of("cameras"))
        self._inventory.drop_media_servers(changes.of("media_servers"))
