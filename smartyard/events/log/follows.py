"""Following an event: a word to who wants to know when a key, or the flat's code, opens a door."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from smartyard.config import Settings
from smartyard.db import db, transaction
from smartyard.errors import NotFound
from smartyard.events.log.service import LogService
from smartyard.events.models import EventFollow
from smartyard.events.service import Happened, Opened
from smartyard.guard import Caller
from smartyard.notices import Notice, Notices
from smartyard.phones import Phone
from smartyard.registry.panels.codes import normal
from smartyard.registry.service import RegistryService

__all__ = ["EventFollow", "FollowService"]

NEWS = timedelta(minutes=10)  # what is older is for the log alone
ANY = ""  # of a code: whichever is the flat's, since codes are drawn anew


class KeyNotOfFlat(NotFound):
    message = "У этой квартиры нет такого ключа. Проверьте его номер."


class FollowService:
    """Who follows what. Only who reads the flat's log may, and only while that is so."""

    def __init__(
        self,
        registry: RegistryService,
        log: LogService,
        *,
        notices: Notices,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._registry = registry
        self._log = log
        self._notices = notices
        self._zone = settings.timezone
        self._clock = clock

    def follow(  # pylint: disable=too-many-positional-arguments  # what the app sends
        self, caller: Caller, flat_id: int, kind: Literal["key", "code"], key: str, name: str
    ) -> None:
        """Be told from now on; said again, it changes the name. Raises what `LogService.day` does,
        and KeyNotOfFlat."""
        value = self._value(kind, key)
        with self._log.reading(caller, flat_id):
            if kind == "key" and flat_id not in self._registry.keys_of(value):
                raise KeyNotOfFlat()
            row = insert(EventFollow).values(
                phone=caller.phone, flat_id=flat_id, kind=kind, value=value, name=name
            )
            db.session.execute(
                row.on_conflict_do_update(
                    index_elements=["phone", "flat_id", "kind", "value"],
                    set_={"name": row.excluded.name},
                )
            )

    def unfollow(self, caller: Caller, flat_id: int, kind: str, key: str) -> None:
        """Be told no more; of what was never followed too, whosever the flat is by now."""
        with transaction() as session:
            session.execute(
                delete(EventFollow).where(
                    EventFollow.phone == caller.phone,
                    EventFollow.flat_id == flat_id,
                    EventFollow.kind == kind,
                    EventFollow.value == self._value(kind, key),
                )
            )

    def of(self, caller: Caller, flat_id: int) -> Sequence[EventFollow]:
        """What the person follows in a flat. Raises what `LogService.day` does."""
        with self._log.reading(caller, flat_id):
            return db.session.scalars(
                select(EventFollow)
                .where(EventFollow.phone == caller.phone, EventFollow.flat_id == flat_id)
                .order_by(EventFollow.kind, EventFollow.value)
            ).all()

    def tell(self, what: Happened, opened: Sequence[Opened]) -> None:
        """In the caller's transaction: a message to each follower who may still read the log."""
        if what.kind not in ("key", "code") or self._clock() - what.at > NEWS:
            return
        value = ANY if what.kind == "code" else what.key
        places = {one.flat_id: one.place for one in opened}
        rows = db.session.scalars(
            select(EventFollow).where(
                EventFollow.flat_id.in_(places),
                EventFollow.kind == what.kind,
                EventFollow.value == value,
            )
        ).all()
        for row in rows:
            if self._log.open_now(Phone(row.phone), row.flat_id):
                self._notices.send(self._notice(what, row, places[row.flat_id]))

    def forget(self, phone: Phone) -> None:
        """In the caller's transaction: the person left."""
        db.session.execute(delete(EventFollow).where(EventFollow.phone == phone))

    def _notice(self, what: Happened, row: EventFollow, place: str) -> Notice:
        by = "кодом квартиры" if what.kind == "code" else "ключом"
        name = f" «{row.name}»" if row.name else ""
        when = f"{what.at.astimezone(self._zone):%H:%M}"
        where = f"{place}, {when}" if place else when
        return Notice(
            Phone(row.phone),
            "eventLog",
            "Открыта дверь",
            f"Дверь открыта {by}{name}: {where}.",
            data={"flatId": str(row.flat_id)},
        )

    def _value(self, kind: str, key: str) -> str:
        return ANY if kind == "code" else normal(key) or ANY
