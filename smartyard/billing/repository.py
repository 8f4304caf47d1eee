"""Rows of contracts as they are read, and how money moves. The changes of contracts: `book`."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.billing.models import LocalContract, LocalMovement, LocalPhone, LocalService
from smartyard.contracts.models import Flat, House
from smartyard.db import db
from smartyard.phones import Phone


class Held(NamedTuple):
    """A contract of a phone, with its flat."""

    contract: LocalContract
    flat: Flat
    house: House
    is_owner: bool


class LocalRepository:
    def held_by(self, phone: Phone) -> Sequence[Held]:
        """Of one phone, by address."""
        rows = db.session.execute(
            select(LocalContract, Flat, House, LocalPhone.is_owner)
            .join(LocalPhone, LocalPhone.contract_id == LocalContract.id)
            .join(Flat, Flat.id == LocalContract.flat_id)
            .join(House, House.id == LocalContract.house_id)
            .where(LocalPhone.phone == phone)
            .order_by(House.address, House.id, Flat.number, LocalContract.id),
            execution_options={"populate_existing": True},
        )
        return [Held(*row) for row in rows]

    def services_of(self, contract_ids: Collection[str]) -> dict[str, dict[str, date | None]]:
        """What is connected, each with its last paid day."""
        found: dict[str, dict[str, date | None]] = {one: {} for one in contract_ids}
        rows = db.session.execute(
            select(LocalService.contract_id, LocalService.service, LocalService.paid_until)
            .where(LocalService.contract_id.in_(contract_ids))
            .order_by(LocalService.contract_id, LocalService.service)
        )
        for contract_id, service, paid_until in rows:
            found[contract_id][service] = paid_until
        return found

    def phones_of(self, contract_ids: Collection[str]) -> dict[str, dict[Phone, bool]]:
        """Who holds each, and whether as an owner."""
        found: dict[str, dict[Phone, bool]] = {one: {} for one in contract_ids}
        rows = db.session.execute(
            select(LocalPhone.contract_id, LocalPhone.phone, LocalPhone.is_owner)
            .where(LocalPhone.contract_id.in_(contract_ids))
            .order_by(LocalPhone.contract_id, LocalPhone.phone)
        )
        for contract_id, phone, is_owner in rows:
            found[contract_id][Phone(phone)] = is_owner
        return found

    def find(self, name: str) -> LocalContract | None:
        """By its id, or by the number that people know where just one has it."""
        exact = db.session.get(LocalContract, name, populate_existing=True)
        if exact is not None:
            return exact
        named = db.session.scalars(select(LocalContract).where(LocalContract.name == name).limit(2))
        found = named.all()
        return found[0] if len(found) == 1 else None

    def lock(self, contract_id: str) -> bool:
        """Until the transaction ends nobody else moves its balance. False for an unknown one."""
        found = select(LocalContract.id).where(LocalContract.id == contract_id)
        return db.session.scalar(found.with_for_update(key_share=True)) is not None

    def add_phone(self, contract_id: str, phone: Phone) -> bool:
        """As an owner. False where it is there already."""
        row = {"contract_id": contract_id, "phone": phone, "is_owner": True}
        new = insert(LocalPhone).values(row).on_conflict_do_nothing().returning(LocalPhone.phone)
        return db.session.scalar(new) is not None

    def move(  # pylint: disable=too-many-arguments
        self,
        contract_id: str,
        kopecks: int,
        words: str,
        at: datetime,
        *,
        order: str | None = None,
        refunded_total: int | None = None,
    ) -> bool:
        """The movement and the balance with it. False where this order has moved it already."""
        row = {
            "contract_id": contract_id,
            "kopecks": kopecks,
            "words": words,
            "at": at,
            "order_number": order,
            "refunded_total_kopecks": refunded_total,
        }
        new = insert(LocalMovement).values(row).on_conflict_do_nothing()
        if db.session.scalar(new.returning(LocalMovement.id)) is None:
            return False
        balance = LocalContract.balance_kopecks + kopecks
        db.session.execute(
            update(LocalContract)
            .where(LocalContract.id == contract_id)
            .values(balance_kopecks=balance)
        )
        return True

    def of_order(self, order: str, refunded_total: int = 0) -> LocalMovement | None:
        """The credit of an order, or what one of its refunds moved."""
        return db.session.scalar(
            select(LocalMovement).where(
                LocalMovement.order_number == order,
                LocalMovement.refunded_total_kopecks == refunded_total,
            )
        )

    def left_of_order(self, order: str) -> int:
        """The credit less all that went back of it."""
        moved = select(func.sum(LocalMovement.kopecks)).where(LocalMovement.order_number == order)
        return int(db.session.scalar(moved) or 0)

    def movements(
        self, contract_id: str, since: datetime, before: datetime
    ) -> Sequence[LocalMovement]:
        """The newest first."""
        return db.session.scalars(
            select(LocalMovement)
            .where(
                LocalMovement.contract_id == contract_id,
                LocalMovement.at >= since,
                LocalMovement.at < before,
            )
            .order_by(LocalMovement.at.desc(), LocalMovement.id.desc())
        ).all()

    def movement(self, contract_id: str, movement_id: int) -> LocalMovement | None:
        """One of this contract."""
        return db.session.scalar(
            select(LocalMovement).where(
                LocalMovement.id == movement_id, LocalMovement.contract_id == contract_id
            )
        )
