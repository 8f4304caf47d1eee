"""Requests to routes of ours that no app of the contract calls: for the document's examples."""

from base64 import b64encode
from datetime import UTC, datetime

from tests.contract_cases import ORDER
from tests.inbox_cases import MESSAGE
from tests.issue_cases import TICKET
from tests.sent import Sent

PAST = datetime.now(UTC).year - 1

CASES: dict[str, list[Sent]] = {
    # Lists that are empty in the contract's cases: a ticket is made for what is left alone here.
    "/api/issues/listConnect": [Sent("", {"of": TICKET})],
    "/api/issues/listConnectV2": [Sent("", {"of": TICKET})],
    "/api/geo/getAllServices": [Sent("")],
    "/api/user/pushTokens": [Sent("")],
    "/api/user/sessions": [Sent("")],
    "/api/user/sessions/end": [Sent("", {"others": "t"}, 204)],
    "/api/user/getBillingList": [Sent("")],
    "/api/pay/getDetail": [Sent("", {"clientId": "1001", "year": PAST})],
    "/api/pay/getInvoice": [Sent("", {"clientId": "1001", "amount": "123456"})],
    "/api/pay/getReceipt": [Sent("", {"clientId": "1001", "receiptId": f"1001-{PAST}-1"})],
    "/api/pay/wallet": [
        Sent(
            "",
            {
                "paymentId": ORDER,
                "system": "mir",
                "paymentToken": b64encode(b'{"from": "the wallet"}').decode(),
            },
        )
    ],
    "/api/inbox/readed": [Sent("", {"messageId": MESSAGE}, 204)],
    "/api/inbox/alert": [Sent("", {"msg": "Привет", "action": "inbox"}, 204)],
}
