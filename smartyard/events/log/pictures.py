"""One frame of who was there, taken by the worker while the person still is.

The panel's own snapshot comes first, then the newest frame that the camera's media server has; a
picture that comes late would show somebody else, so it is not taken. Files lie under WORK_DIR in a
folder a day. The apps fetch them without our token, so a link carries a seal: it names the event
and an end, and holds for one phone, whose right is looked at again whenever it is used.
"""

import hmac
import io
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from PIL import Image

from smartyard.config import Settings
from smartyard.contracts.people import PeopleService
from smartyard.db import transaction
from smartyard.errors import NotFound, NotYours
from smartyard.events.kinds import moment_of
from smartyard.events.log.frames import FrameTaker
from smartyard.events.log.repository import LogRepository
from smartyard.events.log.service import Event, LogService
from smartyard.events.service import Face
from smartyard.phones import Phone
from smartyard.secret import Keys

__all__ = ["PictureGone", "PictureNotYours", "PictureService", "PictureTaker", "small"]

log = logging.getLogger(__name__)

DAY = 86400
MOST_PIXELS = 40_000_000


class PictureNotYours(NotYours):
    message = "У вас нет доступа к этому снимку. Обновите список событий."


class PictureGone(NotFound):
    message = "Снимка больше нет."


class Shelf:
    """The files: a folder for each day of UTC, names that nobody can guess."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._folder = settings.work_dir / "pictures"
        self._keys = keys

    def name(self, event_id: UUID) -> str:
        """Made of the event, so that whoever comes first, row or file, knows it."""
        return self._keys.mac("picture of an event", event_id.bytes).hex()[:32]

    def path(self, event_id: UUID) -> Path:
        return self._folder / f"{moment_of(event_id):%Y-%m-%d}" / f"{self.name(event_id)}.jpg"

    def put(self, event_id: UUID, content: bytes) -> None:
        """Whole or not at all."""
        path = self.path(event_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(content)
        draft.replace(path)

    def forget(self, before: date) -> None:
        """Remove the days that are over."""
        for folder in self._folder.glob("????-??-??"):
            if folder.name < before.isoformat():
                shutil.rmtree(folder, ignore_errors=True)
                log.info("the pictures of %s have had their time", folder.name)


class PictureTaker:
    """Takes pictures; used by the worker and by the listener."""

    def __init__(
        self,
        frames: FrameTaker,
        *,
        events: LogRepository,
        shelf: Shelf,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._frames = frames
        self._events = events
        self._shelf = shelf
        self._settings = settings
        self._clock = clock

    def take(self, event_ids: Sequence[UUID], panel_id: int | None, camera_id: int | None) -> None:
        """One frame for events that have just happened. What keeps it from being taken is logged:
        an event without a picture is one all the same."""
        late = timedelta(seconds=self._settings.picture_late)
        if not event_ids or self._clock() - moment_of(event_ids[0]) > late:
            log.info("too late for a picture at panel %s", panel_id)
            return
        shot = self._frames.newest(panel_id, camera_id)
        if shot is None:
            return
        try:
            content = small(shot, self._settings.picture_width)
            for event_id in event_ids:
                self._shelf.put(event_id, content)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as wrong:
            log.warning(
                "the picture of panel %s cannot be kept: %s", panel_id, type(wrong).__name__
            )
            return
        self.adopt(event_ids)

    def keep_face(self, event_id: UUID, shot: bytes, face: Face) -> bool:
        """A frame that somebody else took of a face that was known, with the face's box in it.
        False for what is no picture."""
        try:
            content = small(shot, self._settings.picture_width)
            ratio = _width(content) / _width(shot)
            self._shelf.put(event_id, content)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as wrong:
            log.warning("the frame of a face cannot be kept: %s", type(wrong).__name__)
            return False
        with transaction():
            self._events.add_pictures({event_id: self._shelf.name(event_id)})
            self._events.set_face(event_id, asdict(face.times(ratio)))
        return True

    def adopt(self, event_ids: Sequence[UUID]) -> None:
        """Tell the rows of the files that are there. A file may come before its row."""
        names = {one: self._shelf.name(one) for one in event_ids if self._shelf.path(one).exists()}
        if names:
            with transaction():
                self._events.add_pictures(names)

    def forget_ended(self, now: datetime) -> None:
        """Remove pictures older than PICTURE_KEEP_DAYS."""
        self._shelf.forget((now - timedelta(days=self._settings.picture_keep_days)).date())


class PictureService:
    """Links to pictures, and what is behind them."""

    def __init__(
        self,
        log_: LogService,
        people: PeopleService,
        events: LogRepository,
        *,
        shelf: Shelf,
        keys: Keys,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._log = log_
        self._people = people
        self._events = events
        self._shelf = shelf
        self._keys = keys
        self._settings = settings
        self._clock = clock

    def link(self, event: Event, phone: Phone) -> str | None:
        """The address of an event's picture for one reader, the same for a day, so that apps may
        keep what they fetched. None where there is no picture, or no SERVER_URL."""
        now = self._clock()
        kept = now - timedelta(days=self._settings.picture_keep_days - 1)
        base = self._settings.server_url.rstrip("/")
        if event.picture is None or event.at < kept or not base:
            return None
        until = (int(now.timestamp()) // DAY + 2) * DAY
        seal = self._seal(event.id, until, phone)
        return f"{base}/api/address/plogPicture/{event.id}/{until}/{seal}.jpg"

    def read(self, event_id: UUID, until: int, seal: str) -> bytes:
        """The picture behind a link. Raises PictureNotYours for a link that has ended, was made up
        or is of somebody who may not read the log any more; and PictureGone."""
        now = self._clock()
        if not now.timestamp() < until < now.timestamp() + 3 * DAY:
            raise PictureNotYours(cause="the link has ended")
        with transaction():
            event = self._events.find(event_id)
            if event is None or event.flat_id is None or event.picture is None:
                raise PictureNotYours(cause="no such event")
            phone = self._holder(event, until, seal)
            if not self._log.shows(phone, event):
                raise PictureNotYours(cause="it may not be read any more")
        return self._read(event_id)

    def content(self, event: Event) -> bytes:
        """The picture of an event, for who has seen to the right. Raises PictureGone."""
        if event.picture is None:
            raise PictureGone()
        return self._read(event.id)

    def _read(self, event_id: UUID) -> bytes:
        try:
            return self._shelf.path(event_id).read_bytes()
        except FileNotFoundError:
            raise PictureGone() from None

    def _holder(self, event: Event, until: int, seal: str) -> Phone:
        """Whose link it is, of the people of the flat: the link itself names nobody."""
        for person in self._people.of_flats([event.flat_id] if event.flat_id else []):
            if hmac.compare_digest(self._seal(event.id, until, person.phone), seal):
                return person.phone
        raise PictureNotYours(cause="nobody's link")

    def _seal(self, event_id: UUID, until: int, phone: Phone) -> str:
        mac = self._keys.mac("link to a picture", event_id.bytes, str(until), phone)
        return mac.hex()[:32]


def _width(picture: bytes) -> int:
    with Image.open(io.BytesIO(picture), formats=["JPEG"]) as image:
        return image.width


def small(shot: bytes, width: int) -> bytes:
    """The frame within `width` pixels each way, without what a camera writes beside it. Raises
    OSError, ValueError or SyntaxError for what is no picture."""
    with Image.open(io.BytesIO(shot), formats=["JPEG"]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        image.draft("RGB", (width, width))
        frame = image.convert("RGB")
    frame.thumbnail((width, width))
    taken = io.BytesIO()
    frame.save(taken, "JPEG", quality=80, optimize=True)
    return taken.getvalue()
