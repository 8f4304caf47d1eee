"""HLS of the bundled clip: playlists of what goes on now, and of a span of the archive.

Four segments of two seconds, in MPEG-TS and in fMP4, are repeated for ever; the clip begins anew at
each discontinuity.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_CLIP = Path(__file__).parent / "clip"
_COUNT = 4
_SEGMENTS = {
    kind: [(_CLIP / f"seg{number}.{kind}").read_bytes() for number in range(_COUNT)]
    for kind in ("ts", "m4s")
}
INIT = (_CLIP / "init.mp4").read_bytes()
TYPES = {"ts": "video/mp2t", "m4s": "video/mp4"}
_LENGTH = 2  # seconds of a segment
_WINDOW = 4  # segments in a playlist of what goes on now


@dataclass(frozen=True)
class Span:
    """Of the archive, in unix seconds."""

    begin: int
    seconds: int


def segment(number: int, kind: str) -> bytes:
    """The segment of a number, of any."""
    return _SEGMENTS[kind][number % _COUNT]


def playlist(now: float, token: str, *, fmp4: bool = False) -> str:
    """The window of a stream at a moment."""
    end = int(now // _LENGTH)
    first = end - _WINDOW
    head = [
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{(first - 1) // _COUNT}",
    ]
    return _joined(head, _segments(first, end, token, fmp4))


def archived(span: Span, token: str, *, fmp4: bool = False) -> str:
    """The whole of a span, up to a segment's length longer."""
    first = span.begin // _LENGTH
    end = -(-(span.begin + span.seconds) // _LENGTH)
    head = ["#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:VOD"]
    return _joined(head, [*_segments(first, end, token, fmp4), "#EXT-X-ENDLIST"])


def _joined(head: list[str], lines: Iterator[str] | list[str]) -> str:
    whole = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{_LENGTH}", *head, *lines]
    return "\n".join(whole) + "\n"


def _segments(first: int, end: int, token: str, fmp4: bool) -> Iterator[str]:
    shown = quote(token, safe="")
    if fmp4:
        yield f'#EXT-X-MAP:URI="init.mp4?token={shown}"'
    for number in range(first, end):
        if number % _COUNT == 0 and number > first:
            yield "#EXT-X-DISCONTINUITY"
        yield f"#EXTINF:{_LENGTH}.000,"
        yield f"seg{number}.{'m4s' if fmp4 else 'ts'}?token={shown}"
