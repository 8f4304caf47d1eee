"""Who changed what: a row for every change that an operator, a provider or a resident makes to who
may do what. It holds no secrets: of a password that changed it says that it did."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Identity, column, func, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base, db, transaction

Noted = tuple[str, str, Mapping[str, Any]]
"""Action, subject, detail."""


class AuditEntry(Base):
    """`actor`: `cli:root`, `token:billing`, `phone:79…`. `subject`: `panel:7`, `flat:10112`."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Audit:
    """Writes rows in the caller's transaction: the change and its row happen both or neither."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def note(
        self, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """One change. `detail` is plain JSON without secrets."""
        self.note_changes(actor, [(action, subject, detail or {})])

    def note_changes(self, actor: str, changes: Sequence[Noted]) -> None:
        """Many changes by one statement, each with its action, subject and detail."""
        if not changes:
            return
        names = ("action", "subject", "detail")
        told = (
            func.jsonb_to_recordset(
                literal([dict(zip(names, change, strict=True)) for change in changes], JSONB)
            )
            .table_valued(*(column(name, AuditEntry.__table__.c[name].type) for name in names))
            .render_derived(with_types=True)
        )
        rows = select(literal(self._clock()), literal(actor), *told.c)
        db.session.execute(insert(AuditEntry).from_select(["at", "actor", *names], rows))

    def entries(
        self, *, subject: str | None = None, since: datetime | None = None, most: int = 100
    ) -> Sequence[AuditEntry]:
        """The newest first; of one subject, or not older than `since`, where that is asked."""
        query = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        if subject is not None:
            query = query.where(AuditEntry.subject == subject)
        if since is not None:
            query = query.where(AuditEntry.at >= since)
        with transaction() as session:
            return session.scalars(query.limit(most)).all()
