"""A media server: one bundled clip, as a live HLS stream and an archive of any stream name.

The playlist is a window that moves with the clock over the clip's four segments, so that a player
goes on asking as it does at a real camera. URLs are Flussonic's (`protocols.md`, 1.4), each with
`?token=T`; a name may hold slashes:
`/NAME/index.m3u8` (`index.fmp4.m3u8`) and its segments; `index-FROM-DURATION.m3u8`, or `archive-`
in the place of `index-`, and `now` in that of DURATION; `archive-FROM-DURATION.mp4`, a file;
`recording_status.json`; `preview.mp4` (`.jpg`), of a time `YYYY/MM/DD/HH/MM/SS-preview.mp4` (UTC)
or `UNIX-preview.mp4`. And its API, for whom has login and password (`demo`, `demo`):
`/streamer/api/v3/streams/NAME/dvr/ranges`. Flussonics of before had not the one, those from 25.04
have not the other: `speaks`.
"""

import json
import re
import time
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl

from smartyard.sandbox import hls
from smartyard.sandbox.archive import SPAN, Archive
from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service
from smartyard.sandbox.panels.intercom import PICTURE
from smartyard.sandbox.securetoken import SecureLinks
from smartyard.sandbox.sessions import Sessions, Viewer

_PREVIEW = (Path(__file__).parent / "clip" / "preview.mp4").read_bytes()
_MOST = 86400  # seconds in one playlist
# The shortest name that leaves a file behind it: a moment's preview has slashes of its own.
_FILE = re.compile(
    rf"/(?P<name>.+?)/(?:(?P<clip>{SPAN.pattern})"
    r"|(?P<playlist>index|(?:index|archive)-(?P<since>[0-9]{1,12})-(?P<lasts>[0-9]{1,6}|now))"
    r"(?P<fmp4>\.fmp4)?\.m3u8"
    r"|(?P<segment>init\.mp4|seg(?P<number>[0-9]{1,12})\.(?P<kind>ts|m4s))"
    r"|(?P<ranges>recording_status\.json)"
    r"|(?P<preview>(?:(?P<day>[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{2}/[0-9]{2}/[0-9]{2})-"
    r"|(?P<unix>[0-9]{9,12})-)?preview\.(?P<picture>mp4|jpg)))"
)
_API = re.compile(r"/streamer/api/v3/streams/(?P<name>.+)/dvr/ranges")
_BASIC = "Basic " + b64encode(b"demo:demo").decode()
STATUS, API = "recording_status.json", "dvr/ranges"
_KINDS = ("clip", "playlist", "segment", "ranges", "preview")
_ANYBODY = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
_DENIED = Answer(403, b"access denied", "text/plain", _ANYBODY)
_MISSING = Answer(404, b"not found", "text/plain", _ANYBODY)
_Found = re.Match[str]


