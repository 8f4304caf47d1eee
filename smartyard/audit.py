"""Who changed what: a row for every change that an operator, a provider or a resident makes to who
may do what. It holds no secrets: of a password that changed it says that it did."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Identity, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from smartyard.db import Base, db


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
        self.note_all(actor, action, {subject: detail or {}})

    def note_all(self, actor: str, action: str, details: Mapping[str, Mapping[str, Any]]) -> None:
        """The same change of many subjects, by one statement."""
        if details:
            told = {"at": self._clock(), "actor": actor, "action": action}
            rows = [told | {"subject": name, "detail": dict(one)} for name, one in details.items()]
            db.session.execute(insert(AuditEntry), rows)
