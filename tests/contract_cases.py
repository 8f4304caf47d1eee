"""What the apps send to each endpoint that is built, and the status that it gets.

An endpoint that is built needs its cases here. Together they send every field of the contract in
each of its types; `tests/test_contract.py` holds that, and holds the answers against the contract.
"""

from tests import (
    camera_cases,
    clip_cases,
    door_cases,
    event_cases,
    face_cases,
    geo_cases,
    inbox_cases,
    intercom_cases,
    issue_cases,
    menu_cases,
    sign_in_cases,
)
from tests.fixtures.world import NEIGHBOUR, NOBODY, UNPAID
from tests.sent import CODE, LISTS, NO_BODY, REFRESHED, Sent

LINK = "<number:until>/<seal:seal>.jpg"  # it ends, and carries its own right
# Routes of ours that no app calls; each has tests of its own.
BESIDE = {
    "/api/address/getHcsList": "an endpoint of the seed that no published app calls",
    "/api/accessfl": "the media server asks it (protocols.md, 1)",
    "/api/user/pushTokens": "an endpoint of the seed that no published app calls",
    "/api/ext/lanta.js": "a script of the pages in the menu",
    "/api/user/sessions": "ours: the page of signed-in devices",
    "/api/user/sessions/end": "ours: the page of signed-in devices",
    "/api/inbox/readed": "an endpoint of the seed that no published app calls",
    "/api/inbox/alert": "an endpoint of the seed that no published app calls",
    "/api/user/getBillingList": "an endpoint of the seed that no published app calls",
    "/api/geo/getAllServices": "an endpoint of the seed that no published app calls",
    "/api/pay/getDetail": "of the AXIOSTV app",
    "/api/pay/getInvoice": "of the AXIOSTV app",
    "/api/pay/getReceipt": "of the AXIOSTV app",
    "/api/pay/wallet": "ours: the wallets' tokens, where the apps went to the bank themselves",
    "/api/pay/callback": "the bank calls it",
    "/api/spaysuccess": "the bank calls it, at its address in the seed",
    "/api/openapi.json": "the OpenAPI document",
    "/api/pay/return": "a page for a browser",
    "/api/hooks/events": "programs of the provider's send it (docs/events.md)",
    "/api/hooks/ring": "the PBX asks it",
    "/api/hooks/frs/<stream>/<secret>": "FALPRS tells of a face (docs/faces.md)",
    f"/api/hooks/frs/picture/<event:event>/{LINK}": "a picture, for FALPRS alone",
    f"/api/frs/face/<number:flat>/<number:face>/{LINK}": "a picture, for whoever has its link",
    "/api/hooks/call": "the PBX tells of calls that sign people in",
    "/api/clips/<name>.mp4": "a file, for whoever has its link",
    "/api/address/follow": "ours: the page of who came in",
    "/api/address/followed": "ours: the page of who came in",
    f"/api/address/plogPicture/<event:event>/{LINK}": "the picture that plog links to",
}
ORDER = "<the order that was prepared>"

