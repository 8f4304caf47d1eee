"""A Beward panel: CGI by GET, words or `name=value` lines. `mifare` makes it one of the newer ones,
which answer 404 where the older keep their keys."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl

from smartyard.sandbox.http import Answer, Request
from smartyard.sandbox.panels.intercom import PICTURE, Intercom, moment

_OK = Answer(200, b"OK\n", "text/plain")
_WRONG = Answer(200, b"Error: wrong parameters\n", "text/plain")
_NONE = Answer(404, b"Not Found", "text/plain")
_DOORS = {"maindoor": 0, "altdoor": 1}
_LIGHT = 2
_CALL = 61255  # its own number of a call
_METHODS = {
    "intercom_cgi": "open",
    "apartment_cgi": "flat",
    "rfid_cgi": "key",
    "mifare_cgi": "key",
    "extrfid_cgi": "key",
    "images_cgi": "picture",
    "rsyslog_cgi": "events",
    "systeminfo_cgi": "info",
    "config_cgi": "save",
}

Query = dict[str, str]


class Beward(Intercom):
    """See the module. `saved` counts the writings to flash."""

    model = "beward"
    success = _OK

    def reset(self) -> None:
        super().reset()
        self.mifare = False
        self.saved = 0
        self.outer_keys: set[str] = set()

    def method_of(self, request: Request) -> str:
        return _METHODS.get(_cgi(request), "other")

    def answer(self, request: Request) -> Answer:
        if request.method != "GET":
            return Answer(405)
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        acts: dict[str, Callable[[Query], Answer]] = {
            "intercom_cgi": self._intercom,
            "apartment_cgi": self._apartment,
            "rfid_cgi": self._rfid,
            "mifare_cgi": self._mifare,
            "extrfid_cgi": self._outer,
            "images_cgi": lambda _: Answer(200, PICTURE, "image/jpeg"),
            "rsyslog_cgi": self._events,
            "systeminfo_cgi": lambda _: _lines([("DeviceModel", "DKS15103"), ("DeviceID", "1")]),
            "config_cgi": self._save,
        }
        act = acts.get(_cgi(request))
        return _NONE if act is None else act(query)

    def _intercom(self, query: Query) -> Answer:
        action, enable = query.get("action", ""), query.get("Enable")
        if action in _DOORS:
            self.pulse(_DOORS[action])
        elif action == "light" and enable == "on":
            self.held_open.add(_LIGHT)
            self.pulse(_LIGHT)
        elif action == "light" and enable == "off":
            self.held_open.discard(_LIGHT)
        else:
            return _WRONG
        return _OK

    def _apartment(self, query: Query) -> Answer:
        if query.get("action") == "list":
            return self._listed()
        if query.get("action") != "set" or not query.get("Number", "").isdecimal():
            return _WRONG
        flat = self.flats.setdefault(int(query["Number"]), {})
        if query.get("DoorCodeActive") == "off":
            flat["code"] = None
        elif "DoorCode" in query:
            flat["code"] = query["DoorCode"]
        flat["handset"] = query.get("BlockCMS") != "on"
        flat["sip"] = query.get("PhonesActive") == "on"
        phones = [query.get(f"Phone{place}", "") for place in range(1, 6)]
        flat["sip_numbers"] = [phone for phone in phones if phone]
        return _OK

    def _listed(self) -> Answer:
        pairs: list[tuple[str, str]] = []
        for place, (number, flat) in enumerate(sorted(self.flats.items()), start=1):
            pairs += [
                (f"Number{place}", str(number)),
                (f"DoorCode{place}", flat["code"] or ""),
                (f"DoorCodeActive{place}", "on" if flat["code"] else "off"),
                (f"BlockCMS{place}", "off" if flat["handset"] else "on"),
            ]
            numbers = enumerate(flat["sip_numbers"], start=1)
            pairs += [(f"Phone{place}_{at}", phone) for at, phone in numbers]
        return _lines(pairs)

    def _rfid(self, query: Query) -> Answer:
        return _NONE if self.mifare else self._change_key(query, "KeyValue")

    def _mifare(self, query: Query) -> Answer:
        return self._change_key(query, "Key") if self.mifare else _NONE

    def _change_key(self, query: Query, listed: str) -> Answer:
        action, key = query.get("action"), query.get("Key", "")
        if action == "list":
            keys = enumerate(sorted(self.keys), start=1)
            return _lines([(f"{listed}{place}", one) for place, one in keys])
        if action == "add" and key and key not in self.keys:
            self.keys[key] = 0
        elif action == "delete" and key in self.keys:
            del self.keys[key]
        else:
            return _WRONG
        return _OK

    def _outer(self, query: Query) -> Answer:
        if not self.mifare:
            return _NONE
        if query.get("action") == "add":
            self.outer_keys.add(query.get("Key", ""))
        else:
            self.outer_keys.discard(query.get("Key", ""))
        return _OK

    def _events(self, query: Query) -> Answer:
        if query.get("action") != "set":
            host, port = self.events_to or ("", 0)
            return _lines([("ServerAddress", host), ("ServerPort", str(port))])
        on = query.get("Enable") == "on"
        self.events_to = (query["ServerAddress"], int(query["ServerPort"])) if on else None
        return _OK

    def _save(self, query: Query) -> Answer:
        if query.get("action") != "forcesave":
            return _WRONG
        self.saved += 1
        return _OK

    def words_of_ring(self, flat: int) -> str:
        return f"[{_CALL}] CMS handset call started for apartment {flat}"

    def words_of_dtmf(self, flat: int) -> str:
        return f"[{_CALL}] Opening door by DTMF command 1 for apartment {flat}"

    def words_of_end(self, flat: int) -> str:
        return f"All calls are done for apartment {flat} [{_CALL}]"

    def words_of_motion(self) -> list[str]:
        return ["SS_MAINAPI_ReportAlarmHappen(0, 2)", "SS_MAINAPI_ReportAlarmFinish(0, 2)"]

    def line(self, text: str, at: datetime | None = None) -> bytes:
        """RFC 5424."""
        return f"<14>1 {moment(at).isoformat()} {self.host} beward 1 - - {text}".encode()


def _cgi(request: Request) -> str:
    before, _, name = request.path.rpartition("/")
    return name if before == "/cgi-bin" else ""


def _lines(pairs: list[tuple[str, str]]) -> Answer:
    text = "".join(f"{name}={value}\n" for name, value in pairs)
    return Answer(200, text.encode(), "text/plain")
