"""A resident's phone: signs in at our server by the SMS that came, and lists the cameras, as the
apps do. So the page's player shows what an app would: the same lists, tokens and refusals."""

import http.client
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

TIME_OUT = 10.0  # seconds, of each answer and of the SMS


class Refused(ValueError):
    """What the server said in place of an answer, or that it said nothing; in Russian."""


class Phones:
    """Of everybody who was asked for; each signs in once. `accessfl` gives the URL that the media
    server asks, beside which the rest of the API is; `code_for` waits for an SMS."""

    def __init__(self, accessfl: Callable[[], str], code_for: Callable[[str, float], str]) -> None:
        self._accessfl = accessfl
        self._code_for = code_for
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()

    def reset(self) -> None:
        """Nobody is signed in."""
        with self._lock:
            self._tokens.clear()

    def cameras(self, phone: str) -> list[dict[str, Any]]:
        """Of all homes of a phone, and of the city. Raises Refused."""
        with self._lock:
            token = self._tokens.get(phone)
            if token is None or self._ask("user/ping", {}, token)[0] == 401:
                token = self._tokens[phone] = self._sign_in(phone)
        found: dict[int, dict[str, Any]] = {}
        for method in ("cctv/all", "cctv/overview"):
            status, answer = self._ask(method, {}, token)
            if method == "cctv/all":
                _require(status, answer)
            found |= {one["id"]: one for one in answer.get("data", [])}
        return list(found.values())

    def _sign_in(self, phone: str) -> str:
        _require(*self._ask("user/requestCode", {"userPhone": phone}))
        try:
            told = {"userPhone": phone, "smsCode": self._code_for(phone, TIME_OUT)}
        except LookupError:
            raise Refused("SMS с кодом не пришла.") from None
        status, answer = self._ask("user/confirmCode", told)
        _require(status, answer)
        return str(answer["data"]["accessToken"])

    def _ask(self, method: str, body: Any, token: str = "") -> tuple[int, dict[str, Any]]:
        """The status and the answer, empty where there is none."""
        parts = urlsplit(self._accessfl())
        if not parts.hostname:
            raise Refused("Песочнице не сказали, где сервер (--accessfl).")
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        path = f"{parts.path.rpartition('/')[0]}/{method}"
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIME_OUT)
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else {}
        except (OSError, http.client.HTTPException) as wrong:
            raise Refused(f"Сервер не отвечает: {type(wrong).__name__}.") from None
        finally:
            connection.close()


def _require(status: int, answer: dict[str, Any]) -> None:
    if status >= 300:
        raise Refused(f"{answer.get('message', '')} ({status})")
