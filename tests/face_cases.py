"""What the apps send about faces; `contract_cases.py` takes it in."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask

from smartyard.db import transaction
from smartyard.events.kinds import new_id
from smartyard.events.service import EventService, Happened
from smartyard.web import service
from tests.fixtures.world import NEIGHBOUR, NORMAL
from tests.intercom_cases import HOME, with_panel
from tests.sent import Sent

FACE = 7  # is linked by a step before
SEEN = "<an event of which it was learnt>"
NOTHING = "0f8fad5b-d9cb-769f-a165-70867728950e"
LIKE, DISLIKE, LIST = "/api/frs/like", "/api/frs/disLike", "/api/frs/listFaces"

CASES = {
    LIKE: [
        Sent("android", {"event": SEEN, "comment": ""}, 204),
        Sent("ios", {"event": SEEN}, 204),
        Sent("vue", {"event": NOTHING}, 403),
        Sent("ios", {"event": SEEN}, 403, NEIGHBOUR),
        Sent("ios", {}, 422),
    ],
    DISLIKE: [
        Sent("android", {"event": SEEN}, 204),
        Sent("android", {"flatId": HOME, "faceId": FACE}, 204),
        Sent("ios", {"flatId": str(HOME), "faceId": str(FACE)}, 204),
        Sent("vue", {"flatId": HOME, "faceId": FACE}, 403, NEIGHBOUR),
        Sent("vue", {"flatId": HOME}, 422),
    ],
    LIST: [
        Sent("ios", {"flatId": HOME}),
        Sent("android", {"flatId": str(HOME)}),
        Sent("vue", {"flatId": HOME}, 403, NEIGHBOUR),
        Sent("vue", {"flatId": ""}, 422),
    ],
}
_STEPS = [
    "INSERT INTO flats (id, house_id, number, address) VALUES (:flat, 101, '1', '')"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO faces (id, picture, learnt_at) VALUES (:face, '', :now)",
    "INSERT INTO face_links (phone, event_id, flat_id, face_id, asked_at)"
    " VALUES (:phone, :event, :flat, :face, :now)",
]


def with_face(app: Flask, value: Any) -> Any:
    """Make a face that NORMAL linked to the flat. The value, and for SEEN the event of which it was
    learnt."""
    with_panel(app)
    now = datetime.now(UTC)
    event = new_id(now)
    told = {"flat": HOME, "face": FACE, "phone": NORMAL, "event": event, "now": now}
    with app.app_context(), transaction() as session:
        for step in _STEPS:
            session.execute(sa.text(step), told)
        what = Happened("app", now, domophone_id=11, door_id=0, flat_id=HOME, opened=True, id=event)
        service(EventService).record(what)
    return str(event) if value == SEEN else value
