"""What the provider's programs are told of (docs/webhooks.md): a transactional outbox.

Features say what happened; who is told of it, and how, is given to them by `wiring`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Protocol, get_args

Kind = Literal["door.opened", "session.started", "payment.credited", "ticket.created"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Outbox(Protocol):
    """Written inside the transaction of what it is about, so that both happen or neither."""

    def put(self, kind: Kind, key: str, at: datetime, data: Mapping[str, Any]) -> None:
        """Something happened at `at`. `key` is its name among its kind: put again, it is nothing
        new. `data` is plain JSON; what is None is left out. One statement at most, none while
        nobody wants to know, and nobody outside is spoken to."""
