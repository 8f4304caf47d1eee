"""A Sokol (ISCom X1) panel: JSON over HTTP. What is there already is 409, what is not there 404."""

import json
import re
from datetime import datetime
from typing import Any

from smartyard.sandbox.http import Answer, Request, json_answer
from smartyard.sandbox.panels.intercom import PICTURE, Intercom, moment

_DONE = json_answer(200, {"result": True})
_NONE = json_answer(404, {"errors": ["not found"]})
_THERE = json_answer(409, {"errors": ["exists"]})
_WRONG = json_answer(422, {"errors": ["wrong"]})
_READ = {
    "/camera/snapshot": Answer(200, PICTURE, "image/jpeg"),
    "/system/info": json_answer(200, {"model": "ISCOM X1", "deviceID": "1"}),
}
_RELAY = re.compile("/relay/([12])/(open|settings)")
_METHODS = (
    ("/relay/", "open"),
    ("/panelCode", "flat"),
    ("/openCode", "flat"),
    ("/key/store", "key"),
    ("/camera/snapshot", "picture"),
    ("/v1/network/syslog", "events"),
    ("/system/info", "info"),
)


class Sokol(Intercom):
    """See the module. `relays` are the settings of each."""

    model = "sokol"
    success = _DONE

    def reset(self) -> None:
        super().reset()
        self.relays: dict[int, dict[str, Any]] = {0: {}, 1: {}}

    def method_of(self, request: Request) -> str:
        return next((name for path, name in _METHODS if request.path.startswith(path)), "other")

    def answer(self, request: Request) -> Answer:
        try:
            content = json.loads(request.body) if request.body else {}
            return self._answer(request.method, request.path, content)
        except (ValueError, TypeError, KeyError, AttributeError):
            return _WRONG

    def _answer(self, method: str, path: str, content: Any) -> Answer:
        relay = _RELAY.fullmatch(path)
        if relay is not None and method == "PUT":
            return self._relay(int(relay[1]) - 1, relay[2], content)
        whole, _, one = path.rpartition("/") if path.count("/") > 1 else (path, "", "")
        if path in ("/panelCode", "/openCode") or whole in ("/panelCode", "/openCode"):
            act = self._panel_code if "/panelCode" in (path, whole) else self._open_code
            return act(method, int(one) if one else None, content)
        if path.startswith("/key/store"):
            return self._keys(method, path.removeprefix("/key/store").strip("/"), content)
        if (method, path) == ("PUT", "/v1/network/syslog"):
            self.events_to = (str(content["addr"]), int(content["port"]))
            return _DONE
        return _READ.get(path, _NONE) if method == "GET" else _NONE

    def _relay(self, output: int, what: str, content: dict[str, Any]) -> Answer:
        if what == "open":
            self.pulse(output)
        else:
            self.relays[output] |= content
            (self.held_open.add if content.get("alwaysOpen") else self.held_open.discard)(output)
        return _DONE

    def _panel_code(self, method: str, number: int | None, content: dict[str, Any]) -> Answer:
        if number is None and method == "GET":
            return json_answer(200, [_shown(*one) for one in sorted(self.flats.items())])
        flat = int(content["panelCode"]) if number is None else number
        if (method == "POST") == (flat in self.flats):
            return _THERE if method == "POST" else _NONE
        if method == "DELETE":
            del self.flats[flat]
            return _DONE
        calls = content["callsEnabled"]
        self.flats.setdefault(flat, {"code": None, "sip_numbers": []})
        self.flats[flat] |= {"handset": calls["handset"], "sip": calls["sip"]}
        return _DONE

    def _open_code(self, method: str, number: int | None, content: dict[str, Any]) -> Answer:
        coded = {flat: one["code"] for flat, one in self.flats.items() if one["code"]}
        if method == "GET":
            codes = [{"code": int(code), "panelCode": flat} for flat, code in coded.items()]
            return json_answer(200, codes)
        if method == "DELETE":
            if number not in coded:
                return _NONE
            self.flats[number]["code"] = None
            return _DONE
        if str(content["code"]) in coded.values() or int(content["panelCode"]) in coded:
            return _THERE
        self.flats[int(content["panelCode"])]["code"] = str(content["code"])
        return _DONE

    def _keys(self, method: str, one: str, content: Any) -> Answer:
        if method == "GET":
            keys = [{"uuid": key, "panelCode": flat} for key, flat in sorted(self.keys.items())]
            return json_answer(200, keys)
        if method == "PUT" and one == "merge":
            self.keys |= {key["uuid"]: int(key.get("panelCode", 0)) for key in content}
            return _DONE
        if method == "DELETE":
            return _NONE if self.keys.pop(one, None) is None else _DONE
        if content["uuid"] in self.keys:
            return _THERE
        self.keys[content["uuid"]] = int(content["panelCode"])
        return _DONE

    def words_of_button(self, output: int) -> str:
        return f"{'Second' if output else 'Main'} door button press"

    def words_of_ring(self, flat: int) -> str:
        return f"Calling to {flat} flat..."

    def words_of_dtmf(self, flat: int) -> str:
        return "Open main door by DTMF"

    def words_of_end(self, flat: int) -> str:
        return "All calls are done"

    def words_of_motion(self) -> list[str]:
        return ["EVENT: Detected motion"]

    def line(self, text: str, at: datetime | None = None) -> bytes:
        """RFC 3164."""
        return f"<14>{moment(at):%b %e %H:%M:%S} {self.host} sokol 1: {text}".encode()


def _shown(number: int, flat: dict[str, Any]) -> dict[str, Any]:
    calls = {"handset": flat["handset"], "sip": flat["sip"]}
    return {"panelCode": number, "callsEnabled": calls}
