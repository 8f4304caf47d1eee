"""Rows of what flats have set, and of their door codes."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from smartyard.contracts.models import OUTER, Flat, FlatBlock, FlatMember, live
from smartyard.db import db
from smartyard.intercom.models import DoorCode, FlatCalls, FlatSettings
from smartyard.phones import Phone


class FlatSettingsRepository:
    def find(self, flat_id: int) -> FlatSettings | None:
        return db.session.get(FlatSettings, flat_id, populate_existing=True)

    def hold(self, flat_id: int) -> FlatSettings:
        """The row, made where there is none, and nobody else's until the transaction ends."""
        db.session.execute(insert(FlatSettings).values(flat_id=flat_id).on_conflict_do_nothing())
        row = self.hold_known(flat_id)
        assert row is not None
        return row

    def hold_known(self, flat_id: int) -> FlatSettings | None:
        """The same, of a flat whose people have looked at its settings."""
        return db.session.scalar(
            select(FlatSettings)
            .where(FlatSettings.flat_id == flat_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )

    def logs_of(self, flat_ids: Collection[int]) -> dict[int, str]:
        """Of each flat that has set anything, who sees its events."""
        rows = db.session.execute(
            select(FlatSettings.flat_id, FlatSettings.log).where(FlatSettings.flat_id.in_(flat_ids))
        )
        return dict(rows.all())

    def opens_by_itself(self, flat_id: int, now: datetime) -> bool:
        """Guests are expected, or a door was opened for the flat a moment ago, as somebody set who
        has a right there still; and the flat's doors are not blocked."""
        minutes = func.make_interval(0, 0, 0, 0, 0, cast(FlatSettings.white_rabbit, Integer))
        told = or_(
            and_(FlatSettings.auto_open_until > now, _stands(FlatSettings.auto_open_by, now)),
            and_(
                FlatSettings.white_rabbit > 0,
                _stands(FlatSettings.white_rabbit_by, now),
                FlatSettings.last_opened_at <= now,
                FlatSettings.last_opened_at + minutes > now,
            ),
        )
        blocked = exists().where(
            FlatBlock.flat_id == FlatSettings.flat_id,
            FlatBlock.service.in_(["all", "doors", "calls"]),
        )
        opens = exists().where(FlatSettings.flat_id == flat_id, told, ~blocked)
        return bool(db.session.scalar(select(opens)))

    def stand(self, flat_id: int, now: datetime) -> tuple[bool, bool]:
        """Of the time until which the door opens, and of the minutes after an opening: whether who
        set it has a right in the flat still."""
        row = db.session.execute(
            select(
                _stands(FlatSettings.auto_open_by, now),
                _stands(FlatSettings.white_rabbit_by, now),
            ).where(FlatSettings.flat_id == flat_id)
        ).one()
        return bool(row[0]), bool(row[1])

    def forget(self, phone: Phone) -> None:
        """What the phone set opens no more."""
        for by, gone in (
            (FlatSettings.auto_open_by, {"auto_open_until": None, "auto_open_by": None}),
            (FlatSettings.white_rabbit_by, {"white_rabbit": 0, "white_rabbit_by": None}),
        ):
            db.session.execute(update(FlatSettings).where(by == phone).values(gone))

    def note_opened(self, flat_id: int, now: datetime) -> None:
        """Nothing is written for a flat that has no use for it."""
        db.session.execute(
            update(FlatSettings)
            .where(FlatSettings.flat_id == flat_id, FlatSettings.white_rabbit > 0)
            .values(last_opened_at=func.greatest(FlatSettings.last_opened_at, now))
        )


def _stands(by: InstrumentedAttribute[str | None], now: datetime) -> ColumnElement[bool]:
    """Who is named there may go in by the entrance of the flat now; or nobody is named."""
    inside = exists().where(
        FlatMember.phone == by,
        FlatMember.flat_id == FlatSettings.flat_id,
        FlatMember.kind != OUTER,
        live(now),
    )
    return or_(by.is_(None), inside)


class DoorCodeRepository:
    def current(self, flat_id: int) -> int | None:
        """The flat's code, of the house where the flat is now."""
        return db.session.scalar(
            select(DoorCode.code)
            .join(Flat, and_(Flat.id == DoorCode.flat_id, Flat.house_id == DoorCode.house_id))
            .where(DoorCode.flat_id == flat_id, DoorCode.replaced_at.is_(None))
        )

    def take(self, flat_id: int, code: int, now: datetime) -> bool:
        """Make it the flat's code, unless another one of the house has it or had it lately. The
        flat's settings are held, and it has no current code."""
        place = select(Flat.house_id, literal(code), Flat.id, literal(now)).where(
            Flat.id == flat_id
        )
        made = db.session.scalar(
            insert(DoorCode)
            .from_select(["house_id", "code", "flat_id", "made_at"], place)
            .on_conflict_do_nothing(index_elements=["house_id", "code"])
            .returning(DoorCode.code)
        )
        return made is not None

    def replace(self, flat_id: int, now: datetime) -> None:
        """The flat's code is not current any more."""
        db.session.execute(
            update(DoorCode)
            .where(DoorCode.flat_id == flat_id, DoorCode.replaced_at.is_(None))
            .values(replaced_at=now)
        )

    def flats_of(self, house_ids: Collection[int], code: int) -> set[int]:
        """Whose code it is, or was a while ago, in these houses."""
        rows = db.session.scalars(
            select(DoorCode.flat_id).where(DoorCode.house_id.in_(house_ids), DoorCode.code == code)
        )
        return set(rows)


class FlatCallsRepository:
    def rings(self, phone: Phone, flat_id: int) -> bool:
        told = db.session.scalar(
            select(FlatCalls.rings).where(FlatCalls.phone == phone, FlatCalls.flat_id == flat_id)
        )
        return told is not False

    def set(self, phone: Phone, flat_id: int, rings: bool) -> None:
        values: dict[str, Any] = {"phone": phone, "flat_id": flat_id, "rings": rings}
        db.session.execute(
            insert(FlatCalls)
            .values(values)
            .on_conflict_do_update(index_elements=["phone", "flat_id"], set_={"rings": rings})
        )

    def phones_of(self, flat_id: int, now: datetime) -> list[Phone]:
        """Who is called when somebody rings: the people of the flat now, less outer guests and
        those who want no calls."""
        silent = exists().where(
            FlatCalls.phone == FlatMember.phone,
            FlatCalls.flat_id == FlatMember.flat_id,
            FlatCalls.rings.is_(False),
        )
        rows = db.session.scalars(
            select(FlatMember.phone)
            .where(
                FlatMember.flat_id == flat_id,
                FlatMember.kind != OUTER,
                live(now),
                ~silent,
            )
            .distinct()
            .order_by(FlatMember.phone)
        )
        return [Phone(phone) for phone in rows]

    def forget(self, phone: Phone) -> None:
        db.session.execute(delete(FlatCalls).where(FlatCalls.phone == phone))
