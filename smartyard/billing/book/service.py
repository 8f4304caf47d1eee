"""The book of contracts: many or one changed at a time, each change with a row of the audit.

One batch at a time changes it, so that a repeat finds nothing to do, from whichever process. What
changes is told to the copies of `contracts`, as the HTTP billing's would be found out: who holds a
contract is looked at anew when next read, who watches within a minute (REFRESH_SCHEDULE).
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from smartyard.audit import Audit, Noted
from smartyard.billing.book.plan import Plan
from smartyard.billing.book.reading import RawContract
from smartyard.billing.book.repository import BookRepository
from smartyard.billing.book.rows import Kept
from smartyard.billing.money import OnPeople, password_mac
from smartyard.billing.repository import LocalRepository
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.errors import NotFound
from smartyard.losses import Losses
from smartyard.secret import Keys
from smartyard.sheets import FileRefused, Problem, RowResult, refuse

__all__ = ["ContractBook", "NotOurs", "RawContract", "ShownContract"]

LOSS = "contract"
_OF_A_FILE, _OF_A_BATCH = 120, 15  # seconds for another to end, and for one statement
Watch = Callable[[Sequence[RawContract]], Iterable[RawContract]]
"""Passes rows through, showing how far it is."""


class NotOurs(NotFound):
    message = "Договоры ведёт ваш биллинг (BILLING=http): меняйте их в нём, а не здесь."


@dataclass(frozen=True)
class ShownContract:
    """For the operator. `movements` are the newest of a year: when, kopecks, what for."""

    id: str
    kept: Kept
    balance_kopecks: int
    unpaid: tuple[str, ...]
    movements: tuple[tuple[datetime, int, str], ...]


@dataclass(frozen=True)
class Parts:
    """What the book works with. `is_master`: BILLING=local. `on_people` hears whose contracts are
    others now, `on_flats` of which flats."""

    book: BookRepository
    rows: LocalRepository
    contracts: ContractService
    losses: Losses
    audit: Audit
    keys: Keys
    clock: Callable[[], datetime]
    zone: tzinfo
    is_master: bool
    on_people: OnPeople
    on_flats: Callable[[Collection[int]], None]


class ContractBook:
    """Every method raises NotOurs where the provider's billing is the master."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def bring(  # pylint: disable=too-many-arguments
        self,
        raw: Sequence[RawContract],
        watch: Watch = iter,
        *,
        actor: str,
        dry_run: bool = False,
        allow_loss: bool = False,
        whole: bool = False,
        new_only: bool = False,
    ) -> list[RowResult]:
        """What became of each row, by the order of the rows; with `dry_run` what would.

        A row that is wrong is refused alone, or with `whole` all of them are (FileRefused).
        `new_only`: a contract that is there is wrong. Raises TooManyLosses unless `allow_loss`.
        """
        self._expect_master()
        plan = self._plan(new_only)
        for one in watch(raw):
            plan.read(one)
        with transaction():
            self._parts.losses.begin(LOSS, _OF_A_FILE if whole else _OF_A_BATCH)
            plan.look(self._parts.book)
            if whole and plan.refused:
                raise FileRefused([Problem(one.line, one.reason) for one in plan.refused])
            if plan.losing and not allow_loss:
                self._parts.losses.look(LOSS, plan.losing, self._parts.book.ids(), actor=actor)
            if not dry_run:
                self._write(plan, actor, allow_loss)
        if not dry_run:
            # Once more: who was looked at just before the commit was looked at too early.
            with transaction():
                self._parts.on_people(plan.people())
        return plan.results()

    def set_blocked(self, contract_id: str, blocked: bool, *, actor: str) -> bool:
        """Of one contract, whatever else is lost; it may be named as for `show`. False where it is
        so already. Raises FileRefused for an unknown one."""
        told = {"id": self.show(contract_id).id, "blocked": "t" if blocked else "f"}
        raw = [RawContract(0, told)]
        (done,) = self.bring(raw, actor=actor, allow_loss=True, whole=True)
        return done.result == "changed"

    def move(self, contract_id: str, kopecks: int, words: str, *, actor: str) -> int:
        """Add to a balance, or take from it, for a cause that its people read. Returns the new
        balance, kopecks. Raises FileRefused."""
        self._expect_master()
        words = words.strip()
        if not kopecks or not words or len(words) > 200 or not words.isprintable():
            refuse("Нужны сумма, не ноль, и за что она: до 200 знаков.")
        with transaction():
            if not self._parts.rows.lock(contract_id):
                refuse(f"Договора {contract_id} нет.")
            self._parts.rows.move(contract_id, kopecks, words, self._parts.clock())
            told = {"kopecks": kopecks, "words": words}
            self._parts.audit.note(actor, "balance moved", f"contract:{contract_id}", told)
            self._parts.on_people(list(self._parts.rows.phones_of([contract_id])[contract_id]))
            found = self._parts.rows.find(contract_id)
            return found.balance_kopecks if found else 0

    def show(self, contract_id: str) -> ShownContract:
        """By its id, or by the number that people know where just one has it. Raises FileRefused
        for an unknown one."""
        self._expect_master()
        now = self._parts.clock()
        today = now.astimezone(self._parts.zone).date()
        with transaction():
            row = self._parts.rows.find(contract_id)
            kept = self._parts.book.kept([row.id]).get(row.id) if row else None
            if row is None or kept is None:
                refuse(f"Договора {contract_id} нет.")
            year = now.replace(year=now.year - 1, day=1)
            moved = self._parts.rows.movements(row.id, year, now.replace(year=now.year + 1, day=1))
            return ShownContract(
                row.id,
                kept,
                row.balance_kopecks,
                tuple(sorted(set(kept.services) - kept.paid(today))),
                tuple((one.at, one.kopecks, one.words) for one in moved[:20]),
            )

    def _plan(self, new_only: bool) -> Plan:
        now, zone = self._parts.clock(), self._parts.zone
        end = now + self._parts.losses.window
        return Plan(
            partial(password_mac, self._parts.keys),
            (now.astimezone(zone).date(), end.astimezone(zone).date()),
            new_only,
        )

    def _expect_master(self) -> None:
        if not self._parts.is_master:
            raise NotOurs(cause="BILLING=http")

    def _write(self, plan: Plan, actor: str, allow_loss: bool) -> None:
        parts, changes = self._parts, plan.changes
        parts.contracts.ensure_houses(plan.houses)
        parts.contracts.ensure_entrances(plan.entrances)
        for rows in plan.flat_rows():
            parts.contracts.ensure_flats(rows)
        parts.contracts.ensure_contracts({one: after.name for one, (_, after) in changes.items()})
        parts.book.write(changes)
        parts.book.open(plan.balances, "Начальный остаток", parts.clock())
        # What a person allowed is true, and counts against no batch that comes after it.
        parts.losses.note(LOSS, () if allow_loss else plan.losing, plan.whole)
        notes = [_note(one, *change) for one, change in changes.items()]
        if allow_loss and plan.losing:
            notes.append(("loss allowed", "contracts", {"losing": len(plan.losing)}))
        parts.audit.note_changes(actor, notes)
        parts.on_flats(plan.flats())
        parts.on_people(plan.people())


def _note(contract_id: str, before: Kept | None, after: Kept) -> Noted:
    """What differs; of a password that it does."""
    now = after.told()
    was = before.told() if before else {}
    detail: dict[str, Any] = {
        name: {"before": was.get(name), "after": value}
        for name, value in now.items()
        if was.get(name) != value
    }
    if (before.password_mac if before else None) != after.password_mac:
        detail["password"] = "changed"
    return ("changed" if before else "added", f"contract:{contract_id}", detail)
