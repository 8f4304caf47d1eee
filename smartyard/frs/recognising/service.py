"""FALPRS knew a face at a panel: one pulse, if the flat that it is of still may, and the event.

What repeats opens nothing: FALPRS' own number of what it saw is noted in the transaction of the
intent, and a door that was opened to a face, whosever, opens to none for FRS_PAUSE. An intent whose
server was killed is taken for dead as any attempt at a door is.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from smartyard.db import transaction
from smartyard.doors.attempts.service import AttemptService, Intent, Outcome, Turn
from smartyard.errors import DependencyUnavailable, NotYours
from smartyard.events.log.pictures import PictureService, PictureTaker
from smartyard.events.log.service import LogService
from smartyard.events.service import EventService, Face, Happened, moment_of, new_id
from smartyard.frs.addresses import Addresses, stream_of
from smartyard.frs.repository import FaceRepository, Giver
from smartyard.frs.rights import FaceRights
from smartyard.gateways.falprs import Box, FalprsGateway
from smartyard.jobs import Queue
from smartyard.phones import Phone
from smartyard.registry.service import Door

__all__ = ["SEEN", "NotFromFalprs", "RecognitionService", "at_the_door"]

log = logging.getLogger(__name__)

SEEN = "face_seen"  # the task
_SOURCE = "frs"


class NotFromFalprs(NotYours):
    message = "Этот адрес вызывает только сервер распознавания лиц."


def at_the_door(row: Mapping[str, Any], outcome: Outcome) -> Happened:
    """The event of an attempt. Its id was made with the intent, so that the frame finds it."""
    return Happened(
        kind="face",
        at=moment_of(row["attempt"]),
        domophone_id=row["domophone_id"],
        door_id=row["door_id"],
        house_id=row["house_id"],
        flat_id=row["flat_id"],
        phone=Phone(row["phone"]),
        opened=outcome.opened,
        outcome=outcome.words,
        face=Face(row["face_id"]),
        id=row["attempt"],
    )


class RecognitionService:
    """What FALPRS tells us, and what it may see."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        faces: FaceRepository,
        rights: FaceRights,
        attempts: AttemptService,
        events: EventService,
        log_: LogService,
        *,
        pictures: PictureService,
        taker: PictureTaker,
        frs: FalprsGateway,
        addresses: Addresses,
        queue: Queue,
        clock: Callable[[], datetime],
    ) -> None:
        self._faces = faces
        self._rights = rights
        self._attempts = attempts
        self._events = events
        self._log = log_
        self._pictures = pictures
        self._taker = taker
        self._frs = frs
        self._addresses = addresses
        self._queue = queue
        self._clock = clock

    def panel_of(self, stream: str, secret: str, address: str) -> int:
        """The panel that a callback is about. Raises NotFromFalprs, the same for a wrong secret and
        for a wrong address."""
        panel_id = self._addresses.panel_of(stream, secret)
        if panel_id is None or not self._is_falprs(address):
            raise NotFromFalprs(cause=f"a wrong secret, or from {address}")
        return panel_id

    def seen(self, panel_id: int, face_id: int, number: int) -> None:
        """Open the door to a face, once; nothing where no flat that links it may. What the panel
        did is in the event. Raises DoorNotConnected, DoorRefused."""
        latest = time.monotonic() + 2 * self._attempts.longest
        with transaction():
            givers = self._faces.givers(face_id)
        found = self._opening(givers, panel_id)
        if found is None:
            log.info("face %d at panel %d opens nothing", face_id, panel_id)
            return
        giver, door = found
        panel = self._attempts.panel(panel_id)
        intent = self._intent(giver, door, face_id)
        with transaction():
            if not self._is_news(number):
                return
            decided, _ = self._attempts.begin(intent)
        if decided is not Turn.OPEN:
            return
        if time.monotonic() > latest:  # we were kept waiting: whoever it was may have left
            self._attempts.finish(intent, "unreachable")
            return
        state = self._attempts.pulse(intent, panel)
        if state in ("opened", "unknown"):
            with transaction():
                event = str(intent.row["attempt"])
                self._queue.defer(SEEN, event=event, number=number, panel=panel_id)

    def after_opening(self, event_id: UUID, number: int, panel_id: int) -> None:
        """The frame that FALPRS knew the face in, and its box; where it gives none, one that we
        take. And FALPRS need not look for anybody there for a while."""
        try:
            self._frs.door_is_open(stream_of(panel_id))
        except DependencyUnavailable as failed:
            log.info("the recognition of faces was not told that a door is open: %s", failed)
        if not self._keep_frame(event_id, number):
            self._taker.take([event_id], panel_id, None)

    def picture(self, event_id: UUID, until: int, seal: str, address: str) -> bytes:
        """The picture that FALPRS is to learn a face of. Raises NotFromFalprs, PictureGone."""
        known = self._addresses.is_to_learn(event_id, until, seal, self._clock())
        if not known or not self._is_falprs(address):
            raise NotFromFalprs(cause=f"a link that has ended, or from {address}")
        return self._pictures.content(self._log.any_event(event_id))

    def settle_dead(self) -> int:
        """Of openings whose server was killed before it wrote the outcome. Returns how many."""
        return self._attempts.settle_dead()

    def forget_ended(self, now: datetime) -> int:
        """Delete openings that are long over; the events stay."""
        return self._attempts.forget_ended(now)

    def _is_falprs(self, address: str) -> bool:
        return self._frs.configured and self._frs.comes_from(address)

    def _opening(self, givers: list[Giver], panel_id: int) -> tuple[Giver, Door] | None:
        """The first who linked the face and still may open, and the door."""
        for giver in givers:
            door = self._rights.door(giver.phone, giver.flat_id, panel_id)
            if door is not None:
                return giver, door
        return None

    def _is_news(self, number: int) -> bool:
        """Within a day: a FALPRS that was set up anew begins its numbers anew."""
        return self._events.is_news(_SOURCE, f"{self._clock():%Y-%m-%d}:{number}")

    def _intent(self, giver: Giver, door: Door, face_id: int) -> Intent:
        row = {
            "domophone_id": door.domophone_id,
            "door_id": door.door_id,
            "attempt": new_id(self._clock()),
            "flat_id": giver.flat_id,
            "house_id": door.house_id,
            "phone": giver.phone,
            "state": "asked",
            "face_id": face_id,
        }
        return Intent(row, door)

    def _keep_frame(self, event_id: UUID, number: int) -> bool:
        event = self._log.any_event(event_id)
        face_id = (event.face or {}).get("face_id", 0)
        try:
            shot = self._frs.best_shot(number)
            if shot is None:
                return False
            frame = self._frs.frame(shot)
        except DependencyUnavailable as failed:
            log.info("the recognition of faces gives no frame: %s", failed)
            return False
        box = shot.box or Box(0, 0, 0, 0)
        face = Face(face_id, box.left, box.top, box.width, box.height)
        return self._taker.keep_face(event_id, frame, face)
