"""Rows of the people of a flat beside billing's: guests whom an owner let in, and leave marks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from smartyard.contracts.models import (
    BILLING,
    BY_BILLING,
    GRANT,
    OWNER,
    ContractFlat,
    Flat,
    FlatLeave,
    FlatMember,
    House,
    live,
)
from smartyard.db import db
from smartyard.phones import Phone

_NEVER_LOOSE: dict[str, Any] = {"loose_at": None, "loose_until": None}


@dataclass(frozen=True)
class Person:
    """Somebody of a flat; `billed`: billing names this phone there. `expires_at` None: for ever."""

    flat_id: int
    phone: Phone
    kind: str
    expires_at: datetime | None
    billed: bool


class GuestRepository:
    def people_of(self, flat_ids: Collection[int], now: datetime) -> list[Person]:
        """Everybody who has a right now; who is billing's is no guest."""
        rows = db.session.execute(
            select(
                FlatMember.flat_id,
                FlatMember.phone,
                func.bool_or(FlatMember.flat_owner),
                func.max(FlatMember.kind).filter(FlatMember.source == GRANT),
                func.max(FlatMember.expires_at),
                func.bool_or(FlatMember.source == BILLING),
            )
            .where(FlatMember.flat_id.in_(flat_ids), live(now))
            .group_by(FlatMember.flat_id, FlatMember.phone)
            .order_by(FlatMember.flat_id, FlatMember.phone)
        )
        people = []
        for flat, phone, owns, granted, expires_at, billed in rows:
            kind = OWNER if owns else "inner" if billed else granted
            people.append(Person(flat, Phone(phone), kind, None if billed else expires_at, billed))
        return people

    def phones_at(
        self, house_id: int | None, flat_id: int | None, now: datetime, after: str, most: int
    ) -> list[Phone]:
        """The next so many people of a house or of a flat, in the order of their phones."""
        found = db.session.scalars(
            select(FlatMember.phone)
            .where(_at(house_id, flat_id), live(now), FlatMember.phone > after)
            .distinct()
            .order_by(FlatMember.phone)
            .limit(most)
        )
        return [Phone(phone) for phone in found]

    def count_at(self, house_id: int | None, flat_id: int | None, now: datetime) -> int:
        people = func.count(func.distinct(FlatMember.phone))
        return db.session.scalar(select(people).where(_at(house_id, flat_id), live(now))) or 0

    def left_of(self, flat_ids: Collection[int]) -> set[tuple[int, str]]:
        """Who left each of these flats, or was put out."""
        rows = db.session.execute(
            select(FlatLeave.flat_id, FlatLeave.phone).where(FlatLeave.flat_id.in_(flat_ids))
        )
        return {(row[0], row[1]) for row in rows}

    def address_of(self, flat_id: int) -> str | None:
        """Of a flat, or of its house where the flat has none; None where there is no such flat."""
        row = db.session.execute(
            select(Flat.address, House.address)
            .join(House, House.id == Flat.house_id)
            .where(Flat.id == flat_id)
        ).one_or_none()
        return None if row is None else row[0] or row[1]

    def granted(self, flat_id: int, phone: Phone) -> tuple[str, datetime | None] | None:
        """Kind and end of the right that was given, also where it has ended."""
        row = db.session.execute(
            select(FlatMember.kind, FlatMember.expires_at).where(
                FlatMember.flat_id == flat_id,
                FlatMember.phone == phone,
                FlatMember.source == GRANT,
            )
        ).one_or_none()
        return None if row is None else (row[0], row[1])

    def left_by(self, phone: Phone) -> dict[int, int]:
        """The flats that a phone left, each with its house."""
        rows = db.session.execute(
            select(FlatLeave.flat_id, Flat.house_id)
            .join(Flat, Flat.id == FlatLeave.flat_id)
            .where(FlatLeave.phone == phone)
        )
        return dict(rows.all())

    def guests_in(self, flat_id: int, now: datetime) -> int:
        return (
            db.session.scalar(
                select(func.count()).where(
                    FlatMember.flat_id == flat_id, FlatMember.source == GRANT, live(now)
                )
            )
            or 0
        )

    def lock_flats(self, flat_ids: Collection[int]) -> None:
        """One change of a flat's people at a time. Flats are locked in their order, and not against
        rows that only name them; and then their guests in the order of `bonds.spread`."""
        db.session.execute(
            select(Flat.id)
            .where(Flat.id.in_(flat_ids))
            .order_by(Flat.id)
            .with_for_update(key_share=True)
        )
        db.session.execute(
            select(FlatMember.id)
            .where(FlatMember.flat_id.in_(flat_ids), FlatMember.source == GRANT)
            .order_by(FlatMember.id)
            .with_for_update()
        )

    def flats_with(self, phone: Phone) -> set[int]:
        """Where a phone has a right, or gave one."""
        mine = or_(FlatMember.phone == phone, FlatMember.granted_by == phone)
        return set(db.session.scalars(select(FlatMember.flat_id).where(mine)))

    def let_in(  # pylint: disable=too-many-arguments
        self,
        flat_id: int,
        phone: Phone,
        *,
        kind: str,
        expires_at: datetime | None,
        by: str,
        now: datetime,
    ) -> None:
        """Give a right, or change the one that was given. One that had ended begins anew."""
        house = select(Flat.house_id).where(Flat.id == flat_id).scalar_subquery()
        values: dict[str, Any] = {
            "kind": kind,
            "flat_owner": kind == OWNER,
            "expires_at": expires_at,
            "granted_by": by,
        } | _NEVER_LOOSE
        fixed: dict[str, Any] = {
            "phone": phone,
            "flat_id": flat_id,
            "house_id": house,
            "contract_owner": False,
            "services": [],
            "unpaid": [],
            "has_gates": False,
            "roommates": [],
            "source": GRANT,
            "granted_at": now,
        }
        begun = case((live(now), FlatMember.granted_at), else_=now)
        db.session.execute(
            insert(FlatMember)
            .values(values | fixed)
            .on_conflict_do_update(
                index_elements=["phone", "flat_id", "contract_id", "source"],
                set_=values | {"granted_at": begun},
            )
        )

    def put_out(self, flat_id: int, phone: Phone) -> int:
        """Every right of a phone in a flat, billing's too. Returns how many there were."""
        gone = db.session.scalars(
            delete(FlatMember)
            .where(FlatMember.flat_id == flat_id, FlatMember.phone == phone)
            .returning(FlatMember.id)
        )
        return len(gone.all())

    def mark_left(self, flat_id: int, phone: Phone, by: str | None, now: datetime) -> None:
        """A mark of who put the phone out stands for one that it made itself, and not the other way
        round."""
        marked = insert(FlatLeave).values(
            {"phone": phone, "flat_id": flat_id, "left_at": now, "put_out_by": by}
        )
        new = marked.excluded
        db.session.execute(
            marked.on_conflict_do_update(
                index_elements=["phone", "flat_id"],
                set_={"left_at": new.left_at, "put_out_by": new.put_out_by},
                where=new.put_out_by.is_not(None),
            )
        )

    def mark_gone(self, named: Mapping[int, datetime | None], phone: Phone, now: datetime) -> None:
        """Billing names the phone no more in these flats, where it did since when."""
        rows = [
            {"phone": phone, "flat_id": flat, "left_at": now, "put_out_by": BY_BILLING}
            | {"named_at": since}
            for flat, since in sorted(named.items())
        ]
        if rows:
            db.session.execute(insert(FlatLeave).values(rows).on_conflict_do_nothing())

    def gone_since(self, phone: Phone, moment: datetime) -> dict[int, datetime | None]:
        """The flats where billing has ceased to name the phone since then, with since when it had
        named it there."""
        rows = db.session.execute(
            select(FlatLeave.flat_id, FlatLeave.named_at).where(
                FlatLeave.phone == phone,
                FlatLeave.put_out_by == BY_BILLING,
                FlatLeave.left_at > moment,
            )
        )
        return dict(rows.all())

    def mark_of(self, flat_id: int, phone: Phone) -> tuple[str | None, datetime] | None:
        """Who put the phone out (None: it left by itself), and when."""
        row = db.session.execute(
            select(FlatLeave.put_out_by, FlatLeave.left_at).where(
                FlatLeave.flat_id == flat_id, FlatLeave.phone == phone
            )
        ).one_or_none()
        return None if row is None else (row[0], row[1])

    def lift_mark(self, phone: Phone, flat_id: int) -> None:
        db.session.execute(
            delete(FlatLeave).where(FlatLeave.phone == phone, FlatLeave.flat_id == flat_id)
        )

    def lift_named(self, phone: Phone, named: Collection[int], owned: Collection[int]) -> None:
        """Whom billing names in flats is gone from them no more; and from those of which it is the
        owner nobody else keeps it out."""
        db.session.execute(
            delete(FlatLeave).where(
                FlatLeave.phone == phone,
                or_(
                    FlatLeave.flat_id.in_(named) & (FlatLeave.put_out_by == BY_BILLING),
                    FlatLeave.flat_id.in_(owned) & FlatLeave.put_out_by.is_not(None),
                ),
            )
        )

    def lift_marks(self, phone: Phone, contract_id: str | None) -> int:
        """Those that the phone made itself, and those of a contract's flats where one is named.
        Returns how many."""
        which: ColumnElement[bool] = FlatLeave.put_out_by.is_(None)
        if contract_id is not None:
            billed = select(FlatMember.flat_id).where(FlatMember.contract_id == contract_id)
            listed = select(ContractFlat.flat_id).where(ContractFlat.contract_id == contract_id)
            which = or_(which, FlatLeave.flat_id.in_(billed), FlatLeave.flat_id.in_(listed))
        lifted = db.session.scalars(
            delete(FlatLeave).where(FlatLeave.phone == phone, which).returning(FlatLeave.flat_id)
        )
        return len(lifted.all())

    def ended(self, before: datetime, most: int) -> Any:
        """A deletion of at most so many rights that ended before a time."""
        over = (
            select(FlatMember.id)
            .where(FlatMember.source == GRANT, FlatMember.expires_at <= before)
            .limit(most)
        )
        return delete(FlatMember).where(FlatMember.id.in_(over))


def _at(house_id: int | None, flat_id: int | None) -> ColumnElement[bool]:
    """Members of the one that is given."""
    return FlatMember.flat_id == flat_id if house_id is None else FlatMember.house_id == house_id
