"""A program of the operator's that takes tickets by POST, as `TICKET_WEBHOOK_URL`.

What came again under an `Idempotency-Key` that it knows is taken and kept once.
"""

from typing import Any

from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service, json_answer, object_in


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
        content = object_in(request)
        if request.method != "POST" or content is None:
            return json_answer(422, {"error": "a JSON object by POST is needed"})
        self.taken.setdefault(request.headers.get("Idempotency-Key", ""), content)
        return json_answer(200, {})
