"""Whole tables of the address book, for an import."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, func, select, tuple_

from smartyard.contracts.models import House
from smartyard.db import db, upsert
from smartyard.geo.book.names import bare_key_of, full_address, key_of
from smartyard.geo.models import BookHouse, Location, Offer, Street

Thing = dict[str, Any]
"""The fields of one thing by their names in a file."""

_ONE_IMPORT = 0x67656F  # "geo"


class BookFileRepository:
    """Reads and writes by a few statements, however many rows there are."""

    def lock(self, seconds: int) -> None:
        """One import at a time, to the end of the transaction; its statements may take long."""
        wait = f"{seconds}s"
        db.session.execute(
            select(
                func.set_config("lock_timeout", wait, True),
                func.set_config("statement_timeout", wait, True),
            )
        )
        db.session.execute(select(func.pg_advisory_xact_lock(_ONE_IMPORT)))

    def stock(self, kind: str) -> dict[Any, Thing]:
        """All things of a kind, by key."""
        if kind == "locations":
            rows = db.session.execute(select(Location.id, Location.name))
            return {row.id: {"id": row.id, "name": row.name} for row in rows}
        if kind == "streets":
            return {
                one.id: {"id": one.id, "location": one.location_id, "name": one.name}
                | {"type": one.type}
                for one in db.session.scalars(select(Street))
            }
        if kind == "houses":
            return {
                one.house_id: {"id": one.house_id, "street": one.street_id, "number": one.number}
                | {"lat": one.lat, "lon": one.lon}
                for one in db.session.scalars(select(BookHouse))
            }
        return {
            (one.house_id, one.service): {"house": one.house_id, "service": one.service}
            | {"default": one.by_default, "can_change": one.can_change}
            for one in db.session.scalars(select(Offer))
        }

    def write(self, kind: str, things: Collection[Thing]) -> None:
        """Insert or change. Houses are rows of `contracts` already."""
        if kind == "locations":
            upsert(Location, list(things), ["id"])
        elif kind == "streets":
            rows = [
                {"id": one["id"], "location_id": one["location"], "name": one["name"]}
                | {"type": one["type"]}
                for one in things
            ]
            upsert(Street, rows, ["id"])
        elif kind == "houses":
            rows = [
                {"house_id": one["id"], "street_id": one["street"], "number": one["number"]}
                | {"lat": one["lat"], "lon": one["lon"], "key": "", "bare_key": ""}
                for one in things
            ]
            upsert(BookHouse, rows, ["house_id"])
        else:
            rows = [
                {"house_id": one["house"], "service": one["service"]}
                | {"by_default": one["default"], "can_change": one["can_change"]}
                for one in things
            ]
            upsert(Offer, rows, ["house_id", "service"])

    def drop(self, kind: str, keys: Collection[Any]) -> None:
        if not keys:
            return
        if kind == "services":
            pair = tuple_(Offer.house_id, Offer.service)
            db.session.execute(delete(Offer).where(pair.in_(list(keys))))
            return
        column = {"locations": Location.id, "streets": Street.id, "houses": BookHouse.house_id}
        db.session.execute(delete(column[kind].class_).where(column[kind].in_(list(keys))))

    def fold(self) -> dict[int, str]:
        """Write anew by what each house is found, after a name has changed; their addresses."""
        rows = db.session.execute(
            select(BookHouse, Location.name, Street.type, Street.name)
            .join(Street, Street.id == BookHouse.street_id)
            .join(Location, Location.id == Street.location_id)
            .execution_options(populate_existing=True)
        ).all()
        found, told = {}, []
        for house, location, street_type, street in rows:
            address = full_address(location, street_type, street, house.number)
            found[house.house_id] = address
            told.append(
                {"house_id": house.house_id, "street_id": house.street_id, "number": house.number}
                | {"lat": house.lat, "lon": house.lon}
                | {"key": key_of(address), "bare_key": bare_key_of(address)}
            )
        upsert(BookHouse, told, ["house_id"])
        return found

    def without_address(self, house_ids: Collection[int]) -> set[int]:
        """Those of which billing says no address."""
        return set(
            db.session.scalars(
                select(House.id).where(House.id.in_(list(house_ids)), House.address == "")
            )
        )
