"""What the archive of a camera holds, by its media server's word."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartyard.config import Settings
from smartyard.flussonic.service import VideoService
from smartyard.gateways.flussonic.download import NoRecording
from smartyard.gateways.flussonic.ranges import Api, Archive, RangesGateway, Span
from smartyard.guard import Caller
from smartyard.registry.inventory.media import MediaServer, SealedMedia
from smartyard.registry.sight import SeenCamera, SightService

__all__ = ["Recordings", "RecordingService"]

_KEPT = 1000  # answers


@dataclass(frozen=True)
class Recordings:
    """Spans of a stream's archive, in order."""

    stream: str
    spans: Sequence[Span]


class RecordingService:
    """Asks a media server for each camera once in RANGES_TTL, however many people look."""

    def __init__(
        self,
        sight: SightService,
        video: VideoService,
        gateway: RangesGateway,
        *,
        sealed: SealedMedia,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._sight = sight
        self._video = video
        self._gateway = gateway
        self._sealed = sealed
        self._settings = settings
        self._clock = clock
        self._recent: OrderedDict[str, tuple[datetime, Recordings]] = OrderedDict()
        self._lock = threading.Lock()

    def of_camera(self, caller: Caller, camera_id: int) -> Recordings:
        """No spans where nothing is recorded, or where it is no Flussonic that we could ask.

        Raises what SightService.camera does, and DependencyUnavailable where the media server does
        not answer.
        """
        seen = self._sight.camera(caller.phone, camera_id)
        if seen.server.type != "flussonic":
            return Recordings(seen.camera.stream, ())
        now = self._clock()
        with self._lock:
            known = self._recent.get(seen.url)
        if known is not None and known[0] > now:
            return known[1]
        found = self._asked(seen)
        with self._lock:
            self._recent[seen.url] = (now + timedelta(seconds=self._settings.ranges_ttl), found)
            self._recent.move_to_end(seen.url)
            while self._is_surplus(now):
                self._recent.popitem(last=False)
        return found

    def _is_surplus(self, now: datetime) -> bool:
        """Of the answer that was kept first: each may be of thousands of spans."""
        ends, _ = next(iter(self._recent.values()))
        return len(self._recent) > 1 and (ends <= now or len(self._recent) > _KEPT)

    def _asked(self, seen: SeenCamera) -> Recordings:
        stream = seen.camera.stream
        token = self._video.server_token(seen.server, stream, self._settings.ranges_timeout + 60)
        try:
            archive = Archive(seen.url, token, self._api(seen.server, stream))
            return Recordings(stream, self._gateway.spans(archive))
        except NoRecording:
            return Recordings(stream, ())

    def _api(self, server: MediaServer, stream: str) -> Api | None:
        """What newer Flussonics are asked by; None where we have no login there."""
        known = self._sealed.of(server)
        if not known.login:
            return None
        return Api(server.url, stream, known.login, known.password)
