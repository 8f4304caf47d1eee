"""What Schemathesis loads: who sends a request is a person of the demo world, or the provider.

Half of the requests that want a token get one. A person whose session a request has ended signs in
again, by the SMS in the sandbox, as everybody does.
"""

import os
import random
import re
from threading import Lock
from typing import Any

import requests
import schemathesis

URL, PAGE, KEY = os.environ["FUZZ_URL"], os.environ["FUZZ_PAGE"], os.environ["FUZZ_KEY"]
PEOPLE = tuple(f"7900000000{number}" for number in (1, 2, 3, 5))
_tokens: dict[str, str] = {}
_lock = Lock()


def _sign_in(phone: str) -> str:
    asked = requests.post(f"{URL}/user/requestCode", json={"userPhone": phone}, timeout=30)
    asked.raise_for_status()
    told = requests.get(f"{PAGE}/messages", timeout=30).json()
    codes = [re.findall(r"\d{4}", sms["text"])[-1] for sms in told if sms["to"] == phone]
    answer = requests.post(
        f"{URL}/user/confirmCode", json={"userPhone": phone, "smsCode": codes[-1]}, timeout=30
    )
    answer.raise_for_status()
    return str(answer.json()["data"]["accessToken"])


def _token() -> str:
    phone = random.choice(PEOPLE)
    with _lock:
        if phone not in _tokens:
            _tokens[phone] = _sign_in(phone)
        return _tokens[phone]


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """The right token for the door, where the case has not put one of its own there."""
    doors = {door for way in case.operation.definition.raw.get("security", []) for door in way}
    if not doors or random.random() < 0.1:
        return
    token = KEY if "provider" in doors else _token()
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Forget a session that is over."""
    if response.status_code == 401:
        sent = str((case.headers or {}).get("Authorization", "")).removeprefix("Bearer ")
        with _lock:
            for phone in [phone for phone, token in _tokens.items() if token == sent]:
                del _tokens[phone]
