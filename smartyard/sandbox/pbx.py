"""The provider's telephone exchange: asks our server about each call of a panel, and does as told.

A call goes on until somebody opens or hangs up, until the same panel rings again, or for a minute.
Phones of ours are those that Firebase's pushes reached; who answers at one is played by the page.
"""

import http.client
import itertools
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from smartyard.sandbox.background import Background
from smartyard.sandbox.fcm import Fcm
from smartyard.sandbox.panels import Intercom, Panels

_RINGS_FOR = 60.0  # seconds
_PATIENCE = 10.0  # seconds, of one question
_KEPT = 50
_PICTURE_LIMIT = 2 * 1024 * 1024  # bytes


@dataclass
class Call:
    """`state`: rings, opened, over; refused by the server; failed: no answer of use, see `why`."""

    id: int
    at: float
    panel: Intercom
    flat: int
    state: str = "rings"
    why: str = ""
    by_itself: bool = False  # the server said to open at once
    handset: bool = False
    hashes: frozenset[str] = field(default=frozenset(), repr=False)


class Pbx:
    """`url` is the server's `hooks/ring`; the key is `key`, or what its file holds by then. Safe to
    use from any thread."""

    def __init__(self, panels: Panels, fcm: Fcm, background: Background) -> None:
        self.url = ""
        self.key = ""
        self.key_file: Path | None = None
        self._panels = panels
        self._fcm = fcm
        self._numbers = itertools.count(1)
        self._calls: deque[Call] = deque(maxlen=_KEPT)
        self._lock = threading.RLock()
        self._background = background

    def ring(self, panel_name: Any, flat: int) -> int:
        """Somebody dials a flat; returns the call's number. Raises KeyError for no such panel."""
        panel = self._panels.intercom(panel_name)
        with self._lock:
            for other in [one for one in self._calls if one.panel is panel]:
                self._end(other)
            call = Call(next(self._numbers), time.time(), panel, flat)
            self._calls.append(call)
        panel.ring(flat)
        self._ask(call)
        if call.by_itself:
            self.open(call.id)
        elif call.state == "rings":
            self._background.after(_RINGS_FOR, lambda: self.hang_up(call.id))
        else:
            panel.hang_up(flat)
        return call.id

    def open(self, call_id: int) -> None:
        """Somebody lets in who rings. Raises ValueError where the call does not go on."""
        with self._lock:
            call = self._going(call_id)
            call.state = "opened"
            call.panel.open_in_call(call.flat)
            call.panel.hang_up(call.flat)

    def hang_up(self, call_id: int) -> None:
        """Nobody opens; nothing where the call is over already."""
        with self._lock:
            self._end(self._call(call_id))

    def act(self, wanted: dict[str, Any]) -> None:
        """What the page posts: `panel` and `flat`, or `call` and `act` (open, hang_up). Raises
        ValueError, KeyError or TypeError for what cannot be done."""
        if "panel" in wanted:
            self.ring(wanted["panel"], int(wanted["flat"]))
        elif wanted["act"] == "open":
            self.open(int(wanted["call"]))
        elif wanted["act"] == "hang_up":
            self.hang_up(int(wanted["call"]))
        else:
            raise ValueError("there are open and hang_up")

    def picture(self, call_id: int) -> bytes | None:
        """Who rings, as the first of the phones that were told sees it; None where none was, or
        where the server shows nothing (any more)."""
        pushes = self._pushes(self._call(call_id))
        if not pushes:
            return None
        status, content = _fetch("GET", str(pushes[0]["data"]["image"]))
        return content if status == 200 else None

    def listed(self) -> list[dict[str, Any]]:
        """Oldest first; `phones` are the push tokens that were told."""
        with self._lock:
            calls = list(self._calls)
        return [
            {
                "id": call.id,
                "at": call.at,
                "panel": call.panel.name,
                "flat": call.flat,
                "state": call.state,
                "why": call.why,
                "by_itself": call.by_itself,
                "handset": call.handset,
                "logins": len(call.hashes),
                "phones": [push["token"] for push in self._pushes(call)],
            }
            for call in calls
        ]

    def reset(self) -> None:
        with self._lock:
            self._calls.clear()
        self._background.reset()

    def _ask(self, call: Call) -> None:
        """Raises nothing: what came of it is in the call."""
        question = {"panel": call.panel.sip, "flat": str(call.flat), "callId": f"{call.at:.6f}"}
        try:
            headers = {"Authorization": f"Bearer {self._key()}", "Content-Type": "application/json"}
            status, content = _fetch("POST", self.url, json.dumps(question).encode(), headers)
            told = json.loads(content)
            if status != 200:
                call.state, call.why = "failed", f"{status}: {told['message']}"
                return
            answer = told["data"]
            call.hashes = frozenset(login["password"] for login in answer["logins"])
            call.handset, call.by_itself = answer["handset"], answer["opens"]
            if not answer["allowed"]:
                call.state, call.why = "refused", answer["cause"]
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as wrong:
            call.state, call.why = "failed", f"{type(wrong).__name__}: {wrong}"

    def _key(self) -> str:
        return self.key_file.read_text(encoding="ascii").strip() if self.key_file else self.key

    def _pushes(self, call: Call) -> list[dict[str, Any]]:
        return [push for push in self._fcm.pushes.copy() if push["data"].get("hash") in call.hashes]

    def _call(self, call_id: int) -> Call:
        with self._lock:
            for call in self._calls:
                if call.id == call_id:
                    return call
        raise ValueError("there is no such call")

    def _going(self, call_id: int) -> Call:
        call = self._call(call_id)
        if call.state != "rings":
            raise ValueError("the call is over")
        return call

    def _end(self, call: Call) -> None:
        if call.state == "rings":
            call.state = "over"
            call.panel.hang_up(call.flat)


def _fetch(
    method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """Status and content. Raises OSError, HTTPException or ValueError. No redirect is followed."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the server's address is not known")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=_PATIENCE)
    try:
        connection.request(method, parts.path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(_PICTURE_LIMIT)
    finally:
        connection.close()
