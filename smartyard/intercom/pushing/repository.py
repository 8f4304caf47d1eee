"""Rows of what panels were told, and of what flats want of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.contracts.models import Flat, FlatBlock
from smartyard.db import db
from smartyard.intercom.models import TAKES_CODES, DoorCode, FlatSettings
from smartyard.intercom.pushing.content import Content, Held, Step
from smartyard.intercom.pushing.models import PanelFlat, PanelPush
from smartyard.registry.models import Panel


def _blocked(service: str) -> ColumnElement[bool]:
    return exists().where(
        FlatBlock.flat_id == FlatSettings.flat_id, FlatBlock.service.in_(["all", service])
    )


class PushRepository:
    """Who is to be told, and who is at it."""

    def want(self, panel_ids: Collection[int], now: datetime) -> None:
        """There is something to tell these panels, at once."""
        rows = [{"panel_id": panel, "due_at": now} for panel in sorted(panel_ids)]
        if not rows:
            return
        statement = insert(PanelPush).values(rows)
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["panel_id"],
                set_={"due_at": now, "changes": PanelPush.changes + 1, "tries": 0},
            )
        )

    def keep_due(self, panel_id: int, now: datetime) -> None:
        """There is something to tell; one that waits for its next turn goes on waiting."""
        statement = insert(PanelPush).values(panel_id=panel_id, due_at=now)
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["panel_id"],
                set_={"due_at": now, "changes": PanelPush.changes + 1},
                where=PanelPush.due_at.is_(None),
            )
        )

    def due(self, now: datetime) -> Sequence[int]:
        """The panels that are to be told now, and that nobody is telling."""
        free = or_(PanelPush.claim.is_(None), PanelPush.claimed_until <= now)
        return db.session.scalars(
            select(PanelPush.panel_id)
            .where(PanelPush.due_at <= now, free)
            .order_by(PanelPush.due_at)
        ).all()

    def claim(self, panel_id: int, claim: UUID, now: datetime, until: datetime) -> int | None:
        """Take the panel, unless somebody has it or nothing is due; gives its `changes`."""
        free = or_(PanelPush.claim.is_(None), PanelPush.claimed_until <= now)
        return db.session.scalar(
            update(PanelPush)
            .where(PanelPush.panel_id == panel_id, PanelPush.due_at <= now, free)
            .values(claim=claim, claimed_until=until)
            .returning(PanelPush.changes)
        )

    def hold(self, panel_id: int, claim: UUID, until: datetime) -> bool:
        """Hold it longer. False when it was taken for dead, and another has the panel now."""
        held = db.session.scalar(
            update(PanelPush)
            .where(PanelPush.panel_id == panel_id, PanelPush.claim == claim)
            .values(claimed_until=until)
            .returning(PanelPush.panel_id)
        )
        return held is not None

    def finish(self, panel_id: int, claim: UUID, changes: int) -> int | None:
        """All is told, and the panel is free; where more came meanwhile it stays taken, and the
        new `changes` come back."""
        done = db.session.scalar(
            update(PanelPush)
            .where(
                PanelPush.panel_id == panel_id,
                PanelPush.claim == claim,
                PanelPush.changes == changes,
            )
            .values(due_at=None, claim=None, claimed_until=None, tries=0, error=None)
            .returning(PanelPush.panel_id)
        )
        if done is not None:
            return None
        return db.session.scalar(
            select(PanelPush.changes).where(
                PanelPush.panel_id == panel_id, PanelPush.claim == claim
            )
        )

    def find(self, panel_id: int) -> PanelPush | None:
        return db.session.get(PanelPush, panel_id, populate_existing=True)

    def failed(self, panel_id: int, claim: UUID, error: str, again_at: datetime) -> None:
        db.session.execute(
            update(PanelPush)
            .where(PanelPush.panel_id == panel_id, PanelPush.claim == claim)
            .values(
                due_at=again_at,
                claim=None,
                claimed_until=None,
                tries=PanelPush.tries + 1,
                error=error,
            )
        )

    def code_panels(self) -> Sequence[int]:
        """Every panel that takes codes."""
        query = select(Panel.id).where(Panel.model.in_(TAKES_CODES)).order_by(Panel.id)
        return db.session.scalars(query).all()


class PanelFlatRepository:
    """What each panel holds, and what its flats want it to hold."""

    def contents(self, numbers: Mapping[int, str], sip: str) -> dict[int, Content]:
        """Of those of these flats (each with its number) that have settings; `sip` is the form of
        what is dialled."""
        rows = db.session.execute(
            select(
                FlatSettings.flat_id,
                FlatSettings.code_enabled,
                FlatSettings.handset,
                DoorCode.code,
                _blocked("doors"),
                _blocked("calls"),
            )
            .join(Flat, Flat.id == FlatSettings.flat_id)
            .outerjoin(
                DoorCode,
                and_(
                    DoorCode.flat_id == Flat.id,
                    DoorCode.house_id == Flat.house_id,
                    DoorCode.replaced_at.is_(None),
                ),
            )
            .where(FlatSettings.flat_id.in_(numbers))
        )
        return {
            flat: Content(
                code=code if enabled and not shut else None,
                handset=handset and not mute,
                sip=sip.format(flat=flat, number=numbers[flat].strip()),
            )
            for flat, enabled, handset, code, shut, mute in rows
        }

    def held(self, panel_id: int) -> dict[int, Held]:
        rows = db.session.scalars(
            select(PanelFlat)
            .where(PanelFlat.panel_id == panel_id)
            .execution_options(populate_existing=True)
        )
        return {
            row.number: Held(
                row.flat_id,
                Content(row.code, row.handset, row.sip) if row.told_at is not None else None,
            )
            for row in rows
        }

    def errors(self, panel_id: int) -> dict[int, str]:
        """By number, what the panel refused last."""
        rows = db.session.execute(
            select(PanelFlat.number, PanelFlat.error).where(
                PanelFlat.panel_id == panel_id, PanelFlat.error.is_not(None)
            )
        )
        return {number: error or "" for number, error in rows}

    def intend(self, panel_id: int, step: Step) -> None:
        """It is about to be told: from here on nobody knows what it holds, until it answers. What
        it held stays in the row, since it may hold that still."""
        row = {"panel_id": panel_id, "number": step.number, "flat_id": step.flat_id}
        db.session.execute(
            insert(PanelFlat)
            .values(row)
            .on_conflict_do_update(
                index_elements=["panel_id", "number"],
                set_={"flat_id": step.flat_id, "told_at": None},
            )
        )

    def took(self, panel_id: int, step: Step, now: datetime) -> None:
        mine = and_(PanelFlat.panel_id == panel_id, PanelFlat.number == step.number)
        if step.gone:
            db.session.execute(delete(PanelFlat).where(mine))
            return
        content = step.content
        db.session.execute(
            update(PanelFlat)
            .where(mine)
            .values(
                code=content.code,
                handset=content.handset,
                sip=content.sip,
                told_at=now,
                error=None,
            )
        )

    def doubt(self, panel_id: int, step: Step) -> None:
        """Somebody else told it too, and nobody knows who was the last."""
        db.session.execute(
            update(PanelFlat)
            .where(PanelFlat.panel_id == panel_id, PanelFlat.number == step.number)
            .values(told_at=None)
        )

    def refused(self, panel_id: int, step: Step, error: str) -> None:
        db.session.execute(
            update(PanelFlat)
            .where(PanelFlat.panel_id == panel_id, PanelFlat.number == step.number)
            .values(error=error)
        )

    def forget_codes(self, before: datetime) -> int:
        """Codes that were replaced before then and that no panel may hold any more."""
        may_hold = exists().where(
            PanelFlat.flat_id == DoorCode.flat_id,
            or_(PanelFlat.told_at.is_(None), PanelFlat.code == DoorCode.code),
        )
        gone = db.session.execute(
            delete(DoorCode)
            .where(DoorCode.replaced_at < before, ~may_hold)
            .execution_options(synchronize_session=False)
        )
        return int(getattr(gone, "rowcount", 0))
