"""What comes in of one answer, as libcurl hands it over: the head, and a body within limits.

A body goes into memory, or, where a `Flow` is given, to whoever takes it as it comes: then the
memory stays flat however much passes.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Flow:
    """Takes the body of a 200, chunk by chunk; that of any other answer is passed over.

    `take` may raise OSError (the disk is full), and the transfer ends. `leave_off` is asked about
    once a second. Fewer than `slowest` bytes a second for `stall` seconds end it too.
    """

    take: Callable[[bytes], object]
    leave_off: Callable[[], bool]
    stall: float
    slowest: int = 1024


class Incoming:
    """Collects an answer, and stops libcurl once it is larger than we take."""

    def __init__(self, max_bytes: int, flow: Flow | None = None) -> None:
        self.fields: list[tuple[str, str]] = []
        self.body = bytearray()
        self.too_big = False
        self.in_head = True
        self.broken_off = ""  # why we ended it ourselves
        self._status = ""
        self._taken = 0
        self._max_bytes = max_bytes
        self._flow = flow

    def header(self, line: bytes) -> None:
        """Each block (a 1xx has one too) begins anew; trailers after the body are left out."""
        text = line.decode("latin-1").strip()
        if text.startswith("HTTP/"):
            self.fields.clear()
            self.in_head = True
            self._status = text.partition(" ")[2][:3]
        elif not text:
            self.in_head = False
        elif self.in_head and ":" in text:
            name, _, value = text.partition(":")
            self.fields.append((name.strip(), value.strip()))

    def write(self, chunk: bytes) -> int:
        """Taking less than was offered makes libcurl abort."""
        self._taken += len(chunk)
        self.too_big = self._taken > self._max_bytes
        if self.too_big:
            return 0
        if self._flow is None:
            self.body += chunk
        elif self._status == "200":
            try:
                self._flow.take(chunk)
            except OSError as error:
                self.broken_off = error.strerror or type(error).__name__
                return 0
        return len(chunk)

    def progress(self, *_: int) -> int:
        """Anything but 0 makes libcurl abort."""
        if self._flow is not None and self._flow.leave_off():
            self.broken_off = "asked to end"
        return int(bool(self.broken_off))
