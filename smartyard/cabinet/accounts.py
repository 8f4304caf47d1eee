"""The accounts of a phone: asked of billing, kept for when it is silent."""

import time
from collections.abc import Sequence
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from smartyard.cabinet.models import AccountCopy
from smartyard.contracts.copies import Copies, CopyForgotten, storing
from smartyard.db import db, transaction
from smartyard.errors import TokenRefused
from smartyard.gateways.billing_money import AccountAddress
from smartyard.gateways.billing_promise import Accounting
from smartyard.phones import Phone

_ADDRESSES = TypeAdapter(tuple[AccountAddress, ...])


def subject_of(phone: Phone) -> str:
    """Under what the age of the copy is kept."""
    return f"accounts:{phone}"


class Accounts:
    """One call of billing for a phone, however many requests want it (see `contracts.copies`)."""

    def __init__(self, copies: Copies, billing: Accounting, seconds: float) -> None:
        """`seconds` to wait for billing at most."""
        self._copies = copies
        self._billing = billing
        self._seconds = seconds

    def of(
        self, phone: Phone, *, fresh: bool = False, deadline: float | None = None
    ) -> Sequence[AccountAddress]:
        """The addresses with their contracts. `deadline` where the same request asks billing for
        more. Raises DependencyUnavailable when there is no copy and billing gives none in time,
        TokenRefused when the person left meanwhile: their copy goes with them."""
        until = time.monotonic() + self._seconds if deadline is None else deadline

        def fetch(claim: UUID) -> bool:
            return self._store(phone, claim, self._billing.accounts(phone, until))

        try:
            self._copies.refresh(subject_of(phone), fetch, fresh=fresh, deadline=until)
        except CopyForgotten as gone:
            raise TokenRefused(cause=gone.cause) from None
        with transaction() as session:
            kept = session.get(AccountCopy, phone, populate_existing=True)
            return () if kept is None else _ADDRESSES.validate_python(kept.addresses)

    def expire(self, phone: Phone) -> None:
        """In the caller's transaction: the balance is not what it was."""
        self._copies.expire([subject_of(phone)])

    def forget(self, phone: Phone) -> None:
        """In the caller's transaction: the person left. In the order of `_store`."""
        self._copies.forget([subject_of(phone)])
        db.session.execute(delete(AccountCopy).where(AccountCopy.phone == phone))

    def _store(self, phone: Phone, claim: UUID, told: tuple[AccountAddress, ...]) -> bool:
        rows = _ADDRESSES.dump_python(told, mode="json", by_alias=True)
        with storing() as session:
            if not self._copies.keep(claim, [subject_of(phone)]):
                return False
            session.execute(
                insert(AccountCopy)
                .values(phone=phone, addresses=rows)
                .on_conflict_do_update(index_elements=["phone"], set_={"addresses": rows})
            )
        return True
