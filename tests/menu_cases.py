"""What the apps send for their menus; `contract_cases.py` takes it in."""

from tests.sent import NO_BODY, Sent

CASES = {
    "/api/ext/options": NO_BODY,
    "/api/sip/helpMe": [Sent("android-2022", status=204)],  # tests/sip sets one up
}
