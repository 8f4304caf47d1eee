"""`frs/like`: a face is learnt of the picture of an event, and opens the door from then on.

So only who may open it now may link. FALPRS is asked with no transaction open, between a row that
says so and its answer: a request that is sent again finds it, and waits.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from smartyard.audit import Audit
from smartyard.config import Settings
from smartyard.contracts.homes import FlatOfMine
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable, NotFound, NotYours, TooOften
from smartyard.events.log.pictures import PictureService
from smartyard.events.log.service import Event, LogService
from smartyard.frs.addresses import Addresses, stream_of
from smartyard.frs.keeping.service import FacesNotHere, KeepingService
from smartyard.frs.repository import FaceRepository
from smartyard.frs.residents.portraits import portrait
from smartyard.frs.rights import FaceRights
from smartyard.gateways.falprs import Box, FaceRefused, FalprsGateway, RegisteredFace
from smartyard.guard import Caller
from smartyard.limits import Limit, Limits
from smartyard.registry.panels.rights import refusal
from smartyard.waiting import WaitingRoom

_LOOK_EVERY = 0.1  # seconds, at another request's row
_HOUR = 3600.0
_SLACK = 2.0  # seconds, beside the two questions to FALPRS


class FacesNotConnected(NotFound):
    message = (
        "Распознавание лиц не подключено. Чтобы подключить его, обратитесь к вашему оператору."
    )


class FacesOff(NotYours):
    message = "Распознавание лиц в этой квартире выключено. Включите его в настройках квартиры."


class NoFaceSeen(NotFound):
    message = "На этом снимке не видно лица. Выберите событие, где лицо видно лучше."


class TooManyFaces(TooOften):
    message = "В квартире сохранено слишком много лиц. Удалите лишние и попробуйте ещё раз."


class LearningService:
    """Has faces learnt for residents."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        faces: FaceRepository,
        rights: FaceRights,
        log: LogService,
        pictures: PictureService,
        keeping: KeepingService,
        *,
        frs: FalprsGateway,
        addresses: Addresses,
        limits: Limits,
        audit: Audit,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._faces = faces
        self._rights = rights
        self._log = log
        self._pictures = pictures
        self._keeping = keeping
        self._frs = frs
        self._addresses = addresses
        self._limits = limits
        self._audit = audit
        self._settings = settings
        self._clock = clock
        self._longest = 2 * settings.frs_timeout + _SLACK
        self._waiting = WaitingRoom("a face", settings.door_waiters)

    def like(self, caller: Caller, event_id: UUID) -> None:
        """Link the face of an event to the flat that the event is of. Said again, it is the same.

        Raises FacesNotConnected; EventNotYours and what else keeps a person from the log, or from
        the door; FacesOff; PictureGone, NoFaceSeen, FacesNotHere; LimitReached, TooManyFaces;
        DependencyUnavailable.
        """
        if not self._keeping.is_there:
            raise FacesNotConnected()
        event, flat = self._log.event(caller, event_id)
        self._check(caller, event, flat)
        asked_at = self._begin(caller, event, flat)
        if asked_at is None:
            return
        try:
            picture = self._pictures.content(event)
            face = self._learn(event)
            small = portrait(picture, face.box or _box(event))
        except Exception as failed:
            with transaction():
                self._faces.give_up(caller.phone, event.id, asked_at)
            if isinstance(failed, FaceRefused):
                raise NoFaceSeen(cause=failed.cause) from None
            raise
        with transaction():
            self._faces.keep(face.face_id, small, self._clock())
            self._faces.finish(caller.phone, event.id, asked_at, face.face_id)
            self._audit.note(
                f"phone:{caller.phone}", "face", f"flat:{flat.flat_id}", {"face": face.face_id}
            )
            self._keeping.sync_soon()

    def _check(self, caller: Caller, event: Event, flat: FlatOfMine) -> None:
        if self._rights.are_off(flat.flat_id):
            raise FacesOff()
        if event.domophone_id is None:
            raise FacesNotHere(cause="no panel")
        reached = self._rights.reached(caller.phone, flat.flat_id, event.domophone_id)
        refused = refusal(reached)
        if refused is not None:
            raise refused

    def _begin(self, caller: Caller, event: Event, flat: FlatOfMine) -> datetime | None:
        """When FALPRS was begun to be asked, by us; None where the face is linked already."""
        asked_at, theirs = self._try(caller, event, flat)
        if theirs:
            deadline = time.monotonic() + self._longest
            with self._waiting.place():
                while theirs and time.monotonic() < deadline:
                    time.sleep(_LOOK_EVERY)
                    asked_at, theirs = self._try(caller, event, flat)
        if theirs:
            raise DependencyUnavailable(cause="another request for this face has no answer")
        return asked_at

    def _try(self, caller: Caller, event: Event, flat: FlatOfMine) -> tuple[datetime | None, bool]:
        """The moment of our question; True with None while another request asks."""
        now = self._clock()
        with transaction():
            if self._faces.begin(caller.phone, event.id, flat.flat_id, now):
                self._take_place(caller, flat, now)
                return now, False
            link = self._faces.hold(caller.phone, event.id)
            if link is None or link.face_id is not None:
                return None, link is None
            if link.asked_at > now - timedelta(seconds=self._longest):
                return None, True
            self._take_place(caller, flat, now)
            link.asked_at = now
            return now, False

    def _take_place(self, caller: Caller, flat: FlatOfMine, now: datetime) -> None:
        if len(self._faces.of_flat(flat.flat_id, None)) >= self._settings.frs_faces_per_flat:
            raise TooManyFaces(cause=f"flat {flat.flat_id}")
        most = self._settings.frs_likes_per_phone_hour
        self._limits.take([Limit(f"face:{caller.phone}", most, _HOUR)], now)

    def _learn(self, event: Event) -> RegisteredFace:
        """FALPRS is told of the stream first, since it may not know it yet."""
        panel_id = event.domophone_id or 0
        self._tell_stream(panel_id)
        address = self._addresses.to_learn(event.id, self._clock())
        return self._frs.register(stream_of(panel_id), address, _box(event))

    def _tell_stream(self, panel_id: int) -> None:
        try:
            self._keeping.tell_stream(panel_id)
        except FaceRefused as refused:  # which is no word about the picture
            raise DependencyUnavailable(cause=refused.cause) from None


def _box(event: Event) -> Box | None:
    """Where the face is in the picture, if that was told."""
    told = event.face or {}
    sides = [told.get(side) for side in ("left", "top", "width", "height")]
    if not all(isinstance(side, int) for side in sides):
        return None
    box = Box(*(int(side or 0) for side in sides))
    return box if box.width > 0 and box.height > 0 else None
