"""What the apps send for clips; `contract_cases.py` takes it in."""

from collections.abc import Callable
from typing import Any

from tests.fixtures.world import NEIGHBOUR
from tests.sent import Sent

CAMERA, CLIP = "<a camera of theirs>", "<the clip that was asked for>"
EVENING = {"from": "2024-01-15 18:00:00", "to": "2024-01-15 18:10:00"}

CASES = {
    "/api/cctv/recPrepare": [
        *(
            Sent(app, {"id": CAMERA} | EVENING)
            for app in ("android-2022", "android-head", "ios-2022", "ios-head", "vue")
        ),
        Sent("ios-head", {"id": CAMERA} | EVENING | {"to": "2024-01-15 18:16:00"}, 403),
        Sent("ios-head", {"id": CAMERA} | EVENING | {"to": "2024-01-15 17:00:00"}, 422),
        Sent("android-head", {"id": 999999} | EVENING, 403, who=NEIGHBOUR),
        Sent("vue", {"id": CAMERA, "from": "", "to": ""}, 422),
    ],
    "/api/cctv/recDownload": [
        Sent("android-2022", {"id": CLIP}, 204),
        Sent("ios-head", {"id": CLIP}, 204),
        Sent("vue", {"id": 999999}, 403),
    ],
}


def told_by(ask: Callable[[str, dict[str, Any]], Any], value: str) -> Any:
    """The number that stands for CAMERA or CLIP, by the server's own word."""
    camera = ask("/api/cctv/all", {})["data"][0]["id"]
    if value == CAMERA:
        return camera
    return ask("/api/cctv/recPrepare", {"id": camera} | EVENING)["data"]
