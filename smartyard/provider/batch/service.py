"""Batches of a provider's program: contracts of our own billing, and rights to devices."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smartyard.billing.book.rows import OwnId
from smartyard.billing.book.service import ContractBook, RawContract
from smartyard.registry.inventory.devices.rights import RightService, Wanted
from smartyard.shapes import MAX_ID, Id
from smartyard.sheets import RowResult, reason

__all__ = ["BatchService", "RowResult"]

_MOST_DEVICES = 500


class RightsRow(BaseModel):
    """`devices` are all that the contract has from now on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: OwnId
    devices: Annotated[list[Id], Field(max_length=_MOST_DEVICES)]


class BatchService:
    """Each row has its result; a batch that takes from too many is refused as a whole."""

    def __init__(self, book: ContractBook, rights: RightService) -> None:
        self._book = book
        self._rights = rights

    def contracts(
        self, rows: Sequence[Any], *, dry_run: bool, allow_loss: bool, actor: str
    ) -> Sequence[RowResult]:
        """Raises NotOurs where the provider's billing is the master, and TooManyLosses."""
        raw = [RawContract(line, row) for line, row in enumerate(rows, start=1)]
        return self._book.bring(raw, actor=actor, dry_run=dry_run, allow_loss=allow_loss)

    def rights(
        self, rows: Sequence[Any], *, dry_run: bool, allow_loss: bool, actor: str
    ) -> Sequence[RowResult]:
        """Of contracts that nobody named yet, too. Raises TooManyLosses."""
        refused: dict[int, RowResult] = {}
        wanted: dict[str, Wanted] = {}
        for line, told in enumerate(rows, start=1):
            row = _read(line, told, refused)
            if row is None:
                continue
            if row.id in wanted:
                words = f"договор {row.id} уже есть в строке {wanted[row.id].line}"
                refused[line] = RowResult(line, row.id, "refused", words)
                continue
            wanted[row.id] = Wanted(line, row.id, frozenset(row.devices))
        done = self._rights.replace(
            list(wanted.values()), actor=actor, dry_run=dry_run, allow_loss=allow_loss
        )
        return sorted([*refused.values(), *done], key=lambda one: one.line)


def _read(line: int, told: Any, refused: dict[int, RowResult]) -> RightsRow | None:
    if not isinstance(told, dict):
        refused[line] = RowResult(line, "", "refused", "нужен объект")
        return None
    try:
        return RightsRow.model_validate(told)
    except ValidationError as wrong:
        words = dict.fromkeys(
            reason(error, {"devices": MAX_ID}) for error in wrong.errors(include_url=False)
        )
        name = str(told.get("id", ""))[:100]
        refused[line] = RowResult(line, name, "refused", "; ".join(words))
        return None
