"""The page of the sandbox and the JSON behind it.

`GET /` the page, `/player.js` its player, `/webhooks.js` what it knows of webhooks; `GET /state`,
`/messages`, `/people`, `/verdicts`, `/faults`, `/orders`, `/callbacks`, `/codes`, `/panels`,
`/lines`, `/calls`, `/faces`, `/letters`, `/pushes`, `/webhooks` what it shows, and
`/calls/N/picture` who rings; `POST /people`, `/faults`, `/panels`, `/calls`, `/faces`, `/webhooks`,
`/reset` change things; `POST /watch` signs a number in and lists its cameras. A code and somebody's
world must not be read or changed by a site that is open in the same browser: the Host must be a
loopback one (a name that was made to point here is not), the Origin, if any, the page's own, and a
POST must be JSON.
"""

import ipaddress
import json
import re
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smartyard.sandbox import bank_magic
from smartyard.sandbox.bank import Bank
from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Request, Service, json_answer
from smartyard.sandbox.phone import Refused

if TYPE_CHECKING:
    from smartyard.sandbox.town import Sandbox

_FILES = {
    "/": (Path(__file__).with_name("page.html"), "text/html"),
    "/player.js": (Path(__file__).with_name("player.js"), "text/javascript"),
    "/webhooks.js": (Path(__file__).with_name("webhooks.js"), "text/javascript"),
}
# {media}: the media server, of which the player fetches playlists and segments.
_POLICY = (
    "default-src 'none'; connect-src 'self' {media}; media-src blob:; style-src 'unsafe-inline';"
    " script-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_PICTURE = re.compile(r"/calls/([0-9]{1,9})/picture")
_SHOWN = 50  # the newest of what grows, on the page
_GROWS = (
    "messages",
    "verdicts",
    "orders",
    "callbacks",
    "codes",
    "letters",
    "pushes",
    "lines",
    "calls",
)


class Page(Service):
    """Stands before the whole sandbox."""

    name = "page"

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def receive(self, request: Request) -> str:
        return request.path

    def magic(self, request: Request) -> Fault | None:
        return None

    def odd(self, mode: str, request: Request) -> Answer:
        return Answer(404)

    def answer(self, request: Request) -> Answer:
        if not _from_here(request):
            return json_answer(403, {"error": "only the page itself, on loopback, may do this"})
        if request.method == "POST":
            return self._change(request)
        if request.path in _FILES:
            path, kind = _FILES[request.path]
            policy = {"Content-Security-Policy": _POLICY.format(media=self._sandbox.media_url)}
            return Answer(200, path.read_bytes(), f"{kind}; charset=utf-8", policy | _HEADERS)
        if found := _PICTURE.fullmatch(request.path):
            return self._picture(int(found[1]))
        shown = self._shown(request.path)
        if shown is None:
            return json_answer(404, {"error": "there is nothing here"})
        return json_answer(200, shown)

    def _shown(self, path: str) -> Any:
        sandbox = self._sandbox
        whole: dict[str, Callable[[], Any]] = {
            "/messages": sandbox.messages.copy,
            "/people": sandbox.world.people,
            "/verdicts": lambda: sandbox.verdicts,
            "/faults": sandbox.faults.listed,
            "/orders": lambda: [_order(sandbox.bank, one) for one in sandbox.bank.orders()],
            "/callbacks": lambda: sandbox.bank.callbacks,
            "/pushes": lambda: [_push(one) for one in sandbox.fcm.pushes.copy()],
            "/codes": sandbox.billing.access.codes.copy,
            "/panels": sandbox.panels.as_json,
            "/lines": lambda: list(sandbox.panels.lines),
            "/calls": sandbox.pbx.listed,
            "/faces": sandbox.frs.as_json,
            "/letters": sandbox.letters.copy,
            "/webhooks": lambda: _webhooks(sandbox),
        }
        if path == "/state":
            state = {name.strip("/"): read() for name, read in whole.items()}
            for name in _GROWS:
                state[name] = state[name][-_SHOWN:][::-1]
            return state
        return whole[path]() if path in whole else None

    def _change(self, request: Request) -> Answer:
        if request.headers.get_content_type() != "application/json":
            return json_answer(415, {"error": "application/json is needed"})
        try:
            wanted = json.loads(request.body or b"{}")
            if not isinstance(wanted, dict):
                raise ValueError("an object is needed")
            if request.path == "/watch":
                return json_answer(200, {"cameras": self._sandbox.phones.cameras(wanted["phone"])})
            act = self._acts().get(request.path)
            if act is None:
                return json_answer(404, {"error": "there is nothing here"})
            act(wanted)
        except Refused as said:  # our server
            return json_answer(422, {"error": str(said)})
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            return json_answer(422, {"error": f"{type(wrong).__name__}: {wrong}"})
        return json_answer(200, {"done": True})

    def _acts(self) -> dict[str, Callable[[dict[str, Any]], None]]:
        sandbox = self._sandbox
        return {
            "/people": sandbox.world.change,
            "/faults": self._set_fault,
            "/panels": sandbox.panels.act,
            "/calls": sandbox.pbx.act,
            "/faces": sandbox.frs.act,
            "/webhooks": lambda wanted: sandbox.hooks.learn(str(wanted["secret"])),
            "/reset": lambda _: sandbox.reset(devices=False),
        }

    def _picture(self, call_id: int) -> Answer:
        try:
            picture = self._sandbox.pbx.picture(call_id)
        except (OSError, ValueError, HTTPException):  # the server is away, or knows no such call
            picture = None
        if picture is None:
            return json_answer(404, {"error": "there is no picture"})
        return Answer(200, picture, "image/jpeg", _HEADERS)

    def _set_fault(self, wanted: dict[str, Any]) -> None:
        seconds, times = wanted.get("seconds"), wanted.get("times")
        self._sandbox.faults.set(
            str(wanted["service"]),
            str(wanted.get("mode", "ok")),
            seconds=None if seconds is None else float(seconds),
            method=str(wanted.get("method", "")),
            times=None if times is None else int(times),
            kind=str(wanted.get("kind", "html")),
        )


def _webhooks(sandbox: "Sandbox") -> dict[str, Any]:
    """What the receiver of webhooks took, the newest first, and where it is."""
    taken = [*sandbox.hooks.taken.values()]
    return {"url": sandbox.webhooks_url, "taken": taken[-_SHOWN:][::-1]}


def _push(message: dict[str, Any]) -> dict[str, Any]:
    """What the device shows, and to whom it goes."""
    alert = message.get("apns", {}).get("payload", {}).get("aps", {}).get("alert", {})
    data = message.get("data", {})
    return {
        "at": message["at"],
        "token": message["token"],
        "kind": "call" if "server" in data else data.get("action", ""),
        "title": alert.get("title", ""),
        "body": alert.get("body", ""),
        "badge": data.get("badge", ""),
        "image": data.get("image", ""),
    }


def _order(bank: Bank, order: dict[str, Any]) -> dict[str, Any]:
    fate = bank_magic.outcome(order["amount"]) or bank_magic.PAID
    magic = "" if fate is bank_magic.PAID else fate.ru
    return order | {"magic": magic, "formUrl": bank.form_url(order["orderId"])}


def _from_here(request: Request) -> bool:
    host = request.headers.get("Host", "")
    origin = request.headers.get("Origin")
    return _is_loopback(host) and origin in (None, f"http://{host}")


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
