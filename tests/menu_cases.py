"""What the apps send for their menus; `contract_cases.py` takes it in."""

from tests.sent import NO_BODY, Sent

CASES = {
    "/api/ext/list": NO_BODY,
    "/api/ext/ext": [
        Sent("android-2022", {"extId": "devices"}),
        Sent("ios-head", {"extId": "devices", "params": [{"id": "x", "value": "1"}]}),
        Sent("android-head", {"extId": "gone"}, 404),
        Sent("ios-2022", {}, 422),
    ],
    "/api/ext/options": NO_BODY,
    "/api/sip/helpMe": [Sent("android-2022", status=204)],  # tests/sip sets one up
}
