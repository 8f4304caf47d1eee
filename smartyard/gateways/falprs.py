"""Recognition of faces by FALPRS: JSON to `/frs/api/<method>`, and `{"code", "message", "data"}`.

A stream is what it takes frames of, a face is a number of its own. Source: reference/protocols.md,
section 7. It calls us back with the number of a face that it has seen; who may, `comes_from` tells.
"""

import json
import re
import socket
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.transport import Answer, Outside, Request, Rubbish

_MOST = 2**53  # numbers above are not what was meant
_SIDE = 100_000  # pixels


class FaceRefused(DependencyUnavailable):
    """It answered that it does not do this: of a picture, that it sees no face there."""


@dataclass(frozen=True)
class Box:
    """Where a face is in a picture, in pixels of that picture."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class RegisteredFace:
    """A face by its number, and where it was found."""

    face_id: int
    box: Box | None


@dataclass(frozen=True)
class FaceStream:
    """`frames` is where it takes frames, `callback` where it tells us: both hold secrets."""

    stream_id: str
    frames: str = field(default="", repr=False)
    callback: str = field(default="", repr=False)
    faces: frozenset[int] = frozenset()


@dataclass(frozen=True)
class BestShot:
    """The frame of an event: its address, and the face in it."""

    screenshot: str = field(repr=False)
    box: Box | None


class FalprsGateway:
    """Speaks to the one at `url`. Every method raises DependencyUnavailable, of which FaceRefused
    means that it answered no."""

    def __init__(self, outside: Outside, *, url: str, token: str) -> None:
        self.configured = bool(url)
        self._outside = outside
        self._host = urlsplit(url).hostname or ""
        base = url.rstrip("/")
        self._url = base if base.endswith("/frs/api") else f"{base}/frs/api"
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def register(self, stream_id: str, picture: str, box: Box | None) -> RegisteredFace:
        """Learn the face of a picture at this address: the one in `box`, or whoever is there."""
        where = box or Box(0, 0, 0, 0)
        told = self._ask(
            "registerFace",
            streamId=stream_id,
            url=picture,
            left=where.left,
            top=where.top,
            width=where.width,
            height=where.height,
        )
        if told is None:
            raise FaceRefused(cause="no face was registered")
        return RegisteredFace(_number(told, "faceId"), _box(told))

    def add_faces(self, stream_id: str, faces: Collection[int]) -> None:
        """Look for these faces in a stream."""
        self._ask("addFaces", streamId=stream_id, faces=sorted(faces))

    def remove_faces(self, stream_id: str, faces: Collection[int]) -> None:
        """Look for them there no more."""
        self._ask("removeFaces", streamId=stream_id, faces=sorted(faces))

    def delete_faces(self, faces: Collection[int]) -> None:
        """Forget faces everywhere."""
        self._ask("deleteFaces", faces=sorted(faces))

    def add_stream(self, stream: FaceStream) -> None:
        """Take frames of a stream; one that it knows is changed."""
        self._ask(
            "addStream",
            streamId=stream.stream_id,
            url=stream.frames,
            callback=stream.callback,
            faces=sorted(stream.faces),
        )

    def remove_stream(self, stream_id: str) -> None:
        """Take no more frames of it."""
        self._ask("removeStream", streamId=stream_id)

    def streams(self) -> list[FaceStream]:
        """All that it knows, those of other systems too."""
        told = self._ask("listStreams")
        if told is None:
            return []
        if not isinstance(told, list):
            raise Rubbish(cause="the list of streams is none")
        return [_stream(one) for one in told]

    def door_is_open(self, stream_id: str) -> None:
        """Nobody need be looked for at this stream for a while."""
        self._ask("doorIsOpen", streamId=stream_id)

    def best_shot(self, event_id: int) -> BestShot | None:
        """The frame of an event that it told us of; None where it has none."""
        told = self._ask("bestQuality", eventId=event_id)
        address = told.get("screenshot") if isinstance(told, dict) else None
        return BestShot(address, _box(told)) if isinstance(address, str) and address else None

    def frame(self, shot: BestShot) -> bytes:
        """The picture itself, of the recognition's own host and no other."""
        parts = urlsplit(shot.screenshot)
        if parts.scheme not in ("http", "https") or parts.hostname != self._host:
            raise Rubbish(cause="the frame is at another host")
        request = Request("GET", shot.screenshot, shown="(a frame)")
        return self._outside.ask(request, _jpeg)

    def comes_from(self, address: str) -> bool:
        """Whether this is an address of FRS_URL's host; its name is looked up each time."""
        try:
            found = {_plain(one[4][0]) for one in socket.getaddrinfo(self._host, None)}
            return _plain(address) in found
        except (OSError, ValueError):
            return False

    def _ask(self, method: str, **fields: Any) -> Any:
        """`data` of the answer, None for 204."""
        request = Request(
            "POST",
            f"{self._url}/{method}",
            headers=self._headers,
            body=json.dumps(fields).encode(),
            once=True,
        )
        return self._outside.ask(request, partial(_data, method))


def _data(method: str, answer: Answer) -> Any:
    if answer.status == 204:
        return None
    if 400 <= answer.status < 500:
        raise FaceRefused(cause=f"{method} was answered {answer.status}")
    if answer.status != 200:
        raise Rubbish(cause=f"{method} was answered {answer.status}")
    told = answer.json() if answer.body.strip() else {}
    if not isinstance(told, dict):
        raise Rubbish(cause="the answer is no object")
    code = str(told.get("code", "200"))
    if code not in ("200", "204"):
        words = code if re.fullmatch("[0-9]{1,5}", code) else "something else"
        raise FaceRefused(cause=f"{method}: code {words}")
    return told.get("data")


def _number(told: Any, name: str) -> int:
    value = told.get(name) if isinstance(told, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _MOST:
        raise Rubbish(cause=f"the answer has no {name}")
    return value


def _box(told: Any) -> Box | None:
    """None where it is told badly, or is of no size."""
    sides = [told.get(name) for name in ("left", "top", "width", "height")]
    if not all(
        isinstance(side, int) and not isinstance(side, bool) and -_SIDE < side < _SIDE
        for side in sides
    ):
        return None
    box = Box(*sides)
    return box if box.width > 0 and box.height > 0 else None


def _stream(told: Any) -> FaceStream:
    if not isinstance(told, dict) or not isinstance(told.get("streamId"), str | int):
        raise Rubbish(cause="a stream has no name")
    faces = told.get("faces") or []
    known = [one for one in faces if isinstance(one, int)] if isinstance(faces, list) else []
    return FaceStream(
        str(told["streamId"]),
        str(told.get("url") or ""),
        str(told.get("callback") or ""),
        frozenset(known),
    )


def _jpeg(answer: Answer) -> bytes:
    if answer.status != 200:
        error = FaceRefused if 400 <= answer.status < 500 else Rubbish
        raise error(cause=f"the frame was answered {answer.status}")
    if not answer.body.startswith(b"\xff\xd8\xff"):
        raise Rubbish(cause="the frame is no JPEG")
    return answer.body


def _plain(address: Any) -> str:
    told = ip_address(str(address))
    mapped = told.ipv4_mapped if isinstance(told, IPv6Address) else None
    return str(mapped or told)
