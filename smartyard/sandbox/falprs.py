"""A FALPRS, as much of it as `protocols.md`, section 7, tells: it knows streams and faces, fetches
the picture that it is to learn a face of, and says that it has seen one when a test or the page
shows it to a camera (`recognise`).
"""

import itertools
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service, json_answer, object_in
from smartyard.sandbox.panels.intercom import PICTURE

_ROOT = "/frs/api/"
_SHOTS = "/screenshots/"
_BOX = {"left": 40, "top": 30, "width": 100, "height": 120}
_OF_STREAM = "removeStream addFaces removeFaces registerFace motionDetection doorIsOpen".split()


class Falprs(Service):
    """`streams` by their names, `faces` with the address of the picture each was learnt from, the
    names of the streams whose doors it was told are open, and the faces that were `shown`."""

    name = "frs"

    def __init__(self, calls: Calls) -> None:
        self.url = ""
        self.streams: dict[str, dict[str, Any]] = {}
        self.faces: dict[int, str] = {}
        self.opened: list[str] = []
        self.shown: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)
        self._events = itertools.count(1)
        self._calls = calls

    def reset(self) -> None:
        """Numbers are never used again."""
        self.streams.clear()
        self.faces.clear()
        self.opened.clear()
        self.shown.clear()

    def recognise(self, stream: str, face: int, event: int | None = None) -> int:
        """Tell whoever gave the stream that this face is there; the status of the answer, 0 for
        none. `event` repeats an earlier number."""
        number = next(self._events) if event is None else event
        told = json.dumps({"faceId": face, "eventId": number}).encode()
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(self.streams[stream]["callback"], told, headers)
        status = _status(asked)
        shown = {"at": time.time(), "stream": stream, "face": face, "answered": status}
        self.shown.append(shown)
        return status

    def act(self, wanted: dict[str, Any]) -> None:
        """What the page posts: a `face` that it knows steps before the camera of a `stream`. Raises
        ValueError or KeyError for what cannot be done."""
        stream, face = str(wanted["stream"]), int(wanted["face"])
        if stream not in self.streams or face not in self.faces:
            raise ValueError("no such stream, or no such face")
        self.recognise(stream, face)

    def as_json(self) -> list[dict[str, Any]]:
        """Each stream with the faces that are looked for there, and what became of those that were
        shown to it, the latest first."""
        return [
            {
                "stream": name,
                "faces": sorted(one["faces"]),
                "shown": [shown for shown in self.shown[::-1] if shown["stream"] == name][:5],
            }
            for name, one in list(self.streams.items())
        ]

    def receive(self, request: Request) -> str:
        method = request.path.removeprefix(_ROOT) if request.path.startswith(_ROOT) else "frame"
        told = object_in(request) or {}
        self._calls.append((method, told | {"bearer": request.headers.get("Authorization", "")}))
        return method

    def magic(self, request: Request) -> Fault | None:
        return None

    def odd(self, mode: str, request: Request) -> Answer:
        return _refusal("there is no face in the picture")

    def answer(self, request: Request) -> Answer:
        if request.path.startswith(_SHOTS):
            return Answer(200, PICTURE, "image/jpeg")
        told, method = object_in(request), request.path.removeprefix(_ROOT)
        ways: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "addStream": self._add_stream,
            "listStreams": self._list_streams,
            "listAllFaces": lambda _: _done(sorted(self.faces)),
            "deleteFaces": self._delete_faces,
            "bestQuality": self._best,
        }
        if request.method != "POST" or told is None:
            return _refusal("an object by POST is needed")
        if method in ways:
            return ways[method](told)
        if method in _OF_STREAM and told.get("streamId") in self.streams:
            return self._of_stream(method, told)
        return _refusal("no such method, or no such stream")

    def _list_streams(self, _: dict[str, Any]) -> Answer:
        rows = [
            {"streamId": name, **one, "faces": sorted(one["faces"])}
            for name, one in self.streams.items()
        ]
        return _done(rows)

    def _add_stream(self, told: dict[str, Any]) -> Answer:
        if not isinstance(told.get("streamId"), str):
            return _refusal("streamId is needed")
        stream = self.streams.setdefault(told["streamId"], {"faces": set()})
        stream.update({name: told.get(name, "") for name in ("url", "callback")})
        stream["faces"] |= set(told.get("faces", []))
        return _done(None)

    def _of_stream(self, method: str, told: dict[str, Any]) -> Answer:
        name = told["streamId"]
        faces: set[int] = self.streams[name]["faces"]
        if method == "removeStream":
            del self.streams[name]
        elif method == "addFaces":
            faces.update(face for face in told["faces"] if face in self.faces)
        elif method == "removeFaces":
            faces.difference_update(told["faces"])
        elif method == "doorIsOpen":
            self.opened.append(name)
        elif method == "registerFace":
            if not _is_picture(str(told.get("url"))):
                return _refusal("no picture is at this address")
            number = next(self._numbers)
            self.faces[number] = told["url"]
            faces.add(number)
            box = {side: told.get(side) or usual for side, usual in _BOX.items()}
            return _done({"faceId": number, "faceImage": f"{self.url}/faces/{number}.jpg", **box})
        return _done(None)

    def _best(self, told: dict[str, Any]) -> Answer:
        if not told.get("eventId"):
            return _done(None)
        return _done({"screenshot": f"{self.url}{_SHOTS}{told['eventId']}.jpg", **_BOX})

    def _delete_faces(self, told: dict[str, Any]) -> Answer:
        for face in told.get("faces", []):
            self.faces.pop(face, None)
            for stream in self.streams.values():
                stream["faces"].discard(face)
        return _done(None)


def _status(asked: urllib.request.Request) -> int:
    """0 where no answer came."""
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    except OSError:
        return 0


def _is_picture(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return bool(answer.read(3) == b"\xff\xd8\xff")
    except (OSError, ValueError):
        return False


def _done(data: Any) -> Answer:
    if data is None:
        return Answer(204)
    return json_answer(200, {"code": "200", "message": "OK", "data": data})


def _refusal(words: str) -> Answer:
    return json_answer(400, {"code": "400", "message": words})
