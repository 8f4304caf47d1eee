"""Rows of keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db
from smartyard.provider.tokens.models import ProviderToken


class TokenRepository:
    def add(self, token: ProviderToken) -> bool:
        """False where the name was used before."""
        columns = ("name", "token_hash", "scopes", "networks", "created_at")
        values = {name: getattr(token, name) for name in columns}
        made = db.session.scalar(
            insert(ProviderToken)
            .values(values)
            .on_conflict_do_nothing(index_elements=["name"])
            .returning(ProviderToken.id)
        )
        return made is not None

    def find_live(self, token_hash: bytes) -> ProviderToken | None:
        """By its hash, unless it was revoked."""
        return db.session.scalar(
            select(ProviderToken).where(
                ProviderToken.token_hash == token_hash, ProviderToken.revoked_at.is_(None)
            )
        )

    def used(self, token_id: int, now: datetime) -> None:
        db.session.execute(
            update(ProviderToken).where(ProviderToken.id == token_id).values(last_used_at=now)
        )

    def all(self) -> Sequence[ProviderToken]:
        """Revoked ones too, by name."""
        return db.session.scalars(select(ProviderToken).order_by(ProviderToken.name)).all()

    def revoke(self, name: str, now: datetime) -> bool:
        """False where there is no live key of this name."""
        gone = db.session.scalar(
            update(ProviderToken)
            .where(ProviderToken.name == name, ProviderToken.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(ProviderToken.id)
        )
        return gone is not None
