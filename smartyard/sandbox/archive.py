"""The archive of the media server: an mp4 of any span of the last days, save for a gap in them.

ffmpeg repeats the bundled clip to the length that was asked for; where it is not installed the
clip goes out as it is. `padding` bytes of nothing make a file as large as a test wants, valid still
(a `free` box), and never in memory as a whole; `pace` is its bytes a second, 0 for all that goes.
"""

import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CLIP = Path(__file__).parent / "clip" / "archive.mp4"
_BLOCK = 256 * 1024
KEPT = 7 * 86400  # seconds that the archive reaches back
_GAP = (KEPT // 2, 600)  # where nothing was recorded: so long ago it ended, and so long it lasted
SPAN = re.compile(r"archive-(?P<begin>[0-9]{1,12})-(?P<seconds>[0-9]{1,6})\.mp4")


@dataclass(frozen=True)
class Stream:
    """A body that is read as it is sent."""

    path: Path
    padding: int = 0
    pace: float = 0

    @property
    def length(self) -> int:
        return self.path.stat().st_size + self.padding

    def blocks(self) -> Iterator[bytes]:
        """The body; at its pace, where it has one."""
        for block in self._all():
            if self.pace:
                time.sleep(len(block) / self.pace)
            yield block

    def _all(self) -> Iterator[bytes]:
        with open(self.path, "rb") as file:
            while block := file.read(_BLOCK):
                yield block
        left = self.padding
        if left:
            head = (1).to_bytes(4, "big") + b"free" + left.to_bytes(8, "big")
            yield head
            left -= len(head)
        nothing = bytes(_BLOCK)
        while left > 0:
            yield nothing[:left]
            left -= _BLOCK


class Archive:
    """`padding` is 0, or at least the 16 bytes of a box's head."""

    def __init__(self) -> None:
        self.padding = 0
        self.pace = 0.0
        self._folder: Path | None = None  # made when something is
        self._made: dict[int, Path] = {}
        self._lock = threading.Lock()

    def spans(self) -> list[tuple[int, int]]:
        """What is recorded: begin and duration of each span, in seconds."""
        now = int(time.time())
        ago, lasted = _GAP
        return [(now - KEPT, KEPT - ago - lasted), (now - ago, ago)]

    def has(self, moment: int) -> bool:
        """Whether that moment is recorded."""
        return any(begin <= moment < begin + seconds for begin, seconds in self.spans())

    def clip(self, begin: int, seconds: int) -> Stream | None:
        """That span, begun within what is kept; None where nothing is."""
        if not self.has(begin) or seconds < 1:
            return None
        with self._lock:
            if seconds not in self._made:
                self._made[seconds] = self._make(seconds)
            return Stream(self._made[seconds], self.padding, self.pace)

    def _make(self, seconds: int) -> Path:
        ffmpeg = shutil.which("ffmpeg")
        if ffmpeg is None:
            return _CLIP
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="sy-archive-"))
        made = self._folder / f"{seconds}.mp4"
        subprocess.run(
            [ffmpeg, "-v", "error", "-nostdin", "-stream_loop", "-1", "-i", str(_CLIP), "-t",
             str(seconds), "-c", "copy", "-movflags", "+faststart", "-f", "mp4", "-y", str(made)],
            check=True,
            timeout=60,
        )  # fmt: skip
        return made

    def reset(self) -> None:
        """Files as large as their clips again, and as fast as they go."""
        self.padding, self.pace = 0, 0.0

    def stop(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
