"""The one row that says what this database is: a provider's, or a demonstration that may be
filled with the demo world. `make run` refuses any other database."""

from datetime import UTC, datetime

from sqlalchemy import CheckConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base, transaction


class Installation(Base):
    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    demo: Mapped[bool]
    created_at: Mapped[datetime]


def mark_demo() -> None:
    """Mark an empty database as a demonstration; a mark that is there stays."""
    with transaction() as session:
        session.execute(
            insert(Installation)
            .values(id=1, demo=True, created_at=datetime.now(UTC))
            .on_conflict_do_nothing()
        )


def is_demo() -> bool:
    """Whether this database was marked so."""
    with transaction() as session:
        return bool(session.scalar(select(Installation.demo)))
