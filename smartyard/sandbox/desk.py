"""A program of the operator's that takes tickets by POST, as `TICKET_WEBHOOK_URL`.

What came again under an `Idempotency-Key` that it knows is taken and kept once.
"""

import json
from typing import Any

from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service, json_answer


class Desk(Service):
    """`taken` keeps what it was told, by key, oldest first."""

    name = "desk"

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.taken: dict[str, dict[str, Any]] = {}

    def receive(self, request: Request) -> str:
        told = {
            "key": request.headers.get("Idempotency-Key", ""),
            "authorization": request.headers.get("Authorization", ""),
        }
        self.calls.append(("ticket", told))
        return "ticket"

    def magic(self, request: Request) -> Fault | None:
        return None

    def odd(self, mode: str, request: Request) -> Answer:
        return json_answer(403, {"error": "not you"})

    def answer(self, request: Request) -> Answer:
        try:
            content = json.loads(request.body)
        except ValueError:
            return json_answer(422, {"error": "JSON is needed"})
        if request.method != "POST" or not isinstance(content, dict):
            return json_answer(422, {"error": "an object by POST is needed"})
        self.taken.setdefault(request.headers.get("Idempotency-Key", ""), content)
        return json_answer(200, {})
