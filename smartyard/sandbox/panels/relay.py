"""A relay board that opens a gate when any URL of it is called: the last number in the path is the
output, and none is 0. It has no camera, no keys, and tells nobody anything."""

import re

from smartyard.sandbox.http import Answer, Calls, Request
from smartyard.sandbox.panels.device import Device

_LAST = re.compile("/([0-9]{1,2})/?")
_DONE = Answer(200, b"<html><body>relay: on</body></html>")


class Relay(Device):
    """See the module."""

    model = "url"
    success = _DONE

    def __init__(self, name: str, host: str, calls: Calls) -> None:
        super().__init__(name, host, calls, "none")

    def method_of(self, request: Request) -> str:
        return "open"

    def answer(self, request: Request) -> Answer:
        numbers = _LAST.findall(request.path)
        self.pulse(int(numbers[-1]) if numbers else 0)
        return _DONE
