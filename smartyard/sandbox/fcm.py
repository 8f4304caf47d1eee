"""Google's OAuth for service accounts, and Firebase Cloud Messaging's v1 send (protocols.md, 4).

Magic tokens begin with what becomes of them, as in `gone-1`: see `_MAGIC`. Everything else is taken
and shown. An access token is given only for an assertion that our own service account has signed.
"""

import base64
import functools
import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service, json_answer

PROJECT = "smartyard-sandbox"
ACCOUNT = f"pushes@{PROJECT}.iam.gserviceaccount.com"
_SEND = f"/v1/projects/{PROJECT}/messages:send"
_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_AUDIENCE = "https://oauth2.googleapis.com/token"  # whatever the account's token_uri is
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}
_STATUS |= {404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}
_MAGIC = {
    "gone": (404, "UNREGISTERED", "Requested entity was not found."),
    "foreign": (403, "SENDER_ID_MISMATCH", "SenderId mismatch"),
    "malformed": (
        400,
        "INVALID_ARGUMENT",
        "The registration token is not a valid FCM registration token",
    ),
    "unfit": (400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
    "nowhere": (404, "", "Requested entity was not found."),
    "apns": (401, "THIRD_PARTY_AUTH_ERROR", "Auth error from APNS or Web Push Service"),
    "quota": (429, "QUOTA_EXCEEDED", "Quota exceeded"),
    "broken": (503, "UNAVAILABLE", "The service is currently unavailable."),
}
_MOST = 4096  # bytes of data


class Fcm(Service):
    """`pushes` keeps what devices received, oldest first."""

    name = "fcm"

    def __init__(self, calls: Calls) -> None:
        self.url = ""
        self.pushes: list[dict[str, Any]] = []
        self.access: set[str] = set()  # tokens that are good now
        self._calls = calls

    def service_account(self) -> dict[str, str]:
        """What Firebase's console gives the operator as a file."""
        key = _key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "sandbox",
            "private_key": key.decode(),
            "client_email": ACCOUNT,
            "client_id": "1",
            "token_uri": f"{self.url}/token",
        }

    def reset(self) -> None:
        self.pushes.clear()
        self.access.clear()

    def receive(self, request: Request) -> str:
        method = "token" if request.path == "/token" else "send"
        self._calls.append((method, _json(request.body) if method == "send" else {}))
        return method

    def magic(self, request: Request) -> Fault | None:
        message = _json(request.body).get("message")
        slow = isinstance(message, dict) and str(message.get("token", "")).startswith("slow-")
        return Fault("fcm", "hang", 20.0) if slow else None

    def odd(self, mode: str, request: Request) -> Answer:
        if request.path == "/token":
            return json_answer(400, {"error": "invalid_grant"})
        return _refusal(403, "", "Firebase Cloud Messaging API has not been used in this project")

    def answer(self, request: Request) -> Answer:
        if request.method != "POST" or request.path not in ("/token", _SEND):
            return _refusal(404, "", "Requested entity was not found.")
        if request.path == "/token":
            return self._sign_in(request)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.access:
            return _refusal(401, "", "Request had invalid authentication credentials.")
        return self._send(request)

    def _sign_in(self, request: Request) -> Answer:
        form = parse_qs(request.body.decode("ascii", "replace"))
        given = (form.get("grant_type"), form.get("assertion"))
        if given[0] != [_GRANT] or not given[1] or not self._is_ours(given[1][0]):
            return json_answer(400, {"error": "invalid_grant", "error_description": "bad JWT"})
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self.access.add(token)
        return json_answer(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    @staticmethod
    def _is_ours(assertion: str) -> bool:
        """Signed by RS256 under the account's key, for us, for messaging, and for now."""
        try:
            head, body, signature = assertion.split(".")
            _key().public_key().verify(
                _unpacked(signature),
                f"{head}.{body}".encode(),
                padding.PKCS1v15(),
                hashes.SHA256(),
            )
            claims = json.loads(_unpacked(body))
        except (ValueError, InvalidSignature):
            return False
        now = time.time()
        return bool(
            claims["iss"] == ACCOUNT
            and claims["aud"] == _AUDIENCE
            and _SCOPE in claims["scope"].split()
            and claims["iat"] - 60 < now < claims["exp"] <= claims["iat"] + 3600
        )

    def _send(self, request: Request) -> Answer:
        message = _json(request.body).get("message")
        if not isinstance(message, dict) or not isinstance(message.get("token"), str):
            return _refusal(400, "INVALID_ARGUMENT", "Recipient of the message is not set.")
        data = message.get("data", {})
        if not all(isinstance(value, str) for value in data.values()):
            return _refusal(400, "INVALID_ARGUMENT", "Invalid value at 'message.data'")
        if len(request.body) > 2 * _MOST or sum(map(len, [*data, *data.values()])) > _MOST:
            return _refusal(400, "INVALID_ARGUMENT", "Message is too big")
        for word, (status, code, words) in _MAGIC.items():
            if message["token"].startswith(f"{word}-"):
                return _refusal(status, code, words)
        self.pushes.append(message | {"at": time.time()})
        return json_answer(200, {"name": f"projects/{PROJECT}/messages/{len(self.pushes)}"})


def _refusal(status: int, code: str, words: str) -> Answer:
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details = [{"@type": kind, "errorCode": code}] if code else []
    error = {"code": status, "message": words, "status": _STATUS[status], "details": details}
    return json_answer(status, {"error": error})


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@functools.cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
