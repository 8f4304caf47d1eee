"""What the apps send about doors and guests; `contract_cases.py` takes it in."""

from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND
from tests.sent import Sent

DOOR = 12  # the number of a panel that a step before makes, and which opens
_ACCESS = {"flatId": 10101, "guestPhone": "89000000004"}
CASES: dict[str, list[Sent]] = {
    "/api/address/openDoor": [
        Sent("android", {"domophoneId": DOOR, "doorId": 0}, 204),
        Sent("vue", {"domophoneId": "11", "doorId": 0}, 404),
        Sent("ios", {"domophoneId": str(DOOR)}, 204),
        Sent("ios", {"domophoneId": "31"}, 403),
        Sent("ios", {}, 422),
    ],
    "/api/address/access": [
        *(Sent("android", _ACCESS | {"type": kind}, 204) for kind in ("inner", "outer", "owner")),
        Sent("android", _ACCESS | {"expire": "2001-01-01 00:00:00", "clientId": "1001"}, 204),
        Sent("ios", {"flatId": "10101", "guestPhone": "89000000004"}, 204),
        Sent("ios", {"flatId": "10101", "expire": "0001-01-01 02:30:17"}, 204, SECOND),
        Sent("ios", _ACCESS, 403, NEIGHBOUR),
        Sent("ios", _ACCESS, 403, SECOND),
        Sent("ios", {"guestPhone": "89000000004"}, 422),
    ],
    "/api/address/resend": [
        Sent("android", {"flatId": 10101, "guestPhone": SECOND}, 204),
        Sent("ios", {"flatId": "10101", "guestPhone": "89000000002"}, 204),
        Sent("ios", {"flatId": "10101", "guestPhone": "89000000004"}, 404),
        Sent("ios", {"flatId": "10101", "guestPhone": NORMAL}, 403, NOBODY),
    ],
    "/api/address/registerQR": [
        Sent("android", {"QR": "https://example.com/0123456789abcdef0123456789abcdef"}),
        Sent("ios", {"QR": ""}, 422),
    ],
}
