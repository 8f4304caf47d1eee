"""Beward DKS panels: CGI by GET, answers of `name=value` lines or plain words.

Tried on no device. By the reference: outputs 0 and 1, the light relay as output 2, flats, keys of
`rfid_cgi`, the snapshot, the syslog settings. By what others' drivers show: `mifare_cgi` and
`extrfid_cgi` of newer panels name keys `KeyN`, and `config_cgi` writes the settings to flash.
Open: what a panel says when it refuses with 200. A word that begins with "error" is taken for it.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from smartyard.errors import DependencyUnavailable
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
from smartyard.gateways.transport import Answer, AnswerLost, Request, Rubbish, Unreachable

T = TypeVar("T")

_DOORS = {0: "maindoor", 1: "altdoor"}
_LIGHT = 2
_PULSE = 0.1  # seconds that the light relay stays on
_PHONES = 5


class Beward(Driver):
    """See the module."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def open(self, panel: Panel, output: int, within: float) -> None:
        if output == _LIGHT:
            self._flash(panel, within)
        elif output in _DOORS:
            pairs = {"action": _DOORS[output]}
            self._ask(panel, f"door {output}", "intercom_cgi", pairs, _words, within=within)
        else:
            super().open(panel, output, within)

    def _flash(self, panel: Panel, within: float) -> None:
        """On and off. Whatever became of "on", "off" is asked for, since it opens nothing; a
        process that is killed in between leaves the relay on until the next pulse."""
        deadline = time.monotonic() + within
        try:
            self._light(panel, "on", within * 2 / 3)
        except (Unreachable, PanelRefused):
            raise  # it is surely off
        except DependencyUnavailable:
            with suppress(DependencyUnavailable):
                self._light(panel, "off", deadline - time.monotonic())
            raise
        time.sleep(_PULSE)
        left = deadline - time.monotonic()
        try:
            self._light(panel, "off", left / 2)
        except DependencyUnavailable:
            self._light_off_at_last(panel, deadline)

    def _light_off_at_last(self, panel: Panel, deadline: float) -> None:
        try:
            self._light(panel, "off", deadline - time.monotonic())
        except DependencyUnavailable as error:
            raise AnswerLost(cause=f"it opened, and the relay may be on still: {error}") from None

    def _light(self, panel: Panel, state: str, within: float) -> None:
        # Two purposes: the breaker of one must not keep the other from being asked.
        pairs = {"action": "light", "Enable": state}
        self._ask(panel, f"light {state}", "intercom_cgi", pairs, _words, within=within)

    def set_flat(self, panel: Panel, flat: FlatOnPanel) -> None:
        numbers = list(flat.sip_numbers[:_PHONES])
        pairs = {
            "action": "set",
            "Number": str(flat.number),
            "DoorCodeActive": _switch(bool(flat.code)),
            **({"DoorCode": flat.code} if flat.code else {}),
            "RegCodeActive": "off",
            "BlockCMS": _switch(not flat.handset),
            "PhonesActive": _switch(flat.sip and bool(numbers)),
        }
        numbers += [""] * (_PHONES - len(numbers))
        pairs |= {f"Phone{place}": number for place, number in enumerate(numbers, start=1)}
        self._ask(panel, "flats", "apartment_cgi", pairs, _words)
        self._save(panel)

    def keys(self, panel: Panel) -> frozenset[str]:
        listed = {"action": "list"}
        try:
            found = self._ask(panel, "list of keys", "rfid_cgi", listed, _pairs)
        except PanelRefused as refused:
            if refused.status != 404:
                raise
            found = self._ask(panel, "list of keys", "mifare_cgi", listed, _pairs)
        return frozenset(
            spelled(value) for name, value in found if name.startswith("Key") and value
        )

    def add_key(self, panel: Panel, key: str, flat_number: int) -> None:
        """The panel is not told whose it is: we know, and ask ourselves when the key opens."""
        self._change_key(panel, {"action": "add", "Key": key}, {"Type": "1"})

    def remove_key(self, panel: Panel, key: str) -> None:
        self._change_key(panel, {"action": "delete", "Key": key}, {})

    def _change_key(self, panel: Panel, pairs: dict[str, str], newer: dict[str, str]) -> None:
        try:
            self._ask(panel, "keys", "rfid_cgi", pairs, _words)
        except PanelRefused as refused:
            if refused.status != 404:
                raise
            self._ask(panel, "keys", "mifare_cgi", pairs | newer, _words)
            self._where_there(panel, "keys", "extrfid_cgi", pairs | newer)
        self._save(panel)

    def snapshot(self, panel: Panel) -> bytes:
        return self._ask(panel, "picture", "images_cgi", {"channel": "0"}, jpeg)

    def send_events_to(self, panel: Panel, host: str, port: int) -> None:
        pairs = {
            "action": "set",
            "Enable": "on",
            "Protocol": "udp",
            "ServerAddress": host,
            "ServerPort": str(port),
            "LogLevel": "6",
        }
        self._ask(panel, "settings", "rsyslog_cgi", pairs, _words)
        self._save(panel)

    def _save(self, panel: Panel) -> None:
        """Past a loss of power: a code that was changed must not come back."""
        self._where_there(panel, "settings", "config_cgi", {"action": "forcesave"})

    def _where_there(self, panel: Panel, purpose: str, cgi: str, pairs: dict[str, str]) -> None:
        """Not every panel has this one."""
        try:
            self._ask(panel, purpose, cgi, pairs, _words)
        except PanelRefused as refused:
            if refused.status != 404:
                raise

    def _ask(  # pylint: disable=too-many-arguments,too-many-positional-arguments
        self,
        panel: Panel,
        purpose: str,
        cgi: str,
        pairs: dict[str, str],
        read: Callable[[Answer], T],
        *,
        within: float | None = None,
    ) -> T:
        url = f"{panel.address.rstrip('/')}/cgi-bin/{cgi}"
        request = Request("GET", url, tuple(pairs.items()), once=True, auth=panel.auth)
        return self._lines.ask(panel, purpose, request, read, within=within)


def _switch(on: bool) -> str:
    return "on" if on else "off"


def _words(answer: Answer) -> str:
    """What a CGI said. A page or JSON is no CGI of this panel: who knows what was done."""
    text = taken(answer).body.decode("utf-8", "replace").strip()
    if text[:1] in ("<", "{", "["):
        raise Rubbish(cause="no words of a Beward panel")
    if text.lower().startswith("error"):
        raise PanelRefused("it answered an error")
    return text


def _pairs(answer: Answer) -> list[tuple[str, str]]:
    lines = [line.partition("=") for line in _words(answer).splitlines()]
    return [(name.strip(), value.strip()) for name, _, value in lines]
