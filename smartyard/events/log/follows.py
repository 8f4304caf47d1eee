"""Following an event: a word to who wants to know when a key, or the flat's code, opens a door."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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
from smartyard.secret import Keys

__all__ = ["EventFollow", "FollowService", "Followable"]

NEWS = timedelta(minutes=10)  # what is older is for the log alone
ANY = ""  # of a code: whichever is the flat's, since codes are drawn anew


class KeyNotOfFlat(NotFound):
    message = "У этой квартиры нет такого ключа. Проверьте его номер."


@dataclass(frozen=True)
class Followable:
    """A key of the flat, or its code, and whether the person is told of it.

    The whole code of a key opens doors to who copies it, so nobody is told it: of a key there are
    its id, its last four digits, and the operator's word on it. `name` is what the person calls it.
    """

    kind: Literal["key", "code"]
    key_id: str
    ending: str
    label: str
    name: str
    followed: bool


class FollowService:
    """Who follows what. Only who reads the flat's log may, and only while that is so."""

    def __init__(
        self,
        registry: RegistryService,
        log: LogService,
        *,
        notices: Notices,
        keys: Keys,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._registry = registry
        self._log = log
        self._notices = notices
        self._keys = keys
        self._zone = settings.timezone
        self._clock = clock

    def follow(  # pylint: disable=too-many-positional-arguments  # what the app sends
        self, caller: Caller, flat_id: int, kind: Literal["key", "code"], key: str, name: str
    ) -> None:
        """Be told from now on; said again, it changes the name. `key` is a key's code, or its id
        as `of` tells it. Raises what `LogService.day` does, and KeyNotOfFlat."""
        with self._log.reading(caller, flat_id):
            value = ANY
            if kind == "key":
                value = self._code(flat_id, key, self._registry.keys_of_flats([flat_id]))
                if value == ANY:
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
            value = ANY
            if kind == "key":
                value = self._code(
                    flat_id, key, [row.value for row in self._rows(caller, flat_id) if row.value]
                )
            session.execute(
                delete(EventFollow).where(
                    EventFollow.phone == caller.phone,
                    EventFollow.flat_id == flat_id,
                    EventFollow.kind == kind,
                    EventFollow.value == value,
                )
            )

    def of(self, caller: Caller, flat_id: int) -> list[Followable]:
        """What may be followed in a flat: its code, then its keys, and those that are none of its
        any more and that the person still follows. Raises what `LogService.day` does."""
        with self._log.reading(caller, flat_id):
            rows = {row.value: row.name for row in self._rows(caller, flat_id)}
            labels = self._registry.keys_of_flats([flat_id])
        found = [Followable("code", "", "", "", rows.get(ANY, ""), ANY in rows)]
        for code in sorted(labels.keys() | rows.keys() - {ANY}):
            label = labels.get(code, "")
            key_id, name = self._id(flat_id, code), rows.get(code, label)
            found.append(Followable("key", key_id, code[-4:], label, name, code in rows))
        return found

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

    def _rows(self, caller: Caller, flat_id: int) -> Sequence[EventFollow]:
        return db.session.scalars(
            select(EventFollow).where(
                EventFollow.phone == caller.phone, EventFollow.flat_id == flat_id
            )
        ).all()

    def _code(self, flat_id: int, key: str, codes: Iterable[str]) -> str:
        """The one of these that is meant, by its code or its id; else ANY."""
        written = normal(key)
        return next(
            (code for code in codes if key == self._id(flat_id, code) or code == written), ANY
        )

    def _id(self, flat_id: int, code: str) -> str:
        """Of a key in this flat: from it nobody finds the code, few as codes are."""
        return self._keys.mac("followed key", str(flat_id), code).hex()[:16]
