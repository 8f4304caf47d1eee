"""The files of clips: WORK_DIR/clips, where a name is there only when its file is whole.

A draft is written under another name, brought to the disk and then renamed, so that a worker that
is killed at any moment leaves a draft behind and never half a clip. Others on the host may pass
through the folder (nginx does) and not list it: the names are the secret.
"""

import logging
import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from smartyard.clips.making.mp4 import is_whole
from smartyard.errors import DependencyUnavailable

log = logging.getLogger(__name__)

_GB = 10**9


class NoRoom(DependencyUnavailable):
    """MIN_FREE_GB."""

    message = "Сейчас на сервере не хватает места для видео. Попробуйте позже."


class NotWhole(DependencyUnavailable):
    """What came is no mp4, or only a part of one."""


class Draft:
    """A file that is being written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = open(path, "xb")  # pylint: disable=consider-using-with  # see Shelf.draft
        os.fchmod(self.file.fileno(), 0o644)  # whatever the umask: nginx reads it

    def take(self, chunk: bytes) -> None:
        self.file.write(chunk)

    def finish(self, *, length_told: bool) -> int:
        """Bring it to the disk; returns its size in bytes. Raises NotWhole."""
        self.file.flush()
        size = self.file.tell()
        with open(self.path, "rb") as written:
            if not is_whole(written, size, length_told=length_told):
                raise NotWhole(cause=f"{size} bytes came that are no whole mp4")
        os.fsync(self.file.fileno())
        return size


class Shelf:
    """`least` bytes must be free for a clip to be begun, and half of it for one to go on."""

    def __init__(self, folder: Path, least: float) -> None:
        self._folder = folder.absolute()
        self._least = least

    def path(self, name: str) -> Path:
        return self._folder / f"{name}.mp4"

    def require_room(self) -> None:
        """Raises NoRoom."""
        self._make_folder()
        if self._free() < self._least:
            log.error("no clip is begun: less than %.1f GB are free", self._least / _GB)
            raise NoRoom(cause="MIN_FREE_GB")

    @property
    def is_short(self) -> bool:
        """Whether even what was begun must leave off."""
        return self._free() < self._least / 2

    @contextmanager
    def draft(self, name: str) -> Iterator[Draft]:
        """A new draft; the one of an earlier try goes, and this one too if it is not kept."""
        self._make_folder()
        for left in self._folder.glob(f"{name}.*.part"):
            left.unlink(missing_ok=True)
        draft = Draft(self._folder / f"{name}.{secrets.token_hex(4)}.part")
        try:
            yield draft
        finally:
            draft.file.close()
            draft.path.unlink(missing_ok=True)

    def keep(self, draft: Draft, name: str) -> None:
        """Give a finished draft its name, for good."""
        os.rename(draft.path, self.path(name))
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, names: Collection[str]) -> None:
        for name in names:
            self.path(name).unlink(missing_ok=True)

    def old(self, before: datetime) -> Iterator[Path]:
        """Files, drafts too, that nobody has written to since."""
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            try:
                if path.stat().st_mtime < before.timestamp():
                    yield path
            except FileNotFoundError:
                pass  # it has just gone by itself

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o711, parents=True, exist_ok=True)

    def _free(self) -> int:
        disk = os.statvfs(self._folder)
        return disk.f_bavail * disk.f_frsize
