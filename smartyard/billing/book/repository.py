"""Rows of the book, many at a time: the number of statements does not grow with the contracts."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from smartyard.billing.book.places import KnownFlat, Places
from smartyard.billing.book.rows import Kept
from smartyard.billing.models import LocalContract, LocalMovement, LocalPhone, LocalService
from smartyard.contracts.models import Flat, House
from smartyard.db import db, upsert

Changes = Mapping[str, tuple[Kept | None, Kept]]
"""By the contract's id: what it was (None: nothing) and what it is."""

_GONE_PHONES, _GONE_SERVICES = (
    text(f"""
        DELETE FROM {table} AS t USING jsonb_to_recordset(:gone) AS g (contract_id text, {key} text)
        WHERE t.contract_id = g.contract_id AND t.{key} = g.{key}
        """).bindparams(bindparam("gone", type_=JSONB))
    for table, key in (("local_phones", "phone"), ("local_services", "service"))
)


_OPEN = text("""
    INSERT INTO local_movements (contract_id, kopecks, words, at)
    SELECT contract_id, kopecks, :words, :now
    FROM jsonb_to_recordset(:told) AS told (contract_id text, kopecks bigint) ORDER BY contract_id
    """).bindparams(bindparam("told", type_=JSONB))


class BookRepository:
    def kept(self, contract_ids: Collection[str]) -> dict[str, Kept]:
        """Those that are there."""
        people: dict[str, dict[str, bool]] = {}
        of_these = LocalPhone.contract_id.in_(contract_ids)
        phones = select(LocalPhone.contract_id, LocalPhone.phone, LocalPhone.is_owner)
        for one, phone, is_owner in db.session.execute(phones.where(of_these)):
            people.setdefault(one, {})[phone] = is_owner
        services: dict[str, dict[str, date | None]] = {}
        connected = select(LocalService.contract_id, LocalService.service, LocalService.paid_until)
        these = LocalService.contract_id.in_(contract_ids)
        for one, service, until in db.session.execute(connected.where(these)):
            services.setdefault(one, {})[service] = until
        found = db.session.scalars(
            select(LocalContract).where(LocalContract.id.in_(contract_ids)),
            execution_options={"populate_existing": True},
        )
        return {
            row.id: Kept(
                name=row.name,
                client_name=row.client_name,
                house_id=row.house_id,
                flat_id=row.flat_id,
                blocked=row.blocked,
                people=dict(sorted(people.get(row.id, {}).items())),
                services=dict(sorted(services.get(row.id, {}).items())),
                password_mac=row.password_mac,
            )
            for row in found
        }

    def places(self, house_ids: Collection[int], flat_ids: Collection[int]) -> Places:
        """What is known of these."""
        houses = db.session.execute(select(House.id, House.address).where(House.id.in_(house_ids)))
        flats = db.session.execute(
            select(Flat.id, Flat.house_id, Flat.number, Flat.entrance).where(Flat.id.in_(flat_ids))
        )
        return Places(
            dict(houses.all()),
            {
                id_: KnownFlat(house, number, entrance or "")
                for id_, house, number, entrance in flats
            },
        )

    def ids(self) -> set[str]:
        """Of all contracts."""
        return set(db.session.scalars(select(LocalContract.id)))

    def write(self, changes: Changes) -> None:
        """Their houses, flats and names are there already. Balances stay."""
        names = ("name", "client_name", "house_id", "flat_id", "blocked", "password_mac")
        rows = [
            {"id": one, **{name: getattr(after, name) for name in names}}
            for one, (_, after) in changes.items()
        ]
        upsert(LocalContract, rows, ["id"])
        self._write_phones(changes)
        self._write_services(changes)

    def _write_phones(self, changes: Changes) -> None:
        gone = [
            {"contract_id": one, "phone": phone}
            for one, (before, after) in changes.items()
            for phone in (set(before.people) - set(after.people) if before else ())
        ]
        if gone:
            db.session.execute(_GONE_PHONES, {"gone": gone})
        rows = [
            {"contract_id": one, "phone": phone, "is_owner": owns}
            for one, (_, after) in changes.items()
            for phone, owns in after.people.items()
        ]
        upsert(LocalPhone, rows, ["contract_id", "phone"])

    def _write_services(self, changes: Changes) -> None:
        gone = [
            {"contract_id": one, "service": service}
            for one, (before, after) in changes.items()
            for service in (set(before.services) - set(after.services) if before else ())
        ]
        if gone:
            db.session.execute(_GONE_SERVICES, {"gone": gone})
        rows = [
            {"contract_id": one, "service": service, "paid_until": until and until.isoformat()}
            for one, (_, after) in changes.items()
            for service, until in after.services.items()
        ]
        upsert(LocalService, rows, ["contract_id", "service"])

    def open(self, balances: Mapping[str, int], words: str, now: datetime) -> None:
        """What new contracts begin with, kopecks."""
        if not balances:
            return
        rows = [{"contract_id": one, "kopecks": kopecks} for one, kopecks in balances.items()]
        db.session.execute(_OPEN, {"told": rows, "words": words, "now": now})
        moved = select(func.sum(LocalMovement.kopecks))
        moved = moved.where(LocalMovement.contract_id == LocalContract.id)
        db.session.execute(
            update(LocalContract)
            .where(LocalContract.id.in_(balances))
            .values(balance_kopecks=moved.scalar_subquery()),
            execution_options={"synchronize_session": False},
        )
