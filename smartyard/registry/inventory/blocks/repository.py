"""Rows of what is blocked in flats."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from smartyard.contracts.models import Flat, FlatBlock
from smartyard.db import db

OPERATOR = "operator"


class BlockRepository:
    def knows_flat(self, flat_id: int) -> bool:
        return db.session.get(Flat, flat_id) is not None

    def put(self, flat_id: int, service: str, cause: str, now: datetime) -> bool:
        """False where it is so already."""
        statement = insert(FlatBlock).values(
            flat_id=flat_id, service=service, source=OPERATOR, cause=cause, created_at=now
        )
        done = db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["flat_id", "service", "source"],
                set_={"cause": cause},
                where=FlatBlock.cause != cause,
            ).returning(FlatBlock.flat_id)
        )
        return done.one_or_none() is not None

    def take(self, flat_id: int, service: str) -> bool:
        """False where there was nothing to take away."""
        done = db.session.execute(
            delete(FlatBlock)
            .where(
                FlatBlock.flat_id == flat_id,
                FlatBlock.service == service,
                FlatBlock.source == OPERATOR,
            )
            .returning(FlatBlock.flat_id)
        )
        return done.one_or_none() is not None

    def all(self, house_id: int | None) -> Sequence[tuple[FlatBlock, Flat]]:
        """Those of one house, or of all, by flat."""
        query = (
            select(FlatBlock, Flat)
            .join(Flat, Flat.id == FlatBlock.flat_id)
            .order_by(FlatBlock.flat_id, FlatBlock.service, FlatBlock.source)
        )
        if house_id is not None:
            query = query.where(Flat.house_id == house_id)
        return db.session.execute(query).all()
