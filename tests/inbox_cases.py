"""What the apps send to `/api/inbox`; `contract_cases.py` takes it in."""

from tests.sent import NO_BODY, Sent

MESSAGE = "<the id of a message that came>"

CASES = {
    "/api/inbox/inbox": NO_BODY,
    "/api/inbox/unreaded": NO_BODY,
    "/api/inbox/delivered": [
        Sent("android-2022", {"messageId": MESSAGE}, 204),
        Sent("ios-head", {"messageId": "999999999"}, 403),
        Sent("ios-head", {"messageId": ""}, 422),
        Sent("ios-head", {}, 422),
    ],
    "/api/inbox/chatReaded": [Sent("ios-2022", {}, 204), Sent("ios-head", status=204)],
}