class Media(Service):
    """`calls` keeps what was asked for (clip, playlist, segment, ranges, preview, api) and the
    stream's name."""

    name = "media"

    def __init__(
        self, sessions: Sessions, calls: Calls, archive: Archive, links: SecureLinks
    ) -> None:
        self.sessions = sessions
        self.links = links
        self.calls = calls
        self.archive = archive
        self.speaks = {STATUS, API}

    def reset(self) -> None:
        """It speaks as those between the versions do."""
        self.speaks = {STATUS, API}

    def receive(self, request: Request) -> str:
        found = _API.fullmatch(request.path) or _FILE.fullmatch(request.path)
        if found is None:
            return "other"
        kind = "api" if found.re is _API else _kind(found)
        self.calls.append((kind, found["name"]))
        return kind

    def magic(self, request: Request) -> Fault | None:
        return None

    def odd(self, mode: str, request: Request) -> Answer:
        return _MISSING if mode == "missing" else _DENIED

    def answer(self, request: Request) -> Answer:
        told = _API.fullmatch(request.path)
        if told is not None and API in self.speaks:
            return self._api(request)
        found = _FILE.fullmatch(request.path) if told is None else None
        if found is None or request.method not in ("GET", "HEAD"):
            return _MISSING
        given = parse_qs(request.query).get("token", [""])[0]
        viewer = Viewer(
            name=found["name"],
            ip=request.address,
            token=given or self.sessions.made_up_token(),
            proto="mp4" if found["clip"] or found["picture"] == "mp4" else "hls",
            query=request.query,
            user_agent=request.headers.get("User-Agent", ""),
        )
        if self.links.key:
            admitted = self.links.admit(viewer.name, viewer.token)
            return self._content(found, viewer.token) if admitted else _DENIED
        if not self.sessions.admit(viewer):
            return _DENIED
        answer = self._content(found, viewer.token)
        self.sessions.count(viewer, answer.length)
        return answer

    def _content(self, found: _Found, token: str) -> Answer:
        if found["clip"]:
            clip = self.archive.clip(int(found["begin"]), int(found["seconds"]))
            return _MISSING if clip is None else Answer(200, b"", "video/mp4", _ANYBODY, clip)
        if found["playlist"]:
            return self._playlist(found, token)
        if found["number"]:
            content = hls.segment(int(found["number"]), found["kind"])
            return Answer(200, content, hls.TYPES[found["kind"]], _ANYBODY)
        if found["segment"]:
            return Answer(200, hls.INIT, "video/mp4", _ANYBODY)
        if found["ranges"]:
            return self._ranges(found["name"]) if STATUS in self.speaks else _MISSING
        return self._preview(found)

    def _playlist(self, found: _Found, token: str) -> Answer:
        now, fmp4 = time.time(), bool(found["fmp4"])
        if not found["since"]:
            text = hls.playlist(now, token, fmp4=fmp4)
        else:
            begin = int(found["since"])
            lasts = int(now) - begin if found["lasts"] == "now" else int(found["lasts"])
            if not self.archive.has(begin) or not 0 < lasts <= _MOST:
                return _MISSING
            text = hls.archived(hls.Span(begin, lasts), token, fmp4=fmp4)
        return Answer(200, text.encode(), "application/vnd.apple.mpegurl", _ANYBODY)

    def _ranges(self, name: str) -> Answer:
        return _json([{"stream": name, "ranges": self._spans()}])

    def _api(self, request: Request) -> Answer:
        """A page of what is recorded, and the cursor of the next."""
        if request.headers.get("Authorization") != _BASIC:
            return Answer(401, b"", headers={"WWW-Authenticate": 'Basic realm="flussonic"'})
        asked = {name: int(value) for name, value in parse_qsl(request.query) if value.isdigit()}
        begin, spans = asked.get("cursor", 0), self._spans()
        end = begin + asked.get("limit", 100)
        told = {"ranges": spans[begin:end], "estimated_count": len(spans)}
        return _json(told | ({"next": str(end)} if end < len(spans) else {}))

    def _spans(self) -> list[dict[str, int]]:
        return [{"from": begin, "duration": lasts} for begin, lasts in self.archive.spans()]

    def _preview(self, found: _Found) -> Answer:
        moment = _moment(found)
        if moment is not None and not self.archive.has(moment):
            return _MISSING
        if found["picture"] == "jpg":
            return Answer(200, PICTURE, "image/jpeg", _ANYBODY)
        return Answer(200, _PREVIEW, "video/mp4", _ANYBODY)


def _json(content: object) -> Answer:
    return Answer(200, json.dumps(content).encode(), "application/json", _ANYBODY)


def _kind(found: _Found) -> str:
    return next(kind for kind in _KINDS if found[kind])


def _moment(found: _Found) -> int | None:
    """Of a preview, in unix seconds; None for now. What is no day is long ago."""
    if found["unix"]:
        return int(found["unix"])
    if not found["day"]:
        return None
    try:
        told = datetime.strptime(found["day"], "%Y/%m/%d/%H/%M/%S")
    except ValueError:
        return 0
    return int(told.replace(tzinfo=UTC).timestamp())
