"""Rows of houses, flats, contracts and their people. Bulk statements: their number does not grow
with the number of contracts. Rows are written in the order of their keys, so that two copies that
are stored at once do not wait for each other in a ring."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    any_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import aliased

from smartyard.contracts.models import (
    BILLING,
    DOMOPHONE,
    GRANT,
    Contract,
    Entrance,
    Flat,
    FlatBlock,
    FlatLeave,
    FlatMember,
    House,
    ListedHouse,
    Rights,
    live,
)
from smartyard.db import db, upsert
from smartyard.phones import Phone

_MOVED = text("""
    UPDATE flats SET entrance = NULL
    FROM jsonb_to_recordset(:told) AS told (id bigint, house_id bigint)
    WHERE flats.id = told.id AND flats.house_id <> told.house_id AND entrance IS NOT NULL
    """).bindparams(bindparam("told", type_=JSONB))


class HouseRepository:
    """Houses, flats and contracts: made by whoever names them first, never deleted."""

    def keep_houses(self, addresses: dict[int, str]) -> None:
        """Upsert; an empty address takes no known one away."""
        told = [{"id": house, "address": text} for house, text in addresses.items() if text]
        upsert(House, told, ["id"])
        self.ensure_houses([house for house, text in addresses.items() if not text])

    def ensure_houses(self, house_ids: Iterable[int]) -> None:
        rows = [{"id": house_id} for house_id in sorted(set(house_ids))]
        if rows:
            db.session.execute(insert(House).values(rows).on_conflict_do_nothing())

    def ensure_entrances(self, named: Iterable[tuple[int, str]]) -> None:
        """By house and the word on the entrance."""
        rows = [{"house_id": house, "name": name} for house, name in sorted(set(named))]
        if rows:
            db.session.execute(insert(Entrance).values(rows).on_conflict_do_nothing())

    def keep_flats(self, rows: Sequence[dict[str, Any]]) -> None:
        """Upsert. A flat that turns out to be in another house has no entrance there yet."""
        if not all("entrance" in row for row in rows):
            told = [{"id": row["id"], "house_id": row["house_id"]} for row in rows]
            db.session.execute(_MOVED, {"told": told})
        upsert(Flat, rows, ["id"])

    def keep_contracts(self, rows: Sequence[dict[str, Any]]) -> None:
        upsert(Contract, rows, ["id"])

    def name_contracts(self, names: Mapping[str, str]) -> None:
        """Upsert; whose the contract is stays as billing said."""
        upsert(Contract, [{"id": one, "name": name} for one, name in names.items()], ["id"])

    def add_contracts(self, contract_ids: Collection[str]) -> None:
        """Those that are not there yet, without a name."""
        rows = [{"id": one, "name": "", "client_name": ""} for one in sorted(set(contract_ids))]
        if rows:
            db.session.execute(insert(Contract).values(rows).on_conflict_do_nothing())

    def houses_of_flats(self, flat_ids: Collection[int]) -> dict[int, int]:
        """The house of each flat that is known."""
        rows = db.session.execute(select(Flat.id, Flat.house_id).where(Flat.id.in_(flat_ids)))
        return dict(rows.all())

    def addresses(self, house_ids: Collection[int]) -> dict[int, str]:
        rows = db.session.execute(select(House.id, House.address).where(House.id.in_(house_ids)))
        return dict(rows.all())


class MemberRepository:
    """What billing says of one phone, and where owners let it in."""

    def rights_of(self, phone: Phone) -> Rights:
        """What this phone has now by billing's word."""
        watches, opens, flats, listed = db.session.execute(
            select(
                func.coalesce(func.bool_or(FlatMember.watches), False),
                func.coalesce(func.bool_or(_pays_domophone()), False),
                func.count(),
                exists().where(ListedHouse.phone == phone),
            ).where(FlatMember.phone == phone, FlatMember.source == BILLING)
        ).one()
        return Rights(watches=watches, opens=opens, at_home=bool(flats or listed))

    def knows(self, phone: Phone) -> bool:
        """Whether the copy has a flat of this phone, however old it is."""
        return bool(db.session.scalar(select(exists().where(FlatMember.phone == phone))))

    def named_in(self, phone: Phone) -> dict[int, datetime | None]:
        """The flats where billing names a phone, with since when (None: longer than we know)."""
        rows = db.session.execute(
            select(FlatMember.flat_id, func.min(FlatMember.named_at))
            .where(FlatMember.phone == phone, FlatMember.source == BILLING)
            .group_by(FlatMember.flat_id)
        )
        return dict(rows.all())

    def beside(self, flat_ids: Collection[int], phone: Phone) -> Sequence[Phone]:
        """Whom else billing names in these flats."""
        rows = db.session.scalars(
            select(FlatMember.phone)
            .where(
                FlatMember.flat_id.in_(flat_ids),
                FlatMember.source == BILLING,
                FlatMember.phone != phone,
            )
            .distinct()
        )
        return [Phone(row) for row in rows]

    def replace(self, phone: Phone, rows: Sequence[dict[str, Any]]) -> set[int]:
        """These flats, and no others. Returns those of before and of now."""
        named = [(row["flat_id"], row["contract_id"] or "") for row in rows]
        of_row = tuple_(FlatMember.flat_id, func.coalesce(FlatMember.contract_id, ""))
        gone = delete(FlatMember).where(FlatMember.phone == phone, FlatMember.source == BILLING)
        lost = db.session.scalars(
            (gone.where(of_row.not_in(named)) if named else gone).returning(FlatMember.flat_id)
        ).all()
        upsert(FlatMember, rows, ["phone", "flat_id", "contract_id", "source"])
        return {*lost, *(row["flat_id"] for row in rows)}

    def replace_listed(self, phone: Phone, counts: dict[int, int | None]) -> None:
        gone = delete(ListedHouse).where(ListedHouse.phone == phone)
        db.session.execute(gone.where(ListedHouse.house_id.not_in(counts)) if counts else gone)
        rows = [
            {"phone": phone, "house_id": house, "cctv": count} for house, count in counts.items()
        ]
        upsert(ListedHouse, rows, ["phone", "house_id"])

    def flats_of(
        self, phone: Phone, now: datetime, flat_id: int | None = None
    ) -> Sequence[tuple[FlatMember, Flat, House, Contract | None]]:
        """What holds now; of one flat, where one is asked for."""
        only = [FlatMember.flat_id == flat_id] if flat_id is not None else []
        rows = db.session.execute(
            select(FlatMember, Flat, House, Contract)
            .join(Flat, Flat.id == FlatMember.flat_id)
            .join(House, House.id == FlatMember.house_id)
            .outerjoin(Contract, Contract.id == FlatMember.contract_id)
            .where(FlatMember.phone == phone, live(now), *only)
            .order_by(House.address, House.id, Flat.number, Flat.id, FlatMember.id)
        )
        return rows.all()

    def listed_of(self, phone: Phone) -> Sequence[tuple[ListedHouse, House]]:
        rows = db.session.execute(
            select(ListedHouse, House)
            .join(House, House.id == ListedHouse.house_id)
            .where(ListedHouse.phone == phone)
        )
        return rows.all()

    def blocks_of(self, flat_ids: Collection[int]) -> Sequence[FlatBlock]:
        return db.session.scalars(select(FlatBlock).where(FlatBlock.flat_id.in_(flat_ids))).all()

    def state_of(self, flat_id: int) -> tuple[bool, bool, bool]:
        """Whether billing knows anybody of a flat; and of its intercom whether it is connected, and
        paid, by the word about anybody there."""
        connected = literal(DOMOPHONE) == any_(FlatMember.services)
        known, has, pays = db.session.execute(
            select(
                func.count(),
                func.coalesce(func.bool_or(connected), False),
                func.coalesce(func.bool_or(_pays_domophone()), False),
            ).where(FlatMember.flat_id == flat_id, FlatMember.source == BILLING)
        ).one()
        return bool(known), has, pays

    def is_guest(self, phone: Phone, now: datetime) -> bool:
        """Whether an owner let this phone in somewhere."""
        guest = exists().where(FlatMember.phone == phone, FlatMember.source == GRANT, live(now))
        return bool(db.session.scalar(select(guest)))

    def hosts_of(self, phone: Phone, now: datetime) -> Sequence[Phone]:
        """Of each flat where this phone is a guest, somebody whom billing knows there: whose copy
        tells what is paid."""
        host = aliased(FlatMember)
        rows = db.session.scalars(
            select(func.min(host.phone))
            .join(FlatMember, FlatMember.flat_id == host.flat_id)
            .where(
                FlatMember.phone == phone,
                FlatMember.source == GRANT,
                live(now),
                host.source == BILLING,
            )
            .group_by(host.flat_id)
        )
        return sorted({Phone(row) for row in rows})

    def forget(self, phone: Phone) -> None:
        # Who was put out would else come back by billing's word with a new account.
        itself = FlatLeave.put_out_by.is_(None)
        db.session.execute(delete(FlatLeave).where(FlatLeave.phone == phone, itself))
        for told, model in ((FlatMember.granted_by, FlatMember), (FlatLeave.put_out_by, FlatLeave)):
            db.session.execute(update(model).where(told == phone).values({told.key: ""}))
        db.session.execute(delete(FlatMember).where(FlatMember.phone == phone))
        db.session.execute(delete(ListedHouse).where(ListedHouse.phone == phone))


def _pays_domophone() -> ColumnElement[bool]:
    """Of `FlatMember`: the intercom is connected and paid."""
    connected = literal(DOMOPHONE) == any_(FlatMember.services)
    return connected & ~(literal(DOMOPHONE) == any_(FlatMember.unpaid))
