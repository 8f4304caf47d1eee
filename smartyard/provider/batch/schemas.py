"""What a provider's program sends in a batch, and what became of each row.

Rows are read one by one by those whose they are: one that is wrong is refused alone, with a reason.
Source: docs/provider-api.md.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from smartyard.shapes import Shape

MOST_ROWS = 500

_Rows = Annotated[list[Any], Field(min_length=1, max_length=MOST_ROWS)]


class Batch(Shape):
    """`dry_run`: nothing is written. `allow_loss`: however many contracts lose by it."""

    dry_run: bool = False
    allow_loss: bool = False


class ContractsBatchRequest(Batch):
    """Contracts by the provider's own ids; a field that is left out stays."""

    contracts: _Rows


class RightsBatchRequest(Batch):
    """The devices of contracts: `id` and `devices`, all of them."""

    rights: _Rows


class RowAnswer(Shape):
    """`reason` of a refusal, in words for a person."""

    id: str
    result: Literal["added", "changed", "same", "refused"]
    reason: str | None = None


class BatchAnswer(Shape):
    """How many rows of each, and every row in the order of the request."""

    dry_run: bool
    added: int
    changed: int
    same: int
    refused: int
    rows: list[RowAnswer]
