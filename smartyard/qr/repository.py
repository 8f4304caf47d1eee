"""Rows of QR codes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from smartyard.contracts.models import Flat
from smartyard.db import db
from smartyard.qr.models import FlatQr


class QrRepository:
    def find(self, code_hash: bytes) -> FlatQr | None:
        return db.session.scalar(select(FlatQr).where(FlatQr.code_hash == code_hash))

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
            },
        )
        rows = [
            {"flat_id": flat, "code_hash": code, "created_at": now}
            for flat, code in sorted(hashes.items())
        ]
        db.session.execute(statement, rows)
