"""Rows of the operator's pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db
from smartyard.ext.own.models import Extension


@dataclass(frozen=True)
class Entry:
    """What a menu shows of a page; `size` in characters."""

    name: str
    caption: str
    icon: str
    position: int
    highlight: bool
    size: int
    changed_at: datetime


class ExtensionRepository:
    def entries(self) -> Sequence[Entry]:
        """All, in the order of the menu. The pages themselves are long, and stay where they are."""
        rows = db.session.execute(
            select(
                Extension.name,
                Extension.caption,
                Extension.icon,
                Extension.position,
                Extension.highlight,
                func.length(Extension.html),
                Extension.changed_at,
            ).order_by(Extension.position, Extension.name)
        )
        return [Entry(*row) for row in rows]

    def html(self, name: str) -> str | None:
        return db.session.scalar(select(Extension.html).where(Extension.name == name))

    def put(self, row: dict[str, Any]) -> None:
        """In place of one with the same name."""
        statement = insert(Extension).values(row)
        changed = {key: statement.excluded[key] for key in row if key != "name"}
        db.session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed))

    def drop(self, name: str) -> bool:
        """False where there was none."""
        gone = db.session.execute(
            delete(Extension).where(Extension.name == name).returning(Extension.name)
        )
        return gone.scalar_one_or_none() is not None
