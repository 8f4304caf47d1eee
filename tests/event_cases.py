"""What the apps send to the log of events; `contract_cases.py` takes it in."""

from datetime import UTC, datetime

from flask import Flask

from smartyard.db import transaction
from smartyard.events.kinds import KINDS
from smartyard.events.service import EventService, Face, Happened
from smartyard.phones import Phone
from smartyard.web import service
from tests.fixtures.world import NEIGHBOUR, NORMAL, UNPAID
from tests.sent import Sent

FLAT = 10101
BUSY = "<the flat, where everything has just happened>"
TODAY = "<the day of it>"

CASES = {
    "/api/address/plog": [
        Sent("android", {"flatId": FLAT, "day": TODAY}),
        Sent("ios", {"flatId": "10101", "day": TODAY}),
        Sent("vue", {"flatId": "10101", "day": "2020-01-01"}, 204),
        Sent("android", {"flatId": FLAT, "day": TODAY}, 403, who=NEIGHBOUR),
        Sent("android", {"flatId": 999999, "day": TODAY}, 403),
        Sent("ios", {"flatId": "10101", "day": "01.02.2026"}, 422),
        Sent("ios", {"flatId": "10101"}, 422),
        Sent("ios", {"flatId": "10501", "day": "2020-01-01"}, 204, who=UNPAID),
    ],
    "/api/address/plogDays": [
        Sent("android-head", {"flatId": FLAT, "events": "1, 2, 3"}, 204),
        Sent("ios-head", {"flatId": BUSY, "events": "7,8"}),
        Sent("vue", {"flatId": BUSY, "events": "4"}),
        Sent("vue", {"flatId": BUSY}),
        Sent("android", {"flatId": FLAT}, 403, who=NEIGHBOUR),
        Sent("android", {"flatId": FLAT, "events": "all"}, 422),
    ],
}


def everything_happens(app: Flask) -> str:
    """One event of each kind, and whatever an event may hold; returns the day of it."""
    now = datetime.now(UTC)
    with app.app_context(), transaction():
        for kind in KINDS:
            what = Happened(
                kind, now, domophone_id=11, door_id=0, flat_id=FLAT, phone=Phone(NORMAL),
                called="84951112233", opened=True, key="0" * 14, code="12345", plate="А001АА77",
                face=Face(7, 1, 2, 30, 40), camera_id=5,
            )  # fmt: skip
            service(EventService).record(what)
    return now.astimezone(app.config["SMARTYARD"].timezone).strftime("%Y-%m-%d")
