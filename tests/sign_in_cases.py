"""What the apps send to sign in; `contract_cases.py` takes it in."""

from flask.testing import FlaskClient

from smartyard.sandbox import Sandbox
from smartyard.sign_in.calling import CallSignInService
from smartyard.web import service
from tests.fixtures.world import NEIGHBOUR, NORMAL
from tests.sent import CODE, Sent

CALLED = "<the phone that has just called>"

CASES = {
    "/api/user/requestCode": [
        Sent("android-2022", {"userPhone": "89000000001"}, 204),
        Sent("ios-head", {"userPhone": "79000000001"}, 204),
        Sent("vue", {"userPhone": "79000000001", "method": "outgoingCall"}),
        Sent("vue", {"userPhone": "79000000001", "method": "flashCall"}),
        Sent("ios-head", {"userPhone": "7900"}, 422),
    ],
    "/api/user/confirmCode": [
        Sent("android-2022", {"userPhone": "89000000001", "smsCode": CODE}),
        Sent("ios-head", {"userPhone": "79000000001", "smsCode": CODE}),
        Sent(
            "vue",
            {"userPhone": NORMAL, "smsCode": CODE, "deviceToken": "a browser", "platform": "2"},
        ),
        Sent("ios-head", {"userPhone": NEIGHBOUR, "smsCode": "0000"}, 404),
    ],
    "/api/user/checkPhone": [
        Sent("android-head", {"userPhone": CALLED}),
        Sent("ios-head", {"userPhone": "79000000001"}, 404),
        Sent("vue", {"userPhone": CALLED, "deviceToken": "a browser", "platform": "2"}),
        Sent("vue", {"userPhone": "7900"}, 422),
    ],
}


def called(client: FlaskClient) -> str:
    """Somebody asked to be confirmed by a call, and has called."""
    wanted = {"userPhone": NORMAL, "method": "outgoingCall"}
    told = client.post("/api/user/requestCode", json=wanted).get_json()["data"]
    (number,) = told["confirmationNumbers"]
    with client.application.app_context():
        service(CallSignInService).called(NORMAL, number)
    return NORMAL


def code_of(client: FlaskClient, sandbox: Sandbox, phone: str) -> str:
    """The code that comes by SMS to who asks for one."""
    assert client.post("/api/user/requestCode", json={"userPhone": phone}).status_code == 204
    return sandbox.code_for(phone, within=20)
