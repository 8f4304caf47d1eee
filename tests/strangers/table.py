"""Every endpoint that takes an id, with the body that tries it. An id in a body is a claim.

`tests/strangers/test_strangers.py` fails when an endpoint with an id has no row here, and when a
row is no longer an endpoint's. `THINGS` are the owner's things; a body names them as `"<flat>"`.
"""

from dataclasses import dataclass
from typing import Any

from tests.fixtures.yard import LONG_AGO

# What the wire calls an id that is somebody's. A new name that looks like one must be added here,
# or to WORDS with what it is.
IDS = {
    "flatId", "houseId", "domophoneId", "id", "cameraId", "messageId", "key", "clientId",
    "contract", "orderNumber", "paymentId", "event", "faceId", "session",
}  # fmt: skip
WORDS = {
    "doorId": "an output, beside domophoneId",
    "receiptId": "beside clientId",
    "contact_id": "beside contract",
    "locationId": "of the address book",
    "streetId": "of the address book",
    "keyId": "beside flatId",
    "extId": "of the menu, the same for all",
    "callId": "the PBX's own",
    "eventId": "FALPRS' own",
}
# Endpoints whose id is nobody's, or is proved by something else.
OPEN = {
    "/api/geo/getServices": "the address book is everybody's",
    "/api/geo/address": "the address book is everybody's",
    "/api/user/restore": "a contract is proved by the code that goes to its contacts",
    "/api/pay/register": "iOS sends no token: the number of an order that waits is the claim",
    "/api/hooks/frs/<stream>/<secret>": "FALPRS' numbers, proved by the secret of its stream",
    "/api/issues/createV2": "cameraId is a word of the ticket, for who reads it",
}


@dataclass(frozen=True)
class Row:
    """How an endpoint is tried. `own` is what the owner gets, and `others` everybody else, save who
    has another right to it: `mate` (lives in the flat), `outer` (a guest for the gates). Some
    things are the owner's and still fail: the bank takes no such wallet token (402), nor is there
    such a receipt (404). Of an event that the owner made a face known by there is no picture (404).
    """

    body: dict[str, Any]
    own: int = 204
    others: int = 403
    mate: int | None = None
    outer: int | None = None


_SPAN = {"from": "2024-01-15 18:00:00", "to": "2024-01-15 18:05:00"}
TABLE: dict[str, list[Row]] = {
    "/api/address/access": [
        Row({"flatId": "<flat>", "guestPhone": "79007654321"}),
        Row({"flatId": "<flat>", "guestPhone": "79007654321", "type": "owner"}),
        Row({"flatId": "<flat>", "guestPhone": "<guest>", "expire": LONG_AGO}),
    ],
    "/api/address/resend": [Row({"flatId": "<flat>", "guestPhone": "<guest>"})],
    "/api/address/openDoor": [Row({"domophoneId": "<panel>", "doorId": 0}, mate=204)],
    "/api/address/intercom": [
        Row({"flatId": "<flat>"}, own=200, mate=200),
        Row({"flatId": "<flat>", "settings": {"CMS": "f"}}, own=200, mate=200),
        Row({"flatId": "<flat>", "settings": {"hiddenPlog": "t"}}, own=200),
    ],
    "/api/address/resetCode": [Row({"flatId": "<flat>"}, own=200, mate=200)],
    "/api/address/plog": [Row({"flatId": "<flat>", "day": "<today>"}, own=200, mate=200)],
    "/api/address/plogDays": [Row({"flatId": "<flat>"}, own=200, mate=200)],
    "/api/address/follow": [
        Row({"flatId": "<flat>", "event": "6"}, mate=204),
        Row({"flatId": "<flat>", "event": "3", "keyId": "0123456789abcdef"}, own=404, mate=404),
    ],
    "/api/address/followed": [Row({"flatId": "<flat>"}, own=200, mate=200)],
    "/api/frs/like": [Row({"event": "<event>"}, mate=404)],
    "/api/frs/disLike": [
        Row({"event": "<event>"}),
        Row({"flatId": "<flat>", "faceId": "<face>"}),
    ],
    "/api/frs/listFaces": [Row({"flatId": "<flat>"}, own=200, mate=204)],
    "/api/cctv/all": [Row({"houseId": "<house>"}, own=200, mate=200, outer=404)],
    "/api/cctv/allTree": [Row({"houseId": "<house>"}, own=200, mate=200, outer=404)],
    "/api/cctv/recPrepare": [Row({"id": "<camera>"} | _SPAN, own=200, mate=200)],
    "/api/cctv/ranges": [Row({"cameraId": "<camera>"}, own=503, mate=503)],
    "/api/cctv/youtube": [Row({"id": "<camera>"}, mate=204)],
    "/api/cctv/recDownload": [Row({"id": "<clip>"})],
    "/api/inbox/delivered": [Row({"messageId": "<message>"})],
    "/api/inbox/readed": [Row({"messageId": "<message>"})],
    "/api/issues/comment": [Row({"key": "<ticket>", "comment": "Здравствуйте"})],
    "/api/issues/commentV2": [Row({"key": "<ticket>", "comment": "Здравствуйте"})],
    "/api/issues/action": [
        Row(
            {
                "key": "<ticket>",
                "action": "Jelly.Способ доставки",
                "customFields": [{"number": "10941", "value": "Курьер"}],
            }
        ),
        Row({"key": "<ticket>", "action": "Jelly.Закрыть авто"}),
    ],
    "/api/issues/actionV2": [
        Row({"key": "<ticket>", "action": "changeQRDeliveryType", "deliveryType": "office"}),
        Row({"key": "<ticket>", "action": "close"}),
    ],
    "/api/user/sessions/end": [Row({"session": "<session>"})],
    "/api/pay/prepare": [Row({"clientId": "<contract>", "amount": "15000"}, own=200)],
    "/api/pay/process": [Row({"paymentId": "<order>"}, own=200)],
    "/api/pay/wallet": [
        Row({"paymentId": "<order>", "system": "apple", "paymentToken": "e30="}, own=402)
    ],
    "/api/pay/getDetail": [Row({"clientId": "<contract>", "year": 2026}, own=200)],
    "/api/pay/getInvoice": [Row({"clientId": "<contract>", "amount": "15000"}, own=200)],
    "/api/pay/getReceipt": [Row({"clientId": "<contract>", "receiptId": "1"}, own=404)],
}
