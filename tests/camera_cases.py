"""What the apps send for the cameras at doors and of the city; `contract_cases.py` takes it in."""

import sqlalchemy as sa
from flask import Flask

from smartyard.db import db
from tests.clip_cases import CAMERA as OF_BILLING
from tests.fixtures.world import NOBODY, UNPAID
from tests.sent import NO_BODY, REFRESHED, Sent

RANGES = "/api/cctv/ranges"
AT_DOOR, OF_CITY = 8001, 8002  # cameras
_CAMERAS = (
    "INSERT INTO houses (id, address) VALUES (101, '')",
    "INSERT INTO media_servers (id, name, url, type, hls_mode, source) OVERRIDING SYSTEM VALUE"
    " VALUES (8000, 'm', 'http://media.example', 'flussonic', 'mpegts', 'inventory')",
    "INSERT INTO cameras (id, stream, name, media_server_id, lat, lon, has_sound, common, source)"
    " OVERRIDING SYSTEM VALUE VALUES"
    f" ({AT_DOOR}, 'door', 'Дверь', 8000, '', '', true, false, 'inventory'),"
    f" ({OF_CITY}, 'square', 'Площадь', 8000, '55.75', '37.61', false, true, 'inventory')",
    "INSERT INTO panels (id, name, model, address, method, dtmf, camera_id)"
    f" VALUES (11, '', 'none', '', 'GET', '1', {AT_DOOR})",
    "INSERT INTO doors (house_id, domophone_id, door_id, icon, name, source)"
    " VALUES (101, 11, 0, 'entrance', '', 'inventory')",
    "INSERT INTO published_videos (id, camera_id, event_at, title, description, url, picture)"
    " OVERRIDING SYSTEM VALUE"
    f" VALUES (1, {OF_CITY}, now(), 'Ярмарка', '', 'https://youtu.be/aqz-KE-bpKQ', '')",
)

CASES = {
    "/api/cctv/camMap": [
        *NO_BODY,
        *REFRESHED,
        Sent("android-2022", who=NOBODY, status=204),
        Sent("ios-head", {}, who=NOBODY, status=204),
    ],
    "/api/cctv/allTree": [
        *NO_BODY,
        Sent("android-head", {"houseId": 102}),
        Sent("ios-head", {"houseId": "102"}),
        Sent("ios-head", {}, who=NOBODY, status=204),
        Sent("ios-head", {"houseId": "105"}, 402, who=UNPAID),
        Sent("android-head", {"houseId": 103}, 403),
    ],
    RANGES: [
        Sent("android-head", {"cameraId": OF_BILLING}),
        Sent("ios-head", {"cameraId": OF_BILLING}),
        Sent("vue", {"cameraId": 999999}, 403),
        Sent("ios-head", {}, 422),
    ],
    "/api/cctv/youtube": [
        *NO_BODY,
        Sent("android-2022", {"id": OF_CITY}),
        Sent("ios-head", {"id": AT_DOOR}, 204),
        Sent("ios-head", {"id": 999999}, 403),
        Sent("ios-head", {"id": "the yard's"}, 422),
    ],
    "/api/cctv/overview": [*NO_BODY, Sent("vue", {"houseId": "101"}), Sent("ios", {}, who=NOBODY)],
}


def with_cameras(app: Flask) -> None:
    """A camera at a door of house 101, and one of the city."""
    with app.app_context():
        for statement in _CAMERAS:
            db.session.execute(sa.text(f"{statement} ON CONFLICT DO NOTHING"))
        db.session.commit()
