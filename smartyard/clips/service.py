"""Asking for a span of the archive as a file, and getting it once it is there."""

import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from smartyard import wallclock
from smartyard.clips.making.fetching import TASK, clip_url
from smartyard.clips.making.shelf import Shelf
from smartyard.clips.models import ABSENT, FAILED, READY, REFUSED, RUNNING, WAITING, Clip
from smartyard.clips.repository import ClipRepository, Wanted
from smartyard.config import Settings
from smartyard.db import BATCH, transaction
from smartyard.errors import DependencyUnavailable, Malformed, NotFound, NotYours, TooOften
from smartyard.guard import Caller
from smartyard.jobs import Queue
from smartyard.limits import Limit, Limits
from smartyard.registry.sight import SightService

log = logging.getLogger(__name__)

_NAME = re.compile("[0-9a-f]{32}")
_AHEAD = timedelta(minutes=1)  # by which the clock of a phone may be fast
_WRITTEN = timedelta(seconds=30)  # until a media server's archive holds what has just been
_STRAY = timedelta(hours=1)


class ClipTooLong(NotYours):
    """403, as the apps know it."""


class ClipSpanWrong(Malformed):
    message = "Конец видео должен быть позже начала. Выберите другое время."


class ClipInFuture(Malformed):
    message = "Это время ещё не наступило. Выберите другое."


class ClipsNotHere(NotFound):
    message = "Видео с этой камеры скачать нельзя. Смотрите его в архиве."


class TooManyClips(TooOften):
    message = "Дождитесь видео, которые уже готовятся, и попробуйте ещё раз."


class ClipNotYours(NotYours):
    message = "У вас нет доступа к этому видео."


class ClipGone(NotFound):
    message = "Этого видео больше нет. Закажите его ещё раз."


class NothingRecorded(NotFound):
    message = "За это время записи нет. Выберите другое время."


class ClipFailed(DependencyUnavailable):
    message = "Видео подготовить не удалось. Закажите его ещё раз."


@dataclass(frozen=True)
class ClipFile:
    """Where a clip lies, and who sends it."""

    path: Path
    by_nginx: bool


class ClipService:
    """Clips of a person: asked for, ready, gone."""

    def __init__(
        self,
        clips: ClipRepository,
        shelf: Shelf,
        *,
        sight: SightService,
        limits: Limits,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._clips = clips
        self._shelf = shelf
        self._sight = sight
        self._limits = limits
        self._settings = settings
        self._clock = clock
        self._queue = Queue()

    def prepare(self, caller: Caller, camera_id: int, begin: datetime, end: datetime) -> int:
        """The number of the clip of this span, made in the background; the same one while its file
        lives. `begin` and `end` are of the operator's wall clock, without a zone.

        Raises ClipTooLong, ClipSpanWrong, ClipInFuture; what SightService.camera raises;
        ClipsNotHere; TooManyClips, LimitReached; NoRoom.
        """
        now = self._clock()
        since, until = self._span(begin, end, now)
        if not self._settings.server_url:
            log.error("nobody gets a clip: set SERVER_URL")
            raise DependencyUnavailable(cause="SERVER_URL is not set")
        seen = self._sight.camera(caller.phone, camera_id)
        if seen.server.type != "flussonic":
            raise ClipsNotHere()
        wanted = Wanted(caller.person_id, caller.phone, camera_id, since, until)
        expires = now + timedelta(days=self._settings.record_days)
        with transaction():
            clip, is_new = self._clips.claim(wanted, secrets.token_hex(16), now, expires)
            if is_new or self._is_over(clip, now):
                self._admit(caller, now, 1 if is_new else 0)
                if not is_new:
                    self._clips.begin_anew(clip.id, secrets.token_hex(16), now, expires)
                ripe = until + _WRITTEN
                self._queue.defer(TASK, at=ripe if ripe > now else None, clip_id=clip.id)
            return clip.id

    def _span(self, begin: datetime, end: datetime, now: datetime) -> wallclock.Span:
        since, until = wallclock.span(begin, end, self._settings.timezone)
        most = self._settings.clip_max_minutes
        if until <= since:
            raise ClipSpanWrong()
        if until - since > timedelta(minutes=most):
            raise ClipTooLong(f"Установите менее {most:g} мин.")
        if until > now + _AHEAD:
            raise ClipInFuture()
        return since, until

    def _is_over(self, clip: Clip, now: datetime) -> bool:
        """It failed, its time has come, or its file was taken away: it may be begun anew."""
        if clip.state == READY:
            return clip.expires_at <= now or not self._shelf.path(clip.name).is_file()
        return clip.state == FAILED

    def _admit(self, caller: Caller, now: datetime, counted: int) -> None:
        """In the transaction of what is asked for: the counter's lock lets one in at a time.
        `counted` of those that wait are this clip itself."""
        self._shelf.require_room()
        limit = Limit(f"clips:{caller.person_id}", self._settings.clips_per_day, 86400)
        self._limits.take([limit], now)
        if self._clips.unfinished(caller.person_id) - counted >= self._settings.clips_waiting:
            raise TooManyClips()

    def url(self, caller: Caller, clip_id: int) -> str | None:
        """Where a clip is found; None while it is not ready.

        Raises ClipNotYours, ClipGone, NothingRecorded, ClipFailed.
        """
        with transaction():
            clip = self._clips.find(clip_id, caller.person_id)
        if clip is None:
            raise ClipNotYours()
        if clip.state in (WAITING, RUNNING):
            return None
        if clip.state == FAILED:
            if clip.failure == ABSENT:
                raise NothingRecorded()
            raise ClipNotYours() if clip.failure == REFUSED else ClipFailed(cause="the clip failed")
        if self._is_over(clip, self._clock()):
            raise ClipGone()
        return clip_url(self._settings, clip.name)

    def file(self, name: str) -> ClipFile:
        """The file of a name that was told to its owner. Raises ClipGone."""
        if not _NAME.fullmatch(name):
            raise ClipGone()
        with transaction():
            ready = self._clips.is_ready(name, self._clock())
        path = self._shelf.path(name)
        if not ready or not path.is_file():
            raise ClipGone()
        return ClipFile(path, self._settings.clips_by_nginx)

    def forget_ended(self, now: datetime) -> None:
        """Delete clips whose time has come, files and rows; and files that are nobody's: drafts of
        workers that were killed, clips of people who left."""
        while True:
            with transaction():
                names = self._clips.delete_ended(now, BATCH)
            self._shelf.remove(names)
            if len(names) < BATCH:
                break
        found = {path: path.name.partition(".")[0] for path in self._shelf.old(now - _STRAY)}
        with transaction():
            known = self._clips.known(set(found.values()))
        for path, name in found.items():
            if path.suffix == ".part" or name not in known:
                path.unlink(missing_ok=True)
