"""A media server: one bundled clip, served as a live HLS stream for any stream name.

The playlist is a window that moves with the clock over the clip's four segments, so that a player
goes on asking as it does at a real camera. URLs are Flussonic's (`protocols.md`, 1.4):
`/NAME/index.m3u8?token=T`, its segments, `/NAME/preview.mp4?token=T` (and `.jpg`); a name may hold
slashes.
`/NAME/archive-FROM-DURATION.mp4` is a file of the archive. Segments are two seconds long.
"""

import re
import time
from pathlib import Path
from urllib.parse import parse_qs, quote

from smartyard.sandbox.archive import SPAN, Archive
from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service
from smartyard.sandbox.panels.intercom import PICTURE
from smartyard.sandbox.sessions import Sessions, Viewer

_CLIP = Path(__file__).parent / "clip"
_SEGMENTS = [(_CLIP / f"seg{number}.ts").read_bytes() for number in range(4)]
_PREVIEW = (_CLIP / "preview.mp4").read_bytes()
_LENGTH = 2  # seconds of a segment
_WINDOW = 4  # segments in a playlist
_FILE = re.compile(
    r"/(?P<name>.+)/(?P<file>index\.m3u8|preview\.(?:mp4|jpg)|seg(?P<number>[0-9]{1,12})\.ts"
    rf"|{SPAN.pattern})"
)
_ANYBODY = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
_DENIED = Answer(403, b"access denied", "text/plain", _ANYBODY)
_MISSING = Answer(404, b"not found", "text/plain", _ANYBODY)
_KINDS = {"index.m3u8": "playlist", "preview.mp4": "preview", "preview.jpg": "preview"}


class Media(Service):
    """`calls` keeps what was asked for (playlist, segment, preview, clip) and the stream's name."""

    name = "media"

    def __init__(self, sessions: Sessions, calls: Calls, archive: Archive) -> None:
        self.sessions = sessions
        self.calls = calls
        self.archive = archive

    def receive(self, request: Request) -> str:
        found = _FILE.fullmatch(request.path)
        if found is None:
            return "other"
        kind = "clip" if found["begin"] else _KINDS.get(found["file"], "segment")
        self.calls.append((kind, found["name"]))
        return kind

    def magic(self, request: Request) -> Fault | None:
        return None

    def odd(self, mode: str, request: Request) -> Answer:
        return _MISSING if mode == "missing" else _DENIED

    def answer(self, request: Request) -> Answer:
        found = _FILE.fullmatch(request.path)
        if found is None or request.method not in ("GET", "HEAD"):
            return _MISSING
        given = parse_qs(request.query).get("token", [""])[0]
        viewer = Viewer(
            name=found["name"],
            ip=request.address,
            token=given or self.sessions.made_up_token(),
            proto="mp4" if found["file"].endswith(".mp4") else "hls",
            query=request.query,
            user_agent=request.headers.get("User-Agent", ""),
        )
        if not self.sessions.admit(viewer):
            return _DENIED
        if found["begin"]:
            clip = self.archive.clip(int(found["begin"]), int(found["seconds"]))
            answer = _MISSING if clip is None else Answer(200, b"", "video/mp4", _ANYBODY, clip)
        else:
            answer = _content(found["file"], found["number"], viewer.token)
        self.sessions.count(viewer, answer.length)
        return answer


def _content(file: str, number: str | None, token: str) -> Answer:
    if number is not None:
        return Answer(200, _SEGMENTS[int(number) % len(_SEGMENTS)], "video/mp2t", _ANYBODY)
    if file == "preview.mp4":
        return Answer(200, _PREVIEW, "video/mp4", _ANYBODY)
    if file == "preview.jpg":
        return Answer(200, PICTURE, "image/jpeg", _ANYBODY)
    text = playlist(time.time(), token)
    return Answer(200, text.encode(), "application/vnd.apple.mpegurl", _ANYBODY)


def playlist(now: float, token: str) -> str:
    """The window of a stream at a moment; the clip begins anew at each discontinuity."""
    end = int(now // _LENGTH)
    first = end - _WINDOW
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{_LENGTH}",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{(first - 1) // len(_SEGMENTS)}",
    ]
    for number in range(first, end):
        if number % len(_SEGMENTS) == 0:
            lines.append("#EXT-X-DISCONTINUITY")
        lines += [f"#EXTINF:{_LENGTH}.000,", f"seg{number}.ts?token={quote(token, safe='')}"]
    return "\n".join(lines) + "\n"
