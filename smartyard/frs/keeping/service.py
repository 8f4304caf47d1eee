"""FALPRS is told of the cameras of panels, and of whom to look for at each; what it should forget
it is told to forget.

It is asked what it knows, and told the difference. Addresses of frames hold tokens of a day, so
that it is told of each stream anew on a schedule. Streams of other systems are left alone.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable, NotFound
from smartyard.events.log.frames import MediaToken
from smartyard.frs.addresses import Addresses, is_ours, stream_of
from smartyard.frs.keeping.soon import SyncSoon
from smartyard.frs.repository import KeepingRepository, PanelStream
from smartyard.gateways.falprs import FaceRefused, FaceStream, FalprsGateway

__all__ = ["FacesNotHere", "KeepingService", "Synced"]

log = logging.getLogger(__name__)

_FRAMES_LIVE = 86400.0  # seconds that FALPRS may take frames by one address
_ANSWERED = timedelta(hours=1)  # a question to FALPRS that is older was killed


class FacesNotHere(NotFound):
    message = "У этого домофона нет камеры, на которой распознаются лица."


@dataclass
class Synced:
    """What FALPRS was told, or was not: `left` counts what it refused, or we could not say."""

    streams: int = 0
    added: int = 0
    removed: int = 0
    forgotten: int = 0
    left: int = 0


class KeepingService:
    """Its methods that ask FALPRS raise DependencyUnavailable."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        rows: KeepingRepository,
        *,
        frs: FalprsGateway,
        addresses: Addresses,
        media_token: MediaToken,
        soon: SyncSoon,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._rows = rows
        self._frs = frs
        self._addresses = addresses
        self._media_token = media_token
        self._soon = soon
        self.is_there = bool(settings.frs_url)
        self._clock = clock

    def sync_soon(self) -> None:
        """In the caller's transaction: links have changed, the worker tells FALPRS."""
        self._soon()

    def tell_stream(self, panel_id: int) -> None:
        """Tell it of one stream, before a face is learnt there. Raises FacesNotHere."""
        with transaction():
            found = self._rows.streams(panel_id)
            faces = self._rows.looked_for(panel_id)
        if not found:
            raise FacesNotHere(cause=f"panel {panel_id} has no stream")
        self._frs.add_stream(self._stream(found[0], faces.get(panel_id, set())))

    def sync(self, *, anew: bool = False) -> Synced:
        """Bring it in step; `anew`: tell it of the streams that it knows, too."""
        done = Synced()
        if not self.is_there:
            return done
        told = {one.stream_id: one for one in self._frs.streams() if is_ours(one.stream_id)}
        now = self._clock()
        with transaction():  # after it was asked: a face that it has learnt since is not looked at
            self._rows.end_links(now, now - _ANSWERED)
            wanted = {stream_of(one.panel_id): one for one in self._rows.streams()}
            faces = self._rows.looked_for()
            unlinked, known = self._rows.unlinked(), self._rows.known()
            asking = self._rows.is_asking()
        done.streams = len(wanted)
        seen: set[int] = set()
        for known_there in told.values():
            seen |= known_there.faces
        self._forget(unlinked, set() if asking else seen - known, done)
        for name in sorted(told.keys() - wanted.keys()):
            with _tried(f"the end of stream {name}", done):
                self._frs.remove_stream(name)
                done.removed += 1
        for name, one in wanted.items():
            at_panel = faces.get(one.panel_id, set())
            if name not in told or anew:
                self._add(one, at_panel, done)
                done.added += name not in told
            if name in told:
                self._tell_faces(name, told[name].faces & known, at_panel, done)
        return done

    def forget_all(self) -> int:
        """All links, pictures and numbers of ours, for a FALPRS that has lost its own and gives its
        numbers to others now. FALPRS is not asked. Returns how many faces it was."""
        with transaction():
            return self._rows.clear()

    def _forget(self, unlinked: Collection[int], strays: Collection[int], done: Synced) -> None:
        """Faces that nobody links any more; and strays, which it learnt for a request of ours that
        was killed before it wrote that down."""
        gone = {*unlinked, *strays}
        if not gone:
            return
        with _tried("the end of faces", done):
            self._frs.delete_faces(gone)
            with transaction():
                self._rows.drop(unlinked)
            done.forgotten += len(gone)

    def _add(self, one: PanelStream, faces: Collection[int], done: Synced) -> None:
        try:
            stream = self._stream(one, faces)
        except DependencyUnavailable as failed:
            log.warning("panel %d: no address of its frames: %s", one.panel_id, failed)
            done.left += 1
            return
        with _tried(f"stream {stream.stream_id}", done):
            self._frs.add_stream(stream)

    def _tell_faces(
        self, name: str, there: Collection[int], wanted: Collection[int], done: Synced
    ) -> None:
        more, fewer = set(wanted) - set(there), set(there) - set(wanted)
        with _tried(f"faces of stream {name}", done):
            if more:
                self._frs.add_faces(name, more)
            if fewer:
                self._frs.remove_faces(name, fewer)

    def _stream(self, one: PanelStream, faces: Collection[int]) -> FaceStream:
        token = self._media_token(one.server, one.stream, _FRAMES_LIVE)
        frames = f"{one.server.url}/{quote(one.stream)}/preview.jpg?{urlencode({'token': token})}"
        return FaceStream(
            stream_of(one.panel_id),
            frames,
            self._addresses.callback(one.panel_id),
            frozenset(faces),
        )


@contextmanager
def _tried(what: str, done: Synced) -> Iterator[None]:
    """What it refuses is left, and holds up nothing else."""
    try:
        yield
    except FaceRefused as refused:
        log.warning("the recognition of faces refuses %s: %s", what, refused)
        done.left += 1
