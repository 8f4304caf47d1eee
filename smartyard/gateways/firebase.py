"""Pushes by Firebase Cloud Messaging, HTTP v1. Source: reference/protocols.md, section 4.

Of firebase-admin we take the messages (built, checked and encoded) and the credentials (OAuth of a
service account); what is sent goes through our transport. The SDK's own client repeats a 500 or 503
four times over 7 s and limits each read only, and nothing public changes that: a ring must be tried
once and within a limit. Why: docs/adr/0006-firebase-by-our-own-transport.md.

The SDK is imported by the first push, and so in the worker alone: it is a second of time and 40 MB.
"""

# pylint: disable=import-outside-toplevel
import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smartyard.errors import AppError, DependencyUnavailable
from smartyard.gateways.transport import Answer, Outside, Request, Rubbish

log = logging.getLogger(__name__)

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
RING_CATEGORY = "INCOMING_DOOR_CALL"  # iOS draws its buttons by it


class PushRefused(AppError):
    """Surely not sent, and asking again is vain: this payload, this project, this APNs key."""


class TokenGone(PushRefused):
    """FCM says that no device has this token any more, or that it is another project's."""


class _TokenOfOursEnded(DependencyUnavailable):
    """FCM no longer takes our OAuth token."""


@dataclass(frozen=True)
class Push:
    """One push for one device; `data` is strings alone, or the SDK refuses it.

    `rings`: on Android without a notification, since the app draws a call itself, and so at once;
    on iOS an alert, which is the most that FCM can do there. `tag`: a push that is repeated takes
    the place of the first one on the screen. `expires_at`: nobody wants it later.
    """

    token: str = field(repr=False)
    data: Mapping[str, str] = field(repr=False)
    title: str = field(repr=False)
    body: str = field(repr=False)
    sent_at: datetime
    expires_at: datetime
    tag: str
    badge: int | None = None
    rings: bool = False


class FirebaseGateway:
    """Without an `account` (the parsed JSON of a service account) it is not configured."""

    def __init__(self, outside: Outside, *, url: str, account: Mapping[str, Any] | None) -> None:
        self.configured = account is not None
        self._outside = outside
        self._account = account
        project = (account or {}).get("project_id", "")
        self._url = f"{url.rstrip('/')}/v1/projects/{project}/messages:send"
        self._credentials: Any = None
        self._signing_in = threading.Lock()

    def send(self, push: Push) -> None:
        """Hand one push over, within the outside's deadline all told.

        Raises TokenGone, PushRefused (both sure), or DependencyUnavailable: it may have been sent.
        """
        if self._account is None:
            raise PushRefused(cause="FCM_CREDENTIALS is not set")
        deadline = time.monotonic() + self._outside.total
        body = json.dumps({"message": _encoded(push)}).encode()
        try:
            self._ask(body, deadline)
        except _TokenOfOursEnded:  # refused, so that nothing was sent: once more, with a new one
            self._credentials = None
            self._ask(body, deadline)

    def _ask(self, body: bytes, deadline: float) -> None:
        headers = {
            "Authorization": f"Bearer {self._access_token(deadline)}",
            "Content-Type": "application/json; charset=UTF-8",
        }
        request = Request("POST", self._url, headers=headers, body=body)
        self._outside.ask(request, _taken, total=max(0.0, deadline - time.monotonic()))

    def _access_token(self, deadline: float) -> str:
        """Google's token for our service account, fetched anew before it ends."""
        from firebase_admin import credentials
        from google.auth.exceptions import TransportError

        with self._signing_in:
            try:
                if self._credentials is None:
                    certificate = credentials.Certificate(dict(self._account or {}))
                    self._credentials = certificate.get_credential().with_scopes([SCOPE])
                if not self._credentials.valid:
                    self._credentials.refresh(_Fetch(self._outside, deadline))
                return str(self._credentials.token)
            except TransportError as silent:
                raise DependencyUnavailable(cause=str(silent)) from None
            except Exception as wrong:  # pylint: disable=broad-exception-caught
                # A file that holds no key, a refusal, rubbish: each is another type of theirs.
                log.error(
                    "Firebase does not sign us in (FCM_CREDENTIALS): %s", type(wrong).__name__
                )
                raise DependencyUnavailable(cause="no OAuth token") from None


