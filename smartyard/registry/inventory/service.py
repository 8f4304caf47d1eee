"""The operator's inventory changed: by a file, or one thing at a time; all of it or nothing.

What is taken away from people ends at the media server's next check: rights are looked at anew
each time, and a video token is only for those cameras that its owner may see at that moment.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import IntegrityError

from smartyard.audit import Audit
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.registry.inventory import listing
from smartyard.registry.inventory.checking import Watch, checked
from smartyard.registry.inventory.devices.spread import follow
from smartyard.registry.inventory.difference import Change, Difference, Stock, difference
from smartyard.registry.inventory.problems import InventoryRefused, Problem
from smartyard.registry.inventory.reading import RawInventory, RawRow
from smartyard.registry.inventory.repository import InventoryRepository
from smartyard.registry.inventory.rows import KINDS, written
from smartyard.registry.inventory.rules.draft import Named, Removals, named, only
from smartyard.registry.inventory.rules.plan import plan
from smartyard.registry.inventory.sealing import Boxes, opened, shut
from smartyard.registry.inventory.stock.repository import StockRepository

_LONGEST = 120  # seconds for another import to end, and for one statement


def unwatched(rows: Sequence[RawRow]) -> Iterable[RawRow]:
    """For who has nobody to show how far it is."""
    return rows


class InventoryService:
    """Changes the inventory and lists it. `actor` is who the audit says it was."""

    def __init__(
        self,
        inventory: InventoryRepository,
        stock: StockRepository,
        contracts: ContractService,
        *,
        sealed: Boxes,
        audit: Audit,
        on_keys: Callable[[Collection[tuple[str, int]]], None],
    ) -> None:
        """`on_keys` hears, in the transaction, which codes became or are no more keys of which
        flats."""
        self._inventory = inventory
        self._stock = stock
        self._contracts = contracts
        self._sealed = sealed
        self._audit = audit
        self._on_keys = on_keys

    def bring(
        self,
        raw: RawInventory,
        watch: Watch = unwatched,
        *,
        actor: str,
        replace: bool = False,
        dry_run: bool = False,
    ) -> Difference:
        """Make the database hold what a file says, and return what that changed; with `dry_run`
        only what it would change. `replace`: what the file does not name of its kinds goes.

        Raises InventoryRefused with all that is wrong; then nothing is written.
        """
        return self._apply(raw, {}, watch, actor=actor, replace=replace, dry_run=dry_run)

    def add(self, kind: str, values: Mapping[str, Any], *, actor: str) -> Difference:
        """One new thing, by the fields of a row. Raises InventoryRefused, also when it is there."""
        raw = RawInventory({kind}, [RawRow(kind, 0, dict(values))])
        with self._alone():
            for _, row in checked(raw, unwatched).rows[kind]:
                if listing.owns(self._read(only(kind, [row.key])), kind, row.key):
                    raise InventoryRefused([Problem(0, f"{row.title} уже есть")])
            return self.bring(raw, actor=actor)

    def change(self, kind: str, key: Any, values: Mapping[str, Any], *, actor: str) -> Difference:
        """These fields of one thing; the others stay. Raises InventoryRefused, also when there is
        no such thing, or only billing lists it."""
        with self._alone():
            stock = self._read(only(kind, [key]))
            known = listing.portable(stock, kind, key=key)
            if not known:
                raise InventoryRefused([_absent(kind, key)])
            raw = RawInventory({kind}, [RawRow(kind, 0, {**known[0], **values})])
            if any(row.key != key for _, row in checked(raw, unwatched).rows[kind]):
                raise InventoryRefused([Problem(0, f"{KINDS[kind].noun}: имени не изменить")])
            return self.bring(raw, actor=actor)

    def remove(
        self, kind: str, keys: Collection[Any], *, actor: str, dry_run: bool = False
    ) -> Difference:
        """Take things away by what names them. Raises InventoryRefused, also when one is not there
        or something else needs it. Houses and flats stay for ever."""
        if kind in ("houses", "flats"):
            raise InventoryRefused([Problem(0, "Дома и квартиры не удаляются.")])
        with self._alone():
            stock = self._read(only(kind, keys))
            absent = [_absent(kind, key) for key in keys if not listing.owns(stock, kind, key)]
            if absent:
                raise InventoryRefused(absent)
            return self._apply(RawInventory(), {kind: set(keys)}, actor=actor, dry_run=dry_run)

    def stock(self) -> Stock:
        """All that the database holds, of the inventory and of billing."""
        with transaction():
            return self._read(Named())

    def _read(self, names: Named) -> Stock:
        return opened(self._stock.read(names), self._sealed)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """A transaction in which nobody else changes the inventory."""
        try:
            with transaction():
                self._inventory.lock(_LONGEST)
                yield
        except IntegrityError:  # billing named the same thing at the same moment
            busy = "Данные изменились во время импорта, ничего не записано. Повторите."
            raise InventoryRefused([Problem(0, busy)]) from None

    def _apply(
        self,
        raw: RawInventory,
        removed: Removals,
        watch: Watch = unwatched,
        *,
        actor: str,
        replace: bool = False,
        dry_run: bool = False,
    ) -> Difference:
        file = checked(raw, watch)
        with self._alone():
            names = named(file, removed, replace=replace)
            draft = plan(self._read(names), file, removed, replace=replace)
            problems = file.problems + draft.problems
            if problems:
                raise InventoryRefused(problems)
            changes = difference(draft.before, draft.after)
            if not dry_run:
                self._write(changes)
                self._audit.note_changes(actor, [change.told() for change in changes.changes])
            return changes

    def _write(self, changes: Difference) -> None:
        """Each kind after those that it names, and what is removed after what names it."""
        self._write_homes(changes)
        self._inventory.write_keys(changes.of("keys"))
        servers = changes.of("media_servers")
        self._inventory.write_media_servers(servers, shut(servers, self._sealed["media_servers"]))
        self._inventory.write_cameras(changes.of("cameras"))
        panels = changes.of("panels")
        self._inventory.write_panels(panels, shut(panels, self._sealed["panels"]))
        self._inventory.write_doors(changes.of("doors"))
        self._inventory.drop_panels(panels)
        self._inventory.drop_media_servers(servers)
        follow(changes.flats())
        keys = (one for one in changes.of("keys") if one.before is None or one.after is None)
        self._on_keys([one.key for one in keys])

    def _write_homes(self, changes: Difference) -> None:
        houses = {one.key: one.after["address"] for one in changes.of("houses") if one.after}
        self._contracts.ensure_houses(houses)
        flats = [(one.key, one.after) for one in changes.of("flats") if one.after]
        doors = [(one.key[0], one.after) for one in changes.of("doors") if one.after]
        named_in = [(flat["house"], flat) for _, flat in flats] + doors
        self._contracts.ensure_entrances(
            (house, thing["entrance"]) for house, thing in named_in if thing["entrance"] is not None
        )
        self._contracts.ensure_flats(
            [
                {
                    "id": flat_id,
                    "house_id": flat["house"],
                    "number": flat["number"],
                    "entrance": flat["entrance"],
                }
                for flat_id, flat in flats
            ]
        )
        contracts: list[Change] = changes.of("contracts")
        self._contracts.ensure_contracts(
            {one.key: one.after["name"] for one in contracts if one.after}
        )
        self._inventory.write_contract_flats(contracts)


def _absent(kind: str, key: Any) -> Problem:
    return Problem(0, f"В реестре нет такого: {KINDS[kind].noun} {written(key)}")
