"""What the apps send of a flat's intercom; `contract_cases.py` takes it in."""

from typing import Any

from flask import Flask

from smartyard.db import db
from tests.fixtures.panels import add_panel
from tests.fixtures.world import NEIGHBOUR, SECOND
from tests.sent import Sent

INTERCOM, RESET_CODE = "/api/address/intercom", "/api/address/resetCode"
HOME = 10101  # of NORMAL, in house 101


def _set(app: str, **settings: Any) -> Sent:
    return Sent(app, {"flatId": HOME, "settings": settings})


CASES = {
    INTERCOM: [
        Sent("android-2022", {"flatId": HOME}),
        Sent("ios-2022", {"flatId": str(HOME)}),
        Sent("vue", {"flatId": str(HOME), "settings": {}}),
        Sent("android-head", {"flatId": HOME}, who=SECOND),
        *(
            _set("ios-head", **{name: value})
            for name in ("enableDoorCode", "CMS", "VoIP", "paperBill", "FRSDisabled")
            for value in ("t", "f")
        ),
        *(_set("android-2022", autoOpen=f"{year}-01-01 00:00:00") for year in ("0001", "3001")),
        *(_set("android-2022", whiteRabbit=minutes) for minutes in (0, 5)),
        *(_set("ios-2022", whiteRabbit=minutes) for minutes in ("0", "5")),
        _set("android-head", disablePlog="t"),
        _set("android-head", disablePlog="f", hiddenPlog="t"),
        _set("ios-head", hiddenPlog="f"),
        Sent("ios-head", {"flatId": HOME, "settings": {"hiddenPlog": "t"}}, 403, SECOND),
        Sent("ios-head", {"flatId": HOME}, 403, NEIGHBOUR),
        Sent("android-head", {"flatId": 999999999}, 403),
        Sent("android-head", {}, 422),
        Sent("android-head", {"flatId": HOME, "settings": {"CMS": True}}, 422),
    ],
    RESET_CODE: [
        Sent("android-2022", {"flatId": HOME}),
        Sent("ios-2022", {"flatId": str(HOME)}),
        Sent("vue", {"flatId": str(HOME)}, 403, NEIGHBOUR),
        Sent("ios-head", {}, 422),
    ],
}


def with_panel(app: Flask) -> None:
    """A panel that takes codes, at the door of HOME."""
    with app.app_context():
        add_panel(db.session, 11, 101)
        db.session.commit()
