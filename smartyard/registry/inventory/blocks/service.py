"""Blocking a service of a flat: its people then read the cause in place of what they asked for.

What money blocks (`source` debt) is not the operator's, and is neither made nor taken away here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from smartyard.audit import Audit
from smartyard.db import transaction
from smartyard.registry.inventory.blocks.repository import BlockRepository
from smartyard.registry.inventory.problems import InventoryRefused, Problem

SERVICES = ("doors", "cctv", "log", "calls", "all")
_LONGEST_CAUSE = 300  # characters; people read it on a phone


@dataclass(frozen=True)
class Blocked:
    """One block as an operator sees it."""

    flat_id: int
    house_id: int
    service: str
    source: str
    cause: str
    created_at: datetime


class BlockService:
    """Blocks of the operator. `actor` is who the audit says it was."""

    def __init__(
        self, blocks: BlockRepository, audit: Audit, clock: Callable[[], datetime]
    ) -> None:
        self._blocks = blocks
        self._audit = audit
        self._clock = clock

    def block(self, flat_id: int, service: str, cause: str, *, actor: str) -> bool:
        """Block one of SERVICES with a cause, or change its cause. False where it is so already.
        Raises InventoryRefused."""
        words = " ".join(cause.split())
        if not words or len(words) > _LONGEST_CAUSE or not words.isprintable():
            told = f"Причина — от 1 до {_LONGEST_CAUSE} знаков: её прочтут жильцы."
            raise InventoryRefused([Problem(0, told)])
        with transaction():
            self._expect(flat_id)
            if not self._blocks.put(flat_id, service, words, self._clock()):
                return False
            detail = {"service": service, "cause": words}
            self._audit.note(actor, "blocked", f"flat:{flat_id}", detail)
            return True

    def unblock(self, flat_id: int, service: str, *, actor: str) -> bool:
        """Take the operator's block away. False where there is none. Raises InventoryRefused."""
        with transaction():
            self._expect(flat_id)
            if not self._blocks.take(flat_id, service):
                return False
            self._audit.note(actor, "unblocked", f"flat:{flat_id}", {"service": service})
            return True

    def blocks(self, house_id: int | None = None) -> Sequence[Blocked]:
        """What is blocked, in one house or in all, by flat."""
        with transaction():
            return [
                Blocked(
                    flat_id=block.flat_id,
                    house_id=flat.house_id,
                    service=block.service,
                    source=block.source,
                    cause=block.cause,
                    created_at=block.created_at,
                )
                for block, flat in self._blocks.all(house_id)
            ]

    def _expect(self, flat_id: int) -> None:
        if not self._blocks.knows_flat(flat_id):
            raise InventoryRefused([Problem(0, f"Квартира {flat_id} неизвестна.")])
