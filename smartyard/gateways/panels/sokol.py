"""Sokol and ISCom X1 panels: JSON over HTTP.

Tried on no device. By the reference: relays 1 and 2 as outputs 0 and 1, flats, opening codes, keys,
the snapshot. By what others' drivers show: the syslog settings of newer firmware, and that a flat's
list of SIP accounts is better left alone (the panel calls its one server with the flat's number).
Open: how a panel says that a flat or a key is not there yet, or is there already. Any refusal of a
change but 401 and 403 is taken for it, and the change is then made the other way.
"""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from smartyard.gateways.panels.lines import Lines
from smartyard.gateways.panels.panel import (
    Driver,
    FlatOnPanel,
    Panel,
    PanelRefused,
    jpeg,
    spelled,
    taken,
)
from smartyard.gateways.transport import Answer, Request, Rubbish

T = TypeVar("T")

_OUTPUTS = (0, 1)
_HIDDEN = "/key/store/(key)"


class Sokol(Driver):
    """See the module."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def open(self, panel: Panel, output: int, within: float) -> None:
        if output not in _OUTPUTS:
            super().open(panel, output, within)
        path = f"/relay/{output + 1}/open"
        self._ask(panel, f"door {output}", _request(panel, "PUT", path), _told, within=within)

    def set_flat(self, panel: Panel, flat: FlatOnPanel) -> None:
        """Between the old code and the new one the flat has none, for the time of one call."""
        content = {
            "panelCode": flat.number,
            "callsEnabled": {"handset": flat.handset, "sip": flat.sip},
        }
        try:
            self._do(panel, "flats", "PUT", f"/panelCode/{flat.number}", content)
        except PanelRefused as refused:
            if refused.status in (401, 403):
                raise
            self._do(panel, "flats", "POST", "/panelCode", content)
        try:
            self._do(panel, "flats", "DELETE", f"/openCode/{flat.number}")
        except PanelRefused as refused:
            if refused.status in (401, 403):
                raise
        if flat.code:
            content = {"code": int(flat.code), "panelCode": flat.number}
            self._do(panel, "flats", "POST", "/openCode", content)

    def keys(self, panel: Panel) -> frozenset[str]:
        request = _request(panel, "GET", "/key/store")
        return self._ask(panel, "list of keys", request, _uuids)

    def add_key(self, panel: Panel, key: str, flat_number: int) -> None:
        content = {"uuid": key, "panelCode": flat_number, "encryption": False}
        self._do(panel, "keys", "POST", "/key/store", content)

    def remove_key(self, panel: Panel, key: str) -> None:
        request = _request(panel, "DELETE", f"/key/store/{key}", shown=_HIDDEN)
        self._ask(panel, "keys", request, _told)

    def snapshot(self, panel: Panel) -> bytes:
        return self._ask(panel, "picture", _request(panel, "GET", "/camera/snapshot"), jpeg)

    def send_events_to(self, panel: Panel, host: str, port: int) -> None:
        content = {"addr": host, "port": port}
        self._do(panel, "settings", "PUT", "/v1/network/syslog", content)

    def _do(
        self, panel: Panel, purpose: str, method: str, path: str, content: Any = None
    ) -> None:  # pylint: disable=too-many-arguments,too-many-positional-arguments
        self._ask(panel, purpose, _request(panel, method, path, content), _told)

    def _ask(
        self,
        panel: Panel,
        purpose: str,
        request: Request,
        read: Callable[[Answer], T],
        *,
        within: float | None = None,
    ) -> T:
        return self._lines.ask(panel, purpose, request, read, within=within)


def _request(
    panel: Panel, method: str, path: str, content: Any = None, *, shown: str = ""
) -> Request:
    """A change without content says so by a length of 0: small servers wait for one."""
    body = None if method == "GET" else b"" if content is None else json.dumps(content).encode()
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    return Request(
        method,
        panel.address.rstrip("/") + path,
        headers=headers,
        body=body,
        once=True,
        auth=panel.auth,
        shown=shown,
    )


def _told(answer: Answer) -> Any:
    """Nothing, or JSON; one that holds `errors` is a refusal, whatever its status."""
    if not taken(answer).body.strip():
        return None
    told = answer.json()
    if isinstance(told, dict) and told.get("errors"):
        raise PanelRefused("it answered errors")
    return told


def _uuids(answer: Answer) -> frozenset[str]:
    told = _told(answer)
    try:
        return frozenset(spelled(one["uuid"]) for one in told or [])
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Rubbish(cause="unreadable keys") from None
