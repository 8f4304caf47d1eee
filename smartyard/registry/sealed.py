"""Secrets of things of the inventory as the database keeps them: sealed under SECRET_KEY, each
thing's for itself. Neither `repr` nor a log shows them."""

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from smartyard.secret import Keys

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Told = TypeVar("Told", bound="DataclassInstance")


class SealedRecords(Generic[Told]):
    """Of one kind of things; `nothing` is what one has that keeps no secret."""

    def __init__(self, keys: Keys, purpose: str, nothing: Told) -> None:
        self._keys = keys
        self._purpose = purpose
        self.nothing = nothing

    def shut(self, owner: int | str, told: Told) -> bytes | None:
        """None where there is nothing to keep."""
        if told == self.nothing:
            return None
        return self._keys.seal(self._purpose, self._whose(owner), json.dumps(asdict(told)))

    def open(self, owner: int | str, secret: bytes | None) -> Told:
        """Raises Unreadable."""
        if secret is None:
            return self.nothing
        known = json.loads(self._keys.unseal(self._purpose, self._whose(owner), secret))
        return replace(self.nothing, **known)

    def _whose(self, owner: int | str) -> str:
        return f"{self._purpose}:{owner}"