CASES: dict[str, list[Sent]] = {
    "/api/address/getAddressList": LISTS,
    "/api/address/getSettingsList": LISTS,
    "/api/address/offices": NO_BODY,
    "/api/cctv/all": [
        *NO_BODY,
        *REFRESHED,
        Sent("android", {"houseId": 102}),
        Sent("ios", {"houseId": "102"}),
        Sent("ios", {}, who=NOBODY, status=204),
        Sent("ios", {}, who=UNPAID, status=402),
        Sent("android", {"houseId": 105}, who=UNPAID, status=402),
        Sent("android", {"houseId": 102}, who=NEIGHBOUR, status=403),
        Sent("vue", {"houseId": "999999"}, status=403),
    ],
    **sign_in_cases.CASES,
    "/api/user/phonePattern": NO_BODY,
    "/api/user/ping": [Sent("vue", status=204)],
    "/api/user/getName": [Sent("vue")],
    "/api/user/sendName": [
        Sent("android", {"name": "Иван", "patronymic": "Иванович"}, 204),
        Sent("ios", {"name": "Иван"}, 204),
        Sent("ios", {"name": ""}, 422),
    ],
    "/api/user/appVersion": [
        Sent("android", {"version": "120", "platform": "android"}),
        Sent("ios", {"version": "77", "platform": "ios"}),
    ],
    "/api/user/notification": [
        *NO_BODY,
        Sent("android", {"money": "t", "enable": "f"}),
        Sent("ios", {"money": "f"}),
        Sent("ios", {"enable": "t"}),
    ],
    "/api/user/registerPushToken": [
        Sent("android-2022", {"pushToken": "fcm", "platform": "android", "type": 0}, 204),
        *(
            Sent("ios", {"pushToken": "apns", "platform": "ios", "type": kind}, 204)
            for kind in (1, 2, 3)
        ),
        *(
            Sent(
                "android-head",
                {"pushToken": "x", "platform": "android", "pushService": service},
                204,
            )
            for service in ("fcm", "hms", "rustore")
        ),
        Sent(
            "ios-head",
            {
                "pushToken": "apns",
                "platform": "ios",
                "type": 3,
                "voipToken": "voip",
                "clientId": "1001",
                "production": "f",
            },
            204,
        ),
        Sent("vue", {"pushToken": "", "platform": "web", "production": "t"}, 204),
    ],
    "/api/user/getPaymentsList": LISTS,
    "/api/user/addMyPhone": [
        Sent("android-2022", {"login": "1003", "password": "demo-1003"}, 204),
        Sent(
            "ios-2022",
            {"login": "1003", "password": "demo-1003", "comment": "дом", "notification": "t"},
            204,
        ),
        Sent("ios-head", {"login": "1003", "password": "wrong"}, 403),
        Sent("android-head", {"login": "1001", "password": "demo-1001"}, 404),
        Sent("android-head", {"login": "1003"}, 422),
    ],
    "/api/user/restore": [
        Sent("android-2022", {"contract": "1003"}),
        Sent("ios-2022", {"contract": "ДОГ-1003", "comment": "дом", "notification": "f"}),
        Sent("android-head", {"contract": "1003", "contact_id": "2"}, 204),
        Sent("ios-head", {"contract": "1003", "code": CODE}, 204),
        Sent("ios-head", {"contract": "1003", "code": "0"}, 403),
        Sent("ios-head", {"contract": "77777"}, 404),
        Sent("ios-head", {"contract": ""}, 422),
    ],
    "/api/pay/prepare": [
        Sent("android-2022", {"clientId": "1001", "amount": "15000"}),
        Sent("ios-2022", {"clientId": "1001", "amount": "15000.0"}),
        Sent("ios-head", {"clientId": "1002", "amount": "11450.000000000002"}),
        Sent("android-head", {"clientId": "1003", "amount": "15000"}, 403),
        Sent("android-2022", {"clientId": "1001", "amount": "0"}, 422),
    ],
    "/api/pay/register": [
        Sent("android-head", {"orderNumber": ORDER, "amount": 15002}),
        Sent("ios-head", {"orderNumber": ORDER, "amount": "15002"}, bare=True),
        Sent("ios-head", {"orderNumber": "unknown", "amount": "15002"}, 403, bare=True),
    ],
    "/api/pay/process": [
        Sent("android-2022", {"paymentId": ORDER, "sbId": "an id of the bank"}),
        Sent("ios-head", {"paymentId": "unknown", "sbId": "an id of the bank"}, 403),
    ],
    "/api/user/deleteAccount": [Sent("ios-head", status=204), Sent("ios-head", {}, 204)],
    **event_cases.CASES,
    **face_cases.CASES,
    **inbox_cases.CASES,
    **geo_cases.CASES,
    **issue_cases.CASES,
    **intercom_cases.CASES,
    **clip_cases.CASES,
    **camera_cases.CASES,
    **door_cases.CASES,
    **menu_cases.CASES,
}
