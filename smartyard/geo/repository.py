"""Reading the address book, and the memory and the turns of the geocoder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db
from smartyard.geo.models import (
    BookHouse,
    GeocoderAnswer,
    GeocoderTurn,
    Location,
    Offer,
    Street,
)

_THE_ROW = 1


@dataclass(frozen=True)
class Written:
    """The parts that an address is written of."""

    location: str
    street_type: str
    street: str
    number: str = ""
    lat: str = ""
    lon: str = ""


class BookRepository:
    """Each method is one statement."""

    def locations(self) -> Sequence[Location]:
        return db.session.scalars(select(Location).order_by(Location.name, Location.id)).all()

    def streets(self, location_id: int) -> Sequence[Street]:
        return db.session.scalars(
            select(Street)
            .where(Street.location_id == location_id)
            .order_by(Street.name, Street.type, Street.id)
        ).all()

    def houses(self, street_id: int) -> Sequence[BookHouse]:
        return db.session.scalars(select(BookHouse).where(BookHouse.street_id == street_id)).all()

    def offers(self, house_id: int) -> Sequence[Offer]:
        return db.session.scalars(select(Offer).where(Offer.house_id == house_id)).all()

    def house(self, house_id: int) -> Written | None:
        found = self._houses(BookHouse.house_id == house_id, 1)
        return found[0] if found else None

    def street(self, street_id: int) -> Written | None:
        row = db.session.execute(
            select(Location.name, Street.type, Street.name)
            .join(Street, Street.location_id == Location.id)
            .where(Street.id == street_id)
        ).one_or_none()
        return None if row is None else Written(row[0], row[1], row[2])

    def named(self, key: str) -> Written | None:
        """A house that stands somewhere and whose address folds to `key`."""
        found = self._houses((BookHouse.key == key) & (BookHouse.lat != ""), 1)
        return found[0] if found else None

    def barely_named(self, bare_key: str) -> Written | None:
        """The same, where only one house is so called."""
        found = self._houses(BookHouse.bare_key == bare_key, 2)
        return found[0] if len(found) == 1 and found[0].lat else None

    def _houses(self, which: ColumnElement[bool], most: int) -> list[Written]:
        rows = db.session.execute(
            select(
                Location.name,
                Street.type,
                Street.name,
                BookHouse.number,
                BookHouse.lat,
                BookHouse.lon,
            )
            .join(Street, Street.location_id == Location.id)
            .join(BookHouse, BookHouse.street_id == Street.id)
            .where(which)
            .order_by(BookHouse.house_id)
            .limit(most)
        )
        return [Written(*row) for row in rows]


class GeocoderRepository:
    """What the geocoder said, and who may ask it next."""

    def answer(self, query: str, now: datetime) -> GeocoderAnswer | None:
        return db.session.scalar(
            select(GeocoderAnswer)
            .where(GeocoderAnswer.query == query, GeocoderAnswer.expires_at > now)
            .execution_options(populate_existing=True)
        )

    def keep(self, query: str, place: tuple[str, str] | None, expires_at: datetime) -> None:
        lat, lon = place or (None, None)
        told = {"lat": lat, "lon": lon, "expires_at": expires_at}
        db.session.execute(
            insert(GeocoderAnswer)
            .values(query=query, **told)
            .on_conflict_do_update(index_elements=["query"], set_=told)
        )

    def take_turn(self, every: timedelta) -> bool:
        """Whether the caller may ask now. The database's clock decides: those of several hosts
        differ, and the geocoder counts all of us as one."""
        until = func.clock_timestamp() + every
        taken = db.session.execute(
            insert(GeocoderTurn)
            .values(id=_THE_ROW, next_at=until)
            .on_conflict_do_update(
                index_elements=["id"],
                set_={"next_at": until},
                where=GeocoderTurn.next_at <= func.clock_timestamp(),
            )
            .returning(GeocoderTurn.id)
        )
        return taken.scalar_one_or_none() is not None

    def rest(self, pause: timedelta) -> None:
        """Nobody asks for so long."""
        db.session.execute(update(GeocoderTurn).values(next_at=func.clock_timestamp() + pause))

    def forget_ended(self, now: datetime) -> None:
        db.session.execute(delete(GeocoderAnswer).where(GeocoderAnswer.expires_at <= now))
