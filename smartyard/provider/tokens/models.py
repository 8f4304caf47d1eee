"""The table of keys."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, Identity, Text
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base


class ProviderToken(Base):
    """A key of one program. `token_hash` is the SHA-256 of 256 random bits: it needs no salt. A
    name is never used again, since the audit tells by it who did what; a revoked row stays."""

    __tablename__ = "provider_tokens"
    __table_args__ = (
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]{0,49}$'", name="name"),
        CheckConstraint("cardinality(scopes) > 0", name="scopes"),
        CheckConstraint("cardinality(networks) > 0", name="networks"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    networks: Mapped[list[str]] = mapped_column(ARRAY(Text))  # CIDR, whence it may come
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
