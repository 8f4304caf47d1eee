"""How Flussonic asks about its viewers and what it remembers (`protocols.md`, 1.2 and 1.3).

A session is a stream's name, a viewer's address and a token. A verdict, denials too, is kept for
`X-AuthDuration` seconds and asked for again only when a request comes after that. A fault (5xx, a
time-out, no connection) leaves a known session as it was, and a new one is denied. A redirect is
*granted*, as old versions take it: who sends one by accident lets everybody in.
`X-Max-Sessions` and `X-Unique` are not imitated: our server sends neither.
"""

import http.client
import secrets
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

TIME_OUT = 3.0  # seconds that the answer may take
DEFAULT_DURATION = 180  # seconds, where no X-AuthDuration comes
ASK_AGAIN = 5  # seconds at most until a fault is asked over
IDLE = 60.0  # seconds past its verdict without a request, and a session is forgotten


@dataclass
class Session:
    """One viewer of one stream."""

    name: str
    ip: str
    token: str
    number: str = field(default_factory=lambda: str(uuid.uuid4()))
    lock: threading.Lock = field(default_factory=threading.Lock)
    opened: float = 0.0
    granted: bool | None = None  # None: nobody has answered yet
    asked: int = 0
    until: float = 0.0
    duration: int = DEFAULT_DURATION
    sent: int = 0  # bytes


@dataclass(frozen=True)
class Viewer:
    """Who asks for a stream, and how."""

    name: str
    ip: str
    token: str
    proto: str
    query: str
    user_agent: str


class Sessions:
    """Decides on viewers by asking `accessfl`; `verdicts` keeps the answers, oldest first."""

    def __init__(self, accessfl: str) -> None:
        self.accessfl = accessfl
        self.verdicts: deque[dict[str, Any]] = deque(maxlen=1000)
        self._known: dict[tuple[str, str, str], Session] = {}
        self._lock = threading.Lock()

    def reset(self) -> None:
        with self._lock:
            self._known.clear()
        self.verdicts.clear()

    def admit(self, viewer: Viewer) -> bool:
        """True when the viewer may have what was asked for, now."""
        session = self._session(viewer)
        with session.lock:  # one question at a time, however many segments are asked for
            now = time.monotonic()
            if session.granted is None or now >= session.until:
                self._ask(session, viewer, now)
            granted = bool(session.granted)
        if session.granted is None:
            with self._lock:
                self._known.pop((viewer.name, viewer.ip, viewer.token), None)
        return granted

    def count(self, viewer: Viewer, sent: int) -> None:
        """Tell how many bytes went to the viewer."""
        self._session(viewer).sent += sent

    def made_up_token(self) -> str:
        """What Flussonic gives a viewer who has none; it still asks."""
        return secrets.token_hex(16)

    def _session(self, viewer: Viewer) -> Session:
        key = (viewer.name, viewer.ip, viewer.token)
        now = time.monotonic()
        with self._lock:
            for old in [k for k, s in self._known.items() if s.until and now > s.until + IDLE]:
                del self._known[old]
            return self._known.setdefault(key, Session(*key, opened=now))

    def _ask(self, session: Session, viewer: Viewer, now: float) -> None:
        update = session.granted is True
        kind = "update_session" if update else "new_session"
        question = self._question(session, viewer, kind, int(now - session.opened))
        status, headers = _get(f"{self.accessfl}?{question}")
        fault = not isinstance(status, int) or status >= 500
        duration = _seconds(headers.get("x-authduration"))
        session.asked += 1
        if fault:
            session.until = now + min(session.duration, ASK_AGAIN)
        else:
            session.granted = status in (200, 302)
            session.duration = duration
            session.until = now + duration
        self.verdicts.append(
            {
                "at": time.time(),
                "name": session.name,
                "token": session.token[:4] + "…",
                "request_type": kind,
                "status": status,
                "granted": bool(session.granted),
                "X-AuthDuration": headers.get("x-authduration"),
                "X-UserId": headers.get("x-userid"),
            }
        )

    def _question(self, session: Session, viewer: Viewer, kind: str, age: int) -> str:
        with self._lock:
            live = [s.name for s in self._known.values() if s.granted]
        asked: dict[str, Any] = {
            "name": session.name,
            "proto": viewer.proto,
            "ip": session.ip,
            "token": session.token,
            "request_type": kind,
            "request_number": session.asked if kind == "update_session" else 0,
            "session_id": session.number,
            "stream_clients": live.count(session.name),
            "total_clients": len(live),
            "duration": age,
            "bytes": session.sent,
            "qs": viewer.query,
            "user_agent": viewer.user_agent,
            "referer": "",
            "dvr": "false",
        }
        return urlencode(asked, quote_via=quote)


def _seconds(text: str | None) -> int:
    known = text is not None and text.isascii() and text.isdigit()
    return int(text) if known and text else DEFAULT_DURATION


def _get(url: str) -> tuple[int | str, dict[str, str]]:
    """The status, or a word for why there is none. Redirects are not followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIME_OUT)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    except TimeoutError:
        return "timeout", {}
    except (OSError, http.client.HTTPException):
        return "unreachable", {}
    finally:
        connection.close()
