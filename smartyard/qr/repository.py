"""Rows of QR codes."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.contracts.models import BILLING, Flat, FlatMember
from smartyard.db import db
from smartyard.qr.models import FlatQr


class QrRepository:
    def find(self, code_hash: bytes) -> FlatQr | None:
        return db.session.scalar(select(FlatQr).where(FlatQr.code_hash == code_hash))

    def is_of_others(self, card: FlatQr) -> bool:
        """Whether the household of the card has moved out: billing names nobody in the flat any
        more whom it named there then."""
        if card.household_at is None:
            return False
        stays = exists().where(
            FlatMember.flat_id == card.flat_id,
            FlatMember.source == BILLING,
            or_(FlatMember.named_at.is_(None), FlatMember.named_at <= card.household_at),
        )
        return not db.session.scalar(select(stays))

    def find_households(self, flat_ids: Collection[int], now: datetime) -> None:
        """In the transaction that follows billing's word: cards that are nobody's yet are of whom
        it names in these flats now, and not of whoever comes after them."""
        named = exists().where(FlatMember.flat_id == FlatQr.flat_id, FlatMember.source == BILLING)
        db.session.execute(
            update(FlatQr)
            .where(FlatQr.flat_id.in_(flat_ids), FlatQr.household_at.is_(None), named)
            .values(household_at=now)
            .execution_options(synchronize_session=False)
        )

    def flats(self, house_id: int | None, flat_id: int | None) -> Sequence[Flat]:
        """The flats that an operator names: one, or a house's."""
        query = select(Flat).order_by(Flat.house_id, Flat.id)
        if flat_id is not None:
            query = query.where(Flat.id == flat_id)
        if house_id is not None:
            query = query.where(Flat.house_id == house_id)
        return db.session.scalars(query).all()

    def keep(self, hashes: dict[int, bytes], now: datetime) -> None:
        """A new code of each flat; its old one ends."""
        if not hashes:
            return
        statement = insert(FlatQr)
        statement = statement.on_conflict_do_update(
            index_elements=["flat_id"],
            set_={
                "code_hash": statement.excluded.code_hash,
                "created_at": statement.excluded.created_at,
                "household_at": None,
            },
        )
        rows = [
            {"flat_id": flat, "code_hash": code, "created_at": now}
            for flat, code in sorted(hashes.items())
        ]
        db.session.execute(statement, rows)
        self.find_households(hashes, now)
