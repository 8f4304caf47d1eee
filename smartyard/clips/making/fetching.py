"""The worker's part: one clip, from the media server to a whole file, and its owner is told.

It runs at least once, and may at any moment be killed and begun again: a clip is ready when its
row says so, which it does once, after the file stands under its name.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from smartyard.clips.making.shelf import Shelf
from smartyard.clips.models import ABSENT, BROKEN, REFUSED
from smartyard.clips.repository import ClipRepository, Fetched
from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable, NotFound, NotYours, PaymentRequired, told
from smartyard.flussonic.service import VideoService
from smartyard.gateways.flussonic.download import ArchiveGateway, NoRecording
from smartyard.gateways.incoming import Flow
from smartyard.gateways.transport import LeftOff
from smartyard.jobs import Queue
from smartyard.notices import Notice, Notices
from smartyard.phones import Phone
from smartyard.registry.service import SeenCamera
from smartyard.registry.sight import SightService

log = logging.getLogger(__name__)

TASK = "fetch_clip"


class FetchService:
    """Takes clips in hand one by one."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        clips: ClipRepository,
        shelf: Shelf,
        archive: ArchiveGateway,
        *,
        sight: SightService,
        video: VideoService,
        notices: Notices,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._clips = clips
        self._shelf = shelf
        self._archive = archive
        self._sight = sight
        self._video = video
        self._notices = notices
        self._settings = settings
        self._clock = clock
        self._queue = Queue()

    def fetch(self, clip_id: int, stopping: Callable[[], bool]) -> None:
        """Fetch a clip, unless it is there or gone. `stopping`: the worker is asked to end; the
        clip then waits for the next one. Raises nothing but what a database that is away does."""
        with transaction():
            clip = self._clips.take(clip_id)
        if clip is None:
            return
        if clip.attempts > self._settings.clip_tries:  # each ended with its worker's life
            self._fail(clip, BROKEN)
            return
        try:
            camera, size = self._download(clip, stopping)
        except (NotYours, NotFound, PaymentRequired):  # the right was lost while it waited
            self._fail(clip, REFUSED)
        except NoRecording:
            self._fail(clip, ABSENT)
        except (DependencyUnavailable, OSError) as error:
            if isinstance(error, LeftOff) and stopping():
                self._leave_to_next(clip)
            else:
                self._again(clip, f"{type(error).__name__} ({error})")
        except Exception as bug:  # pylint: disable=broad-exception-caught  # it must not hang
            self._again(clip, told(bug))
        else:
            self._ready(clip, camera, size)

    def _download(self, clip: Fetched, stopping: Callable[[], bool]) -> tuple[SeenCamera, int]:
        wanted, settings = clip.wanted, self._settings
        camera = self._sight.camera(Phone(wanted.phone), wanted.camera_id)
        self._shelf.require_room()
        with self._shelf.draft(clip.name) as draft:
            length_told = self._archive.download(
                camera.url,
                self._video.server_token(
                    camera.server, camera.camera.stream, settings.clip_timeout + 60
                ),
                int(wanted.begins_at.timestamp()),
                int((wanted.ends_at - wanted.begins_at).total_seconds()),
                Flow(
                    draft.take,
                    lambda: stopping() or self._shelf.is_short,
                    settings.clip_stall,
                ),
            )
            size = draft.finish(length_told=length_told)
            self._shelf.keep(draft, clip.name)
        return camera, size

    def _ready(self, clip: Fetched, camera: SeenCamera, size: int) -> None:
        expires = self._clock() + timedelta(days=self._settings.record_days)
        with transaction():
            first = self._clips.ready(clip, size, expires)
            if first:
                self._notices.send(self._notice(clip, camera))
            known = first or self._clips.known([clip.name])
        if not known:  # its owner has left meanwhile, or the camera has
            self._shelf.remove([clip.name])
        log.info("clip %d is ready: %d bytes", clip.id, size)

    def _notice(self, clip: Fetched, camera: SeenCamera) -> Notice:
        zone = self._settings.timezone
        begin, end = (at.astimezone(zone) for at in (clip.wanted.begins_at, clip.wanted.ends_at))
        return Notice(
            Phone(clip.wanted.phone),
            "videoReady",
            "Видео готово",
            f"{camera.camera.name}, {begin:%d.%m.%Y}, {begin:%H:%M:%S}–{end:%H:%M:%S}."
            f" Файл хранится {self._settings.record_days:g} дн.\n"
            f"{clip_url(self._settings, clip.name)}",
        )

    def _again(self, clip: Fetched, why: str) -> None:
        """Later, and later each time; after CLIP_TRIES no more."""
        if clip.attempts >= self._settings.clip_tries:
            log.error("clip %d is given up after %d tries: %s", clip.id, clip.attempts, why)
            self._fail(clip, BROKEN)
            return
        wait = self._settings.clip_retry * 2 ** (clip.attempts - 1)
        log.warning("clip %d is tried again in %d s: %s", clip.id, wait, why)
        with transaction():
            if self._clips.put_back(clip, counted=True):
                later = self._clock() + timedelta(seconds=wait)
                self._queue.defer(TASK, at=later, clip_id=clip.id)

    def _leave_to_next(self, clip: Fetched) -> None:
        log.info("clip %d is left to the next worker", clip.id)
        with transaction():
            if self._clips.put_back(clip, counted=False):
                self._queue.defer(TASK, clip_id=clip.id)

    def _fail(self, clip: Fetched, failure: str) -> None:
        log.info("clip %d has failed: %s", clip.id, failure)
        with transaction():
            self._clips.fail(clip, failure)


def clip_url(settings: Settings, name: str) -> str:
    """Where a file is found from outside."""
    return f"{settings.server_url.rstrip('/')}/api/clips/{name}.mp4"