class _Fetch:
    """How google-auth asks for a token (`google.auth.transport.Request`): by our transport."""

    def __init__(self, outside: Outside, deadline: float) -> None:
        self._outside = outside
        self._deadline = deadline

    def __call__(  # pylint: disable=too-many-positional-arguments  # google-auth's own
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> Any:
        from google.auth.exceptions import TransportError

        left = max(0.0, self._deadline - time.monotonic())
        request = Request(method, url, headers=headers or {}, body=body)
        try:
            return self._outside.ask(request, _Told, total=left)
        except DependencyUnavailable as silent:
            raise TransportError(str(silent)) from silent  # type: ignore[no-untyped-call]


class _Told:
    """`google.auth.transport.Response` of an answer."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.data = answer.body


def _encoded(push: Push) -> Any:
    """FCM's JSON. Raises PushRefused for what the SDK finds wrong."""
    from firebase_admin import messaging

    message = messaging.Message(
        data=dict(push.data),
        notification=None if push.rings else messaging.Notification(push.title, push.body),
        android=messaging.AndroidConfig(
            priority="high",
            ttl=max(timedelta(0), push.expires_at - push.sent_at),
            notification=None if push.rings else messaging.AndroidNotification(tag=push.tag),
        ),
        apns=messaging.APNSConfig(
            headers={
                "apns-priority": "10",
                "apns-push-type": "alert",
                "apns-expiration": str(int(push.expires_at.timestamp())),
                "apns-collapse-id": push.tag,
            },
            payload=messaging.APNSPayload(aps=_aps(push)),
        ),
    )
    # To be constructed with one is deprecated in favour of installation ids, which no app tells us.
    message.token = push.token
    try:
        return json.loads(str(message))
    except ValueError as wrong:  # its words name the field and no value
        raise PushRefused(cause=f"no message for FCM: {wrong}") from None


def _aps(push: Push) -> Any:
    from firebase_admin import messaging

    return messaging.Aps(
        alert=messaging.ApsAlert(title=push.title, body=push.body),
        badge=push.badge,
        sound="default",
        category=RING_CATEGORY if push.rings else None,
        mutable_content=True if push.rings else None,  # the app's extension fetches the picture
    )


def _taken(answer: Answer) -> None:
    """FCM's verdict; which errors mean that a token is gone is the table in protocols.md."""
    if answer.status == 200:
        told = answer.json()
        if not isinstance(told, dict) or not isinstance(told.get("name"), str):
            raise Rubbish(cause="FCM's answer names no message")
        return
    code, words = _error_of(answer)
    cause = f"FCM answered {answer.status} {code}".rstrip()
    if code in ("UNREGISTERED", "SENDER_ID_MISMATCH") or "not a valid FCM registration" in words:
        raise TokenGone(cause=cause)
    if code in ("THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR"):
        log.error("Apple takes no pushes from Firebase: the APNs key in its console is not right")
        raise PushRefused(cause=cause)
    if answer.status == 401:
        raise _TokenOfOursEnded(cause=cause)
    if answer.status == 429 or answer.status >= 500:
        raise DependencyUnavailable(cause=cause)
    log.error("Firebase refuses a push: %s", cause)
    raise PushRefused(cause=cause)


def _error_of(answer: Answer) -> tuple[str, str]:
    """FcmError's code, and the message for people; both "" where there are none."""
    try:
        error = answer.json()["error"]
        details = error.get("details") or []
        codes = [one["errorCode"] for one in details if "errorCode" in one]
        return str((codes or [error.get("status", "")])[0]), str(error.get("message", ""))
    except (Rubbish, KeyError, TypeError, AttributeError):
        return "", ""
