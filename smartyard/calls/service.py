"""A ring at a flat: whether the call goes through, whose phones ring, whether the door opens.

Each device gets a hash of 128 bits for three minutes: it is the password of a SIP login of its own,
and the address of the pictures. It is made from SECRET_KEY, so that a PBX that asks twice about one
call is told the same, and no database holds it beside the push that waits for the worker.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from smartyard.calls.frames import EVERY, FrameService
from smartyard.calls.repository import RingRepository, Seen
from smartyard.config import Settings
from smartyard.contracts.service import ContractService
from smartyard.db import in_batches, transaction
from smartyard.errors import NotFound
from smartyard.intercom.service import IntercomService
from smartyard.jobs import Queue
from smartyard.notices import CallPush, Ringing
from smartyard.registry.service import FlatOfPanel, PanelOfOurs, RegistryService
from smartyard.secret import Keys

log = logging.getLogger(__name__)

PICTURE = "ring_picture"  # the task
LIFE = timedelta(minutes=3)
_HASH = re.compile("[0-9a-f]{32}")


class NobodyRung(NotFound):
    message = "Такого домофона или такой квартиры нет в реестре."


class RingOver(NotFound):
    message = "Вызов завершён."


class NoPicture(NotFound):
    message = "Картинки с домофона пока нет. Ответьте на вызов без неё."


@dataclass(frozen=True)
class Login:
    """A SIP login for one device, until the ring is over."""

    extension: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class RingAnswer:
    """What the PBX is told. Where the call is not `allowed`, `cause` says why in Russian. `opens`:
    it opens the door at once, by `dtmf`. `handset`: the one on the flat's wall may ring."""

    allowed: bool
    flat_id: int
    flat_number: str
    dtmf: str
    cause: str = ""
    opens: bool = False
    handset: bool = False
    logins: tuple[Login, ...] = ()


