"""Keys that panels are to be told of.

A row says that a panel is to be told of a code. Whether the code opens there is looked at when it
is told, so that the newest word wins and telling it twice is the same.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, func, select, update

from smartyard.contracts.models import Flat
from smartyard.db import db, upsert
from smartyard.intercom.models import TAKES_CODES
from smartyard.intercom.pushing.content import as_number
from smartyard.intercom.pushing.models import PanelKey
from smartyard.intercom.pushing.repository import PushRepository
from smartyard.registry.models import Door, Key, Panel, door_counts, door_is_for_flat


@dataclass(frozen=True)
class KeyStep:
    """One key to tell a panel of: it opens there, for the flat of this number, or does not."""

    code: str = field(repr=False)
    change: UUID
    opens: bool
    flat_number: int


class PanelKeyRepository:
    """Every method is for the caller's transaction."""

    def __init__(self, pushes: PushRepository, clock: Callable[[], datetime]) -> None:
        self._pushes = pushes
        self._clock = clock

    def changed(self, keys: Collection[tuple[str, int]]) -> None:
        """These codes became, or are no more, keys of these flats: their panels are told, when the
        worker looks next."""
        if not keys:
            return
        panels: dict[int, list[int]] = {}
        for panel, flat in db.session.execute(
            _doors().where(Flat.id.in_({one for _, one in keys}))
        ):
            panels.setdefault(flat, []).append(panel)
        self._put({(panel, code) for code, flat in keys for panel in panels.get(flat, ())})

    def all_of(self, panel_id: int) -> None:
        """The panel is to be told of every key of its flats."""
        codes = _doors().with_only_columns(Key.code).join(Key, Key.flat_id == Flat.id)
        found = db.session.scalars(codes.where(Door.domophone_id == panel_id))
        self._put({(panel_id, code) for code in found})

    def due(self, panel_id: int) -> list[KeyStep]:
        """What the panel is yet to be told."""
        rows = db.session.scalars(
            select(PanelKey)
            .where(PanelKey.panel_id == panel_id)
            .order_by(PanelKey.code)
            .execution_options(populate_existing=True)
        ).all()
        mine = _doors().with_only_columns(Key.code, Flat.number).join(Key, Key.flat_id == Flat.id)
        mine = mine.where(Door.domophone_id == panel_id, Key.code.in_([row.code for row in rows]))
        opens = dict(sorted(db.session.execute(mine).all()))
        return [
            KeyStep(
                row.code, row.change, row.code in opens, as_number(opens.get(row.code, "")) or 0
            )
            for row in rows
        ]

    def count(self, panel_id: int) -> int:
        """Of how many keys the panel is yet to be told."""
        rows = select(func.count()).select_from(PanelKey).where(PanelKey.panel_id == panel_id)
        return db.session.scalar(rows) or 0

    def took(self, panel_id: int, step: KeyStep) -> None:
        """The panel knows; unless it changed meanwhile, that is all."""
        mine = (PanelKey.panel_id == panel_id, PanelKey.code == step.code)
        db.session.execute(delete(PanelKey).where(*mine, PanelKey.change == step.change))

    def refused(self, panel_id: int, step: KeyStep, error: str) -> None:
        mine = (PanelKey.panel_id == panel_id, PanelKey.code == step.code)
        db.session.execute(update(PanelKey).where(*mine).values(error=error[:200]))

    def doubt(self, panel_id: int, step: KeyStep) -> None:
        """Somebody else told it too, and nobody knows who was the last."""
        self._put({(panel_id, step.code)})

    def _put(self, keys: Collection[tuple[int, str]]) -> None:
        change = str(uuid4())
        rows = [{"panel_id": panel, "code": code, "change": change} for panel, code in keys]
        upsert(PanelKey, rows, ["panel_id", "code"])
        self._pushes.want({panel for panel, _ in keys}, self._clock())


def _doors() -> Select[int, int]:
    """The panels that take keys, and the flats that their doors are for."""
    return (
        select(Door.domophone_id, Flat.id)
        .select_from(Flat)
        .join(Door, door_is_for_flat())
        .join(Panel, Panel.id == Door.domophone_id)
        .where(door_counts(), Panel.model.in_(TAKES_CODES))
        .distinct()
    )