class RingService:
    """Answers the PBX, and shows who rings."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        rings: RingRepository,
        frames: FrameService,
        contracts: ContractService,
        registry: RegistryService,
        intercom: IntercomService,
        *,
        ringing: Ringing,
        queue: Queue,
        keys: Keys,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._rings = rings
        self._frames = frames
        self._contracts = contracts
        self._registry = registry
        self._intercom = intercom
        self._ringing = ringing
        self._queue = queue
        self._keys = keys
        self._settings = settings
        self._clock = clock

    def ring(self, source: str, call_id: str, panel_name: str, called: str | int) -> RingAnswer:
        """`panel_name` is a panel's number or SIP number; `called` the number of the flat as it was
        dialled, or the flat's id.

        The same call told again while its ring lasts has the same logins and the same `opens`, and
        rings nobody twice. A call that is put through to another flat, or an id that another panel
        uses too, is a ring of its own, and so is an id of which the ring is over. Raises
        NobodyRung.
        """
        panel = self._registry.panel_called(panel_name)
        flat = None if panel is None else self._flat(panel.id, called)
        if panel is None or flat is None:
            raise NobodyRung(cause=f"panel {panel_name[:20]!r}, flat {str(called)[:20]!r}")
        refusal = self._contracts.call_refusal(flat.flat_id)
        if refusal is not None:
            log.info("panel %d rings at flat %d: not put through", panel.id, flat.flat_id)
            return RingAnswer(False, flat.flat_id, flat.number, panel.dtmf, cause=refusal)
        with transaction():
            ring_id, opens = self._begin(source, call_id, panel, flat)
            logins = self._rings.logins(ring_id, self._clock())
        return RingAnswer(
            allowed=True,
            flat_id=flat.flat_id,
            flat_number=flat.number,
            dtmf=panel.dtmf,
            opens=opens,
            handset=self._intercom.cms_enabled(flat.flat_id),
            logins=tuple(
                Login(self._extension(number), self._hash(ring_id, session))
                for session, number in sorted(logins.items(), key=lambda one: one[1])
            ),
        )

    def camshot(self, hash_: str) -> bytes:
        """The frame at the ring. Raises RingOver, or NoPicture."""
        seen = self._seen(hash_, picture=True)
        if seen.picture is not None:
            return seen.picture
        return self._take_picture(seen)

    def live(self, hash_: str) -> bytes:
        """The newest frame. Raises RingOver, or NoPicture."""
        frame = self._frames.newest(self._seen(hash_, picture=False).panel_id)
        if frame is None:
            raise NoPicture()
        return frame

    def take_picture(self, ring_id: UUID) -> None:
        """Keep what the panel sees now, where the ring has no picture yet. Raises NoPicture."""
        with transaction():
            seen = self._rings.to_picture(ring_id, self._clock())
        if seen is not None:
            self._take_picture(seen)

    def forget_ended(self, now: datetime) -> int:
        """Delete rings that are over."""
        return in_batches(lambda most: self._rings.ended(now, most))

    def _take_picture(self, seen: Seen) -> bytes:
        """Not of who rang before: a frame counts that was the newest when the ring began."""
        frame = self._frames.newest(seen.panel_id, seen.rung_at - EVERY)
        if frame is None:
            raise NoPicture()
        with transaction():
            self._rings.keep_picture(seen.ring_id, frame)
        return frame

    def _seen(self, hash_: str, *, picture: bool) -> Seen:
        if not _HASH.fullmatch(hash_):
            raise RingOver(cause="no hash")
        with transaction():
            found = self._rings.seen_by(_digest(hash_), self._clock(), picture=picture)
        if found is None:
            raise RingOver()
        return found

    def _flat(self, panel_id: int, called: str | int) -> FlatOfPanel | None:
        """Of the flats that the panel's doors are for."""
        if isinstance(called, str):
            return self._registry.flat_by_number(panel_id, called)
        flats = self._registry.flats_of_panel(panel_id)
        return next((one for one in flats if one.flat_id == called), None)

    def _begin(
        self, source: str, call_id: str, panel: PanelOfOurs, flat: FlatOfPanel
    ) -> tuple[UUID, bool]:
        """The ring with its logins, made and rung once however often the PBX tells of it. Whether
        it opens is decided then, and not again."""
        now = self._clock()
        row = {
            "id": uuid4(),
            "source": source,
            "call_id": f"{panel.id}/{flat.flat_id}/{call_id}",
            "panel_id": panel.id,
            "flat_id": flat.flat_id,
            "opens": self._intercom.opens_by_itself(flat.flat_id, now),
            "created_at": now,
            "expires_at": now + LIFE,
        }
        ring_id, opens = self._rings.begin(row, now)
        if ring_id != row["id"]:
            return ring_id, opens
        self._queue.defer(PICTURE, ring_id=str(ring_id))
        rung = self._ring_phones(ring_id, panel, flat, now) if self._settings.sip_server else 0
        words = "panel %d rings at flat %d: %d devices%s"
        log.info(words, panel.id, flat.flat_id, rung, ", the door opens" if opens else "")
        return ring_id, opens

    def _ring_phones(
        self, ring_id: UUID, panel: PanelOfOurs, flat: FlatOfPanel, now: datetime
    ) -> int:
        """Returns how many there are to ring."""
        sessions = self._ringing.devices(self._intercom.voip_phones(flat.flat_id, now))
        hashes = {session: self._hash(ring_id, session) for session in sessions}
        self._rings.add_logins(ring_id, {one: _digest(text) for one, text in hashes.items()})
        numbers = self._rings.logins(ring_id, now)  # without who has left meanwhile
        self._ringing.ring(
            {
                session: self._push(panel, flat, self._extension(number), hashes[session])
                for session, number in numbers.items()
            }
        )
        return len(numbers)

    def _push(self, panel: PanelOfOurs, flat: FlatOfPanel, extension: str, hash_: str) -> CallPush:
        settings = self._settings
        pictures = f"{settings.server_url.rstrip('/')}/api/call"
        more = {"domophoneId": str(panel.id)}
        if settings.sip_stun:
            more["stun"] = settings.sip_stun
        return CallPush(
            server=settings.sip_server,
            port=settings.sip_port,
            transport=settings.sip_transport,
            extension=extension,
            password=hash_,
            caller_id=panel.name or "Домофон",
            dtmf=panel.dtmf,
            image=f"{pictures}/camshot/{hash_}",
            live=f"{pictures}/live/{hash_}",
            hash=hash_,
            flat_id=flat.flat_id,
            flat_number=flat.number,
            more=more,
        )

    def _extension(self, number: int) -> str:
        return f"{self._settings.sip_prefix}{number % 1_000_000:06d}"

    def _hash(self, ring_id: UUID, session_id: UUID) -> str:
        return self._keys.mac("ring", ring_id.bytes, session_id.bytes)[:16].hex()


def _digest(hash_: str) -> bytes:
    return hashlib.sha256(hash_.encode()).digest()
